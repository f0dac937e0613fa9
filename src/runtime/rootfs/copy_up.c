/* SPDX-License-Identifier: Apache-2.0 */
/* The tmpcopyup option: a tmpfs that begins with what the image has below it. The tree is the
 * image's: links are copied as links, nothing is opened through one. */
#include "runtime/rootfs/rootfs.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/cleanup.h"

enum { DEPTH_MAX = 128, COPY_CHUNK = 1 << 20 };

static int copy_tree(int from, int to, int depth, struct err *err);

static int copy_data(int from, int to, const char *name, struct err *err)
{
	for (;;) {
		ssize_t n = sendfile(to, from, NULL, COPY_CHUNK);

		if (n == 0)
			return 0;
		if (n < 0)
			return err_sys(err, errno, "tmpcopyup: copy %s", name);
	}
}

static int copy_owner(int dir, const char *name, const struct stat *st, struct err *err)
{
	if (fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "tmpcopyup: owner of %s", name);
	if (!S_ISLNK(st->st_mode) && fchmodat(dir, name, st->st_mode & 07777, 0) < 0)
		return err_sys(err, errno, "tmpcopyup: mode of %s", name);
	return 0;
}

static int copy_file(int from, int to, const char *name, struct err *err)
{
	cleanup_fd int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	cleanup_fd int out = -1;

	if (in < 0)
		return err_sys(err, errno, "tmpcopyup: open %s", name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(err, errno, "tmpcopyup: make %s", name);
	return copy_data(in, out, name, err);
}

static int copy_directory(int from, int to, const char *name, int depth, struct err *err)
{
	cleanup_fd int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int out = -1;

	if (in < 0)
		return err_sys(err, errno, "tmpcopyup: open %s", name);
	if (mkdirat(to, name, 0700) < 0)
		return err_sys(err, errno, "tmpcopyup: make %s", name);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return err_sys(err, errno, "tmpcopyup: open %s", name);
	return copy_tree(in, out, depth + 1, err);
}

static int copy_link(int from, int to, const char *name, struct err *err)
{
	char target[4096];
	ssize_t len = readlinkat(from, name, target, sizeof(target) - 1);

	if (len < 0)
		return err_sys(err, errno, "tmpcopyup: read link %s", name);
	target[len] = '\0';
	if (symlinkat(target, to, name) < 0)
		return err_sys(err, errno, "tmpcopyup: make link %s", name);
	return 0;
}

static int copy_entry(int from, int to, const char *name, int depth, struct err *err)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "tmpcopyup: %s", name);
	if (S_ISDIR(st.st_mode))
		r = copy_directory(from, to, name, depth, err);
	else if (S_ISREG(st.st_mode))
		r = copy_file(from, to, name, err);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, name, err);
	else if (mknodat(to, name, st.st_mode, st.st_rdev) < 0)
		r = err_sys(err, errno, "tmpcopyup: make %s", name);
	else
		r = 0;
	return r < 0 ? r : copy_owner(to, name, &st, err);
}

static int copy_tree(int from, int to, int depth, struct err *err)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (depth > DEPTH_MAX)
		return err_invalid(err, "tmpcopyup: more than %d directories deep", DEPTH_MAX);
	dir = again < 0 ? NULL : fdopendir(again);
	if (!dir)
		return err_sys(err, errno, "tmpcopyup: read a directory");
	while ((errno = 0, entry = readdir(dir))) {
		int r;

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		r = copy_entry(from, to, entry->d_name, depth, err);
		if (r < 0)
			return r;
	}
	return errno ? err_sys(err, errno, "tmpcopyup: read a directory") : 0;
}

int rootfs_copy_up(int from_dir, int to_mnt, struct err *err)
{
	/* A mount fd is an O_PATH one. */
	cleanup_fd int to_dir = openat(to_mnt, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (to_dir < 0)
		return err_sys(err, errno, "tmpcopyup: open the tmpfs");
	if (fstat(from_dir, &st) < 0)
		return err_sys(err, errno, "tmpcopyup");
	if (fchown(to_dir, st.st_uid, st.st_gid) < 0 || fchmod(to_dir, st.st_mode & 07777) < 0)
		return err_sys(err, errno, "tmpcopyup: owner and mode");
	return copy_tree(from_dir, to_dir, 0, err);
}
