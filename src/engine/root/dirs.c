/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of ours: owner and mode are asserted each time, whoever made them (state directories
 * of other engines that were too open let every user read containers' files). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/root/internal.h"

static int check_owner(const struct stat *st, const char *name, struct err *err)
{
	if (st->st_uid != geteuid())
		return err_set(err, ERR_DENIED, EPERM, "%s belongs to uid %u, not to %u", name,
			       (unsigned)st->st_uid, (unsigned)geteuid());
	return 0;
}

static int open_dir(int dirfd, const char *name, int *ret_fd, struct stat *st, struct err *err)
{
	int fd cleanup_fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "open %s", name);
	if (fstat(fd, st) < 0)
		return err_sys(err, errno, "stat %s", name);
	if (check_owner(st, name, err) < 0)
		return -EPERM;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int tighten(int fd, const char *name, const struct stat *st, struct err *err)
{
	if ((st->st_mode & 07777) != 0700 && fchmodat(fd, ".", 0700, 0) < 0)
		return err_sys(err, errno, "chmod 700 %s", name);
	return 0;
}

/* A run tree may be renamed away between the making and the opening: then it is made again. */
int root_own_dir(int dirfd, const char *name, int *ret_fd, struct err *err)
{
	int fd cleanup_fd = -1;
	struct stat st;
	int r;

	do {
		if (mkdirat(dirfd, name, 0700) < 0 && errno != EEXIST)
			return err_sys(err, errno, "mkdir %s", name);
		r = open_dir(dirfd, name, &fd, &st, err);
	} while (r == -ENOENT);
	if (r == 0)
		r = tighten(fd, name, &st, err);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

/* Empty (a fresh file system's lost+found aside), or a root that was made earlier. */
static int may_be_root(int fd, const char *path, struct err *err)
{
	int list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir cleanup_dir = list < 0 ? NULL : fdopendir(list);
	struct dirent *entry;
	bool empty = true;

	if (!dir)
		return err_sys(err, errno, "read %s", path);
	while ((entry = readdir(dir))) {
		if (str_eq(entry->d_name, "coracle.db") || str_eq(entry->d_name, "containers"))
			return 0;
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..") &&
		    !str_eq(entry->d_name, "lost+found"))
			empty = false;
	}
	if (!empty)
		return err_set(err, ERR_INVALID, ENOTEMPTY,
			       "%s is not empty and is not a root of coracle", path);
	return 0;
}

int root_own_top(const char *path, int *ret_fd, struct err *err)
{
	int fd cleanup_fd = -1;
	struct stat st;
	int r;

	r = open_dir(AT_FDCWD, path, &fd, &st, err);
	if (r == 0 && faccessat(fd, "containers", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		r = may_be_root(fd, path, err);
	if (r == 0)
		r = tighten(fd, path, &st, err);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

int root_subdir(const struct root *root, const char *name, int *ret_fd, struct err *err)
{
	return root_own_dir(root->lib_fd, name, ret_fd, err);
}

static int container_dir(int dirfd, const char *id, bool create, int *ret_fd, struct err *err)
{
	int fd cleanup_fd = -1;

	if (!path_is_component(id))
		return err_set(err, ERR_NOT_FOUND, ENOENT, "No such container: %s", id);
	fd = openat(dirfd, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && create)
		return root_own_dir(dirfd, id, ret_fd, err);
	if (fd < 0)
		return errno == ENOENT
			   ? err_set(err, ERR_NOT_FOUND, ENOENT, "No directory of container %s", id)
			   : err_sys(err, errno, "the directory of container %s", id);
	*ret_fd = take_fd(&fd);
	return 0;
}

int root_container_dir(const struct root *root, const char *id, bool create, int *ret_fd,
		       struct err *err)
{
	return container_dir(root->containers_fd, id, create, ret_fd, err);
}

int root_run_dir(const struct root *root, const char *id, bool create, int *ret_fd, struct err *err)
{
	return container_dir(root->run_containers_fd, id, create, ret_fd, err);
}
