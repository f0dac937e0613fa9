/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/load/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "linux/openat2.h"

enum { LINKS_MAX = 8 };

void source_close(struct source *s)
{
	while (s->count > 0) {
		s->count--;
		free(s->files[s->count].name);
		free(s->files[s->count].link);
	}
	free(s->files);
	s->files = NULL;
	close_fd(&s->dir_fd);
}

int source_open_dir(const char *path, struct source *ret, struct err *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_ENGINE, errno,
			       "open %s: %s", path, strerror(errno));
	*ret = (struct source){ .dir_fd = fd };
	return 0;
}

/* The last of the name: tar lets a later entry replace an earlier one. */
static const struct source_file *find(const struct source *s, const char *name)
{
	int hops;
	size_t i;

	for (hops = 0; hops < LINKS_MAX; hops++) {
		const struct source_file *file = NULL;

		for (i = s->count; !file && i > 0; i--)
			if (str_eq(s->files[i - 1].name, name))
				file = &s->files[i - 1];
		if (!file || !file->link)
			return file;
		name = file->link;
	}
	return NULL;
}

/* A layout's files are regular, and reached without links. */
static int open_file(const struct source *s, const char *name, int *ret_fd, int64_t *ret_size,
		     struct err *err)
{
	int fd cleanup_fd = open_beneath(s->dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return err_set(err, fd == -ENOENT ? ERR_NOT_FOUND : ERR_ENGINE, fd, "%s: %s", name,
			       strerror(-fd));
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "%s", name);
	if (!S_ISREG(st.st_mode))
		return err_invalid(err, "%s: not a regular file", name);
	*ret_fd = take_fd(&fd);
	*ret_size = st.st_size;
	return 0;
}

bool source_has(const struct source *s, const char *name)
{
	int fd cleanup_fd = -1;
	int64_t size;

	if (s->dir_fd < 0)
		return find(s, name) != NULL;
	return open_file(s, name, &fd, &size, NULL) == 0;
}

static int missing(const char *name, struct err *err)
{
	return err_set(err, ERR_INVALID, ENOENT, "the archive has no file %s", name);
}

int source_read_json(struct loader *l, const struct source *s, const char *name, size_t max,
		     json_t **ret, struct err *err)
{
	const struct source_file *file;

	if (s->dir_fd >= 0) {
		struct buf text cleanup_buf = BUF_INIT(max);
		int fd cleanup_fd = -1, r;
		int64_t size;

		r = open_file(s, name, &fd, &size, err);
		if (r < 0)
			return r;
		r = fd_read_all(fd, &text);
		if (r < 0)
			return err_sys(err, r, "read %s", name);
		return js_parse(buf_str(&text), text.len, name, ret, err);
	}
	file = find(s, name);
	if (!file)
		return missing(name, err);
	if (stage_read_json(l, file->digest, max, ret, err) < 0)
		return err_wrap(err, "%s", name);
	return 0;
}

static int stage_from_dir(struct loader *l, const struct source *s, const char *name,
			  const char *expected, int64_t size, char ret_digest[SHA256_TEXT],
			  struct err *err)
{
	int fd cleanup_fd = -1, r;
	int64_t have;

	r = open_file(s, name, &fd, &have, err);
	if (r < 0)
		return r;
	if (size >= 0 && have != size)
		return err_set(err, ERR_INVALID, EBADMSG, "%s has %lld bytes instead of %lld", name,
			       (long long)have, (long long)size);
	return stage_copy(l, fd, have, expected, size, ret_digest, NULL, err);
}

int source_stage(struct loader *l, const struct source *s, const char *name, const char *expected,
		 int64_t size, char ret_digest[SHA256_TEXT], struct err *err)
{
	const struct source_file *file;

	if (expected && stage_has(l, expected)) {
		if (ret_digest)
			snprintf(ret_digest, SHA256_TEXT, "%s", expected);
		return size < 0 ? 0 : stage_check_size(l, expected, size, err);
	}
	if (s->dir_fd >= 0)
		return stage_from_dir(l, s, name, expected, size, ret_digest, err);
	file = find(s, name);
	if (!file)
		return missing(name, err);
	if (expected && !str_eq(expected, file->digest))
		return err_set(err, ERR_INVALID, EBADMSG, "blob %s is damaged: its digest is %s",
			       expected, file->digest);
	if (size >= 0 && size != file->size)
		return err_set(err, ERR_INVALID, EBADMSG, "%s has %lld bytes instead of %lld", name,
			       (long long)file->size, (long long)size);
	if (ret_digest)
		memcpy(ret_digest, file->digest, SHA256_TEXT);
	return 0;
}
