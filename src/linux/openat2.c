/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/syscalls.h"

enum {
	RETRIES = 128, /* a rename anywhere in the system makes openat2 say EAGAIN */
	COMPONENTS_MAX = 512,
};

int open_resolve(int dir_fd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | O_TMPFILE) & ~O_DIRECTORY ? mode : 0,
		.resolve = resolve,
	};
	int fd = -1;

	for (int i = 0; i < RETRIES; i++) {
		fd = sys_openat2(dir_fd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : fd;
}

int open_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
	return open_resolve(root_fd, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int open_beneath(int dir_fd, const char *path, int flags, mode_t mode)
{
	return open_resolve(dir_fd, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/*
 * Opens the longest leading part of `path` that exists; *ret_rest is what is left, made of plain
 * components only. The whole is resolved again from the root for each length, because "a/link/.."
 * means what the links say, not what the text says.
 */
static int open_existing_part(int root_fd, char *path, int *ret_fd, const char **ret_rest)
{
	size_t length = strlen(path), full = length;
	char saved;
	int fd;

	for (int tries = 0; tries < COMPONENTS_MAX; tries++) {
		saved = path[length];
		path[length] = '\0';
		fd = open_in_root(root_fd, length ? path : ".", O_PATH | O_DIRECTORY, 0);
		path[length] = saved;
		if (fd >= 0) {
			*ret_fd = fd;
			*ret_rest = length == full ? "" : path + length;
			return 0;
		}
		if (fd != -ENOENT || length == 0)
			return fd;
		while (length > 0 && path[length - 1] != '/')
			length--;
		while (length > 0 && path[length - 1] == '/')
			length--;
	}
	return -ENAMETOOLONG;
}

/* Makes (or finds, when another was faster) one directory and enters it, never through a link: a
 * dangling one would have us make what it points to. */
static int make_step(int *fd, const char *name, mode_t mode)
{
	int next;

	if (mkdirat(*fd, name, mode) < 0 && errno != EEXIST)
		return -errno;
	next = open_beneath(*fd, name, O_PATH | O_DIRECTORY, 0);
	if (next < 0)
		return next;
	close_fd(fd);
	*fd = next;
	return 0;
}

static int make_rest(int *fd, const char *rest, mode_t mode)
{
	char name[NAME_MAX + 1];
	size_t length;
	int r = 0;

	while (r == 0) {
		rest += strspn(rest, "/");
		length = strcspn(rest, "/");
		if (length == 0)
			return 0;
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, rest, length);
		name[length] = '\0';
		/* ".." behind a directory that does not exist has no meaning to keep. */
		if (str_eq(name, ".."))
			return -ENOENT;
		if (!str_eq(name, "."))
			r = make_step(fd, name, mode);
		rest += length;
	}
	return r;
}

int mkdir_in_root(int root_fd, const char *path, mode_t mode, int *ret_fd, struct err *err)
{
	char *copy cleanup_free = strdup(path);
	int fd cleanup_fd = -1, r;
	const char *rest = "";

	if (!copy)
		return err_oom(err);
	r = open_existing_part(root_fd, copy, &fd, &rest);
	if (r == 0)
		r = make_rest(&fd, rest, mode);
	if (r < 0)
		return err_sys(err, r, "make directory %s in the root", path);
	*ret_fd = take_fd(&fd);
	return 0;
}

int parent_in_root(int root_fd, const char *path, mode_t make_mode, int *ret_fd, char **ret_name,
		   struct err *err)
{
	char *parent cleanup_free = strdup(path), *name cleanup_free = NULL, *slash;
	size_t length = strlen(path);
	int fd cleanup_fd = -1, r;

	if (!parent)
		return err_oom(err);
	while (length > 0 && parent[length - 1] == '/')
		parent[--length] = '\0';
	slash = strrchr(parent, '/');
	name = strdup(slash ? slash + 1 : parent);
	if (!name)
		return err_oom(err);
	if (!*name || str_eq(name, ".") || str_eq(name, ".."))
		return err_invalid(err, "%s: names nothing that could be made", path);
	if (strlen(name) > NAME_MAX)
		return err_sys(err, ENAMETOOLONG, "%s", path);
	*(slash ? slash : parent) = '\0';
	if (make_mode) {
		r = mkdir_in_root(root_fd, *parent ? parent : ".", make_mode, &fd, err);
	} else {
		fd = open_in_root(root_fd, *parent ? parent : ".", O_PATH | O_DIRECTORY, 0);
		r = fd < 0 ? err_sys(err, fd, "open the directory of %s in the root", path) : 0;
	}
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	*ret_name = take_ptr(&name);
	return 0;
}

/* An empty file by O_EXCL, which follows no link; a moment later it may be anything, so what is
 * opened is looked at. */
static int make_file(int root_fd, const char *path, int *ret_fd, struct err *err)
{
	int parent cleanup_fd = -1, made cleanup_fd = -1, fd;
	char *name cleanup_free = NULL;
	int r = parent_in_root(root_fd, path, 0755, &parent, &name, err);

	if (r < 0)
		return r;
	made = open_beneath(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
	if (made < 0 && made != -EEXIST)
		return err_sys(err, made, "make %s in the root", path);
	fd = open_beneath(parent, name, O_PATH, 0);
	if (fd < 0)
		return err_sys(err, fd, "open %s in the root", path);
	*ret_fd = fd;
	return 0;
}

int mount_point_in_root(int root_fd, const char *path, bool directory, int *ret_fd, struct err *err)
{
	int fd cleanup_fd = open_in_root(root_fd, path, O_PATH, 0), r = 0;
	struct stat st;

	if (fd == -ENOENT && directory)
		r = mkdir_in_root(root_fd, path, 0755, &fd, err);
	else if (fd == -ENOENT)
		r = make_file(root_fd, path, &fd, err);
	else if (fd < 0)
		r = err_sys(err, fd, "open %s in the root", path);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "stat %s in the root", path);
	if (S_ISDIR(st.st_mode) != directory)
		return err_set(err, ERR_INVALID, directory ? ENOTDIR : EISDIR,
			       "mount point %s is %sa directory", path, directory ? "not " : "");
	*ret_fd = take_fd(&fd);
	return 0;
}
