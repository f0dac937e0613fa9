/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/image/rootless.h"
#include "engine/root/root.h"
#include "linux/flock.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* A sweeper may take the new directory for a dead one's between mkdir and lock: whoever got the
 * lock looks whether the name is still his. */
static int is_linked(int parent, const char *name, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

int layout_tmp(const struct root *root, char **ret_name, int *ret_fd, struct err *err)
{
	int tmp cleanup_fd = -1, fd cleanup_fd = -1, r, tries;
	char name[17], *full;

	r = root_subdir(root, TMP_DIR, &tmp, err);
	if (r < 0)
		return r;
	for (tries = 0; tries < 100; tries++) {
		r = str_random_hex(name, 8);
		if (r < 0)
			return err_sys(err, r, "choose a temporary name");
		if (mkdirat(tmp, name, 0700) < 0)
			return err_sys(err, errno, "make %s/" TMP_DIR "/%s", root->lib, name);
		close_fd(&fd);
		fd = openat(tmp, name, DIR_FLAGS);
		if (fd < 0 || flock_try(fd, FLOCK_EXCLUSIVE) != 0 || !is_linked(tmp, name, fd))
			continue;
		full = str_printf(TMP_DIR "/%s", name);
		if (!full)
			return err_oom(err);
		*ret_name = full;
		*ret_fd = take_fd(&fd);
		return 0;
	}
	return err_set(err, ERR_ENGINE, EAGAIN,
		       "%s/" TMP_DIR ": no directory of our own could be made", root->lib);
}

struct removal {
	int dir_fd;
	const char *name;
};

static int remove_tree(void *arg, struct err *err)
{
	const struct removal *removal = arg;

	return fd_remove_tree_at(removal->dir_fd, removal->name, err);
}

void layout_tmp_remove(const struct root *root, const char *name)
{
	struct removal removal = { root->lib_fd, name };
	struct err err = { 0 };

	if (rootless_call(root, remove_tree, &removal, &err) < 0)
		log_warn("%s/%s stays until the next clean-up: %s", root->lib, name, err.text);
}

static void sweep_one(const struct root *root, int tmp, const char *name)
{
	int fd cleanup_fd = openat(tmp, name, DIR_FLAGS);
	struct removal removal = { tmp, name };
	struct err err = { 0 };

	if (fd < 0 || flock_try(fd, FLOCK_EXCLUSIVE) != 0)
		return;
	if (rootless_call(root, remove_tree, &removal, &err) < 0)
		log_warn("%s/" TMP_DIR "/%s cannot be removed: %s", root->lib, name, err.text);
}

void layout_tmp_sweep(const struct root *root)
{
	int fd = openat(root->lib_fd, TMP_DIR, DIR_FLAGS);
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		close_fd(&fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			sweep_one(root, fd, entry->d_name);
}
