/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

enum { VALUE_MAX = 8192 }; /* an old value that is kept: a list of CPUs is the longest */

bool cg_has(int dir, const char *file)
{
	return faccessat(dir, file, F_OK, 0) == 0;
}

/* These files show one record, which a read with room for it returns whole: what is shorter than
 * the room is the end (fs/seq_file.c). */
int cg_get(int dir, const char *file, char *out, size_t size)
{
	cleanup_fd int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	do
		len = read(fd, out, size);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	if ((size_t)len == size)
		return -E2BIG;
	if (len > 0 && out[len - 1] == '\n')
		len--;
	out[len] = '\0';
	return (int)len;
}

int cg_get_u64(int dir, const char *file, uint64_t *ret)
{
	char text[64];
	int len = cg_get(dir, file, text, sizeof(text));

	if (len < 0)
		return len;
	if (str_eq(text, "max")) {
		*ret = UINT64_MAX;
		return 0;
	}
	return str_to_u64(text, UINT64_MAX, file, ret, NULL);
}

bool cg_find_key(const char *text, const char *key, uint64_t *ret)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return sscanf(line + len + 1, "%" SCNu64, ret) == 1;
	}
	return false;
}

static int keep(const struct cg_set *s, const char *file, const char *old, struct err *err)
{
	struct cg_undo *u = s->undo;
	struct cg_undo_item *items = reallocarray(u->items, u->count + 1, sizeof(*items));

	if (!items)
		return err_oom(err);
	u->items = items;
	items[u->count] = (struct cg_undo_item){ s->dir, strdup(file), strdup(old) };
	u->count++;
	if (!items[u->count - 1].file || !items[u->count - 1].value)
		return err_oom(err);
	return 0;
}

static int keep_old(const struct cg_set *s, const char *file, struct err *err)
{
	char old[VALUE_MAX];
	int ret = cg_get(s->dir, file, old, sizeof(old));

	return ret < 0 ? err_sys(err, ret, "read %s", file) : keep(s, file, old, err);
}

void cg_undo_run(struct cg_undo *u)
{
	while (u->count > 0) {
		struct cg_undo_item *item = &u->items[--u->count];

		/* An empty cpuset is written as an empty line: write(2) of nothing is no write. */
		if (item->file && item->value)
			fd_write_file_at(item->dir, item->file, *item->value ? item->value : "\n",
					 NULL);
		free(item->file);
		free(item->value);
	}
}

void cg_undo_clear(struct cg_undo *u)
{
	for (size_t i = 0; i < u->count; i++) {
		free(u->items[i].file);
		free(u->items[i].value);
	}
	free(u->items);
	*u = (struct cg_undo){ 0 };
}

int cg_put(const struct cg_set *s, const char *file, const char *value, struct err *err)
{
	int ret = s->undo ? keep_old(s, file, err) : 0;

	return ret < 0 ? ret : fd_write_file_at(s->dir, file, value, err);
}

int cg_put_old(const struct cg_set *s, const char *file, const char *value, const char *old,
	       struct err *err)
{
	int ret = s->undo ? keep(s, file, old, err) : 0;

	return ret < 0 ? ret : fd_write_file_at(s->dir, file, value, err);
}

int cg_put_u64(const struct cg_set *s, const char *file, uint64_t value, struct err *err)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return cg_put(s, file, text, err);
}

int cg_put_i64(const struct cg_set *s, const char *file, int64_t value, struct err *err)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return cg_put(s, file, text, err);
}

int cg_put_any_order(const struct cg_set *s, const struct cg_pair *pairs, size_t count,
		     struct err *err)
{
	uint32_t left = 0;
	bool progress = true;
	int ret = 0;

	for (size_t i = 0; i < count; i++)
		if (pairs[i].value[0])
			left |= 1u << i;
	while (left && progress) {
		progress = false;
		for (size_t i = 0; i < count; i++) {
			if (!(left & 1u << i))
				continue;
			ret = cg_put(s, pairs[i].file, pairs[i].value, err);
			if (ret == -EINVAL)
				continue;
			if (ret < 0)
				return ret;
			left &= ~(1u << i);
			progress = true;
		}
	}
	return left ? ret : 0;
}
