/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/tree_size.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

struct counter {
	ino_t *seen; /* inodes with several names */
	size_t count, room;
	int64_t bytes;
};

static void counter_free(struct counter *c)
{
	free(c->seen);
}

/* Open addressing, 0 is free: no file has inode 0. */
static int is_new(struct counter *c, ino_t ino)
{
	size_t i, room = c->room ? c->room * 2 : 256;
	ino_t *grown;

	if (c->count * 2 >= c->room) {
		grown = calloc(room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		for (i = 0; i < c->room; i++) {
			size_t at = c->seen[i] * 0x9e3779b97f4a7c15u % room;

			while (c->seen[i] && grown[at])
				at = (at + 1) % room;
			if (c->seen[i])
				grown[at] = c->seen[i];
		}
		free(c->seen);
		c->seen = grown;
		c->room = room;
	}
	for (i = ino * 0x9e3779b97f4a7c15u % c->room; c->seen[i]; i = (i + 1) % c->room)
		if (c->seen[i] == ino)
			return 0;
	c->seen[i] = ino;
	c->count++;
	return 1;
}

static int count_dir(struct counter *c, int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (!dir) {
		close_fd(&fd);
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	}
	while (r >= 0 && (errno = 0, (entry = readdir(dir)))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			r = count_dir(c, fd, entry->d_name);
		else if (S_ISREG(st.st_mode) && (st.st_nlink < 2 || (r = is_new(c, st.st_ino)) > 0))
			c->bytes += st.st_size;
	}
	return r < 0 ? r : 0;
}

int tree_size(int dirfd, const char *name, int64_t *ret, struct err *err)
{
	struct counter c cleanup_with(counter_free) = { 0 };
	int r = count_dir(&c, dirfd, name);

	if (r < 0)
		return err_sys(err, r, "count the bytes of a layer");
	*ret = c.bytes;
	return 0;
}
