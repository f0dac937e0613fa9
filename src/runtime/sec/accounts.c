/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sec/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "linux/openat2.h"

void accounts_begin(struct accounts *a, const struct buf *file)
{
	*a = (struct accounts){ .next = buf_str(file), .end = buf_str(file) + file->len };
}

void accounts_end(struct accounts *a)
{
	free(a->line);
	a->line = NULL;
}

bool accounts_is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

bool accounts_id(const char *text, uint32_t *ret)
{
	uint64_t number;

	if (!accounts_is_number(text) || str_to_u64(text, ACCOUNTS_ID_MAX, "id", &number, NULL) < 0)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static bool cut(struct accounts *a, size_t fields)
{
	char *p = a->line;

	for (size_t i = 0; i < fields; i++) {
		char *colon = strchr(p, ':');

		a->field[i] = p;
		if (i == fields - 1)
			return !colon;
		if (!colon)
			return false;
		*colon = '\0';
		p = colon + 1;
	}
	return false;
}

int accounts_next(struct accounts *a, size_t fields)
{
	while (a->next < a->end) {
		const char *start = a->next;
		const char *stop = memchr(start, '\n', (size_t)(a->end - start));
		size_t len = (size_t)((stop ? stop : a->end) - start);

		a->next = stop ? stop + 1 : a->end;
		if (memchr(start, '\0', len))
			continue;
		free(a->line);
		a->line = strndup(start, len);
		if (!a->line)
			return -ENOMEM;
		if (cut(a, fields) && *a->field[0] && accounts_id(a->field[2], &a->id))
			return 1;
	}
	return 0;
}

/* The file is what the container's own links lead to, within its root; it is opened for reading
 * only once it is known to be regular: opening a device or a FIFO may itself do harm or wait for
 * ever. By /proc/self/fd it is that very file, whatever its name means by now. */
int accounts_read(int root_fd, const char *path, struct buf *ret, struct err *err)
{
	char self[64];
	struct stat st;
	int r, place cleanup_fd = open_in_root(root_fd, path, O_PATH, 0);
	int fd cleanup_fd = -1;

	if (place == -ENOENT || place == -ENOTDIR)
		return 0;
	if (place < 0)
		return err_sys(err, place, "open %s of the container", path);
	if (fstat(place, &st) < 0)
		return err_sys(err, errno, "stat %s of the container", path);
	if (!S_ISREG(st.st_mode))
		return err_invalid(err, "%s of the container is not a regular file", path);
	if (st.st_size > ACCOUNTS_FILE_MAX)
		return err_invalid(err, "%s of the container is larger than %d bytes", path,
				   ACCOUNTS_FILE_MAX);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
	fd = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_sys(err, errno, "open %s of the container", path);
	r = fd_read_all(fd, ret);
	if (r == -E2BIG)
		return err_invalid(err, "%s of the container is larger than %d bytes", path,
				   ACCOUNTS_FILE_MAX);
	return r < 0 ? err_sys(err, r, "read %s of the container", path) : 0;
}

bool accounts_has_member(const char *members, const char *user)
{
	size_t len = strlen(user);

	for (const char *p = members; *p;) {
		size_t part = strcspn(p, ",");

		if (part == len && memcmp(p, user, len) == 0)
			return true;
		p += part + (p[part] == ',');
	}
	return false;
}
