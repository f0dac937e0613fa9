/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal of a tree that a container may have made as deep and as odd as it liked.
 *
 * One descriptor is open at a time whatever the depth: the way back is "..", checked against the
 * directory we came from, so that a directory moved away under our hands ends the removal instead
 * of leading it elsewhere. Nothing follows a link, and what another file system is mounted on is
 * not entered (its own rmdir then says EBUSY).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

struct level {
	struct level *up;
	dev_t dev; /* of the directory that holds `name` */
	ino_t ino;
	char name[NAME_MAX + 1]; /* of the directory entered from it */
};

struct walk {
	int fd; /* the directory being emptied, owned */
	uint64_t mount_id;
	struct level *levels; /* NULL at the top */
};

static void walk_free(struct walk *w)
{
	struct level *level;

	while ((level = w->levels)) {
		w->levels = level->up;
		free(level);
	}
	close_fd(&w->fd);
}

static int mount_id(int fd, uint64_t *ret)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx) < 0)
		return -errno;
	*ret = stx.stx_mnt_id;
	return 0;
}

/* An ordinary user may not enter or change a directory of its own that lacks the mode bits for it;
 * root needs none. */
static int open_dir(int dirfd, const char *name)
{
	int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, fd = -1, path_fd cleanup_fd = -1;
	char proc[40];

	if (geteuid() != 0) {
		path_fd = openat(dirfd, name, flags | O_PATH);
		if (path_fd < 0)
			return -errno;
		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", path_fd);
		chmod(proc, 0700);
	}
	fd = openat(dirfd, name, flags | O_RDONLY);
	return fd < 0 ? -errno : fd;
}

static int walk_down(struct walk *w, const char *name)
{
	struct level *level = NULL;
	int fd cleanup_fd = -1;
	struct stat st;
	uint64_t id = 0;
	int r;

	fd = open_dir(w->fd, name);
	if (fd < 0)
		return fd;
	r = mount_id(fd, &id);
	if (r < 0)
		return r;
	if (id != w->mount_id)
		return -EBUSY;
	if (fstat(w->fd, &st) < 0)
		return -errno;
	level = calloc(1, sizeof(*level));
	if (!level)
		return -ENOMEM;
	level->dev = st.st_dev;
	level->ino = st.st_ino;
	snprintf(level->name, sizeof(level->name), "%s", name);
	level->up = w->levels;
	w->levels = level;
	close_fd(&w->fd);
	w->fd = take_fd(&fd);
	return 0;
}

static int walk_up(struct walk *w)
{
	struct level *level = w->levels;
	int fd cleanup_fd = -1;
	struct stat st;

	fd = openat(w->fd, "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != level->dev || st.st_ino != level->ino)
		return -EXDEV;
	if (unlinkat(fd, level->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -errno;
	close_fd(&w->fd);
	w->fd = take_fd(&fd);
	w->levels = level->up;
	free(level);
	return 0;
}

/* Removes what can be removed at once. Returns 1 with the walk one level down in a directory that
 * has entries, 0 when this one is empty. */
static int empty_or_enter(struct walk *w)
{
	DIR *dir cleanup_dir = NULL;
	int fd cleanup_fd = -1, r;
	struct dirent *entry;

	fd = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	take_fd(&fd);
	while (errno = 0, (entry = readdir(dir))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (unlinkat(w->fd, entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno != EISDIR)
			return -errno;
		if (unlinkat(w->fd, entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		if (errno != ENOTEMPTY)
			return -errno;
		r = walk_down(w, entry->d_name);
		return r < 0 ? r : 1;
	}
	return -errno;
}

static int empty_tree(int parent, const char *name)
{
	struct walk w cleanup_with(walk_free) = { .fd = -1 };
	uint64_t top = 0;
	int r = mount_id(parent, &w.mount_id);

	if (r < 0)
		return r;
	w.fd = open_dir(parent, name);
	if (w.fd < 0)
		return w.fd;
	r = mount_id(w.fd, &top);
	if (r < 0)
		return r;
	if (top != w.mount_id)
		return -EBUSY;
	for (;;) {
		r = empty_or_enter(&w);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		if (!w.levels)
			return 0;
		r = walk_up(&w);
		if (r < 0)
			return r;
	}
}

static int remove_at(int parent, const char *name)
{
	int r;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	r = empty_tree(parent, name);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int fd_remove_tree_at(int dirfd, const char *name, struct err *err)
{
	char *clean cleanup_free = path_clean(name), *slash;
	const char *base, *dir = ".";
	int parent cleanup_fd = -1, r;

	if (!clean)
		return err_oom(err);
	slash = strrchr(clean, '/');
	base = slash ? slash + 1 : clean;
	if (!*base || str_eq(base, ".") || str_eq(base, ".."))
		return err_invalid(err, "remove %s: not a name in a directory", name);
	if (slash) {
		*slash = '\0';
		dir = slash == clean ? "/" : clean;
	}
	parent = openat(dirfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return errno == ENOENT ? 0 : err_sys(err, errno, "remove %s", name);
	r = remove_at(parent, base);
	return r < 0 ? err_sys(err, r, "remove %s", name) : 0;
}
