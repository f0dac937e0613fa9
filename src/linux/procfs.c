/* SPDX-License-Identifier: Apache-2.0 */
/* A /proc that is procfs: see openat2.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "linux/openat2.h"
#include "linux/syscalls.h"

enum { PROC_MAGIC = 0x9fa0, PROC_ROOT_INODE = 1 };

bool procfs_is(int fd)
{
	struct statfs sfs;

	return fstatfs(fd, &sfs) == 0 && sfs.f_type == PROC_MAGIC;
}

static bool is_root(int fd)
{
	struct stat st;

	return procfs_is(fd) && fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INODE;
}

/* Where the kernel refuses (not enough rights, or our /proc has parts covered, which a fresh one
 * would uncover), -1. */
static int fresh_instance(void)
{
	int fs_fd cleanup_fd = fsopen("proc", FSOPEN_CLOEXEC);

	if (fs_fd < 0 || fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs_fd, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID);
}

int procfs_open(int *ret_fd, struct err *err)
{
	int fd cleanup_fd = fresh_instance();

	if (fd < 0)
		fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open /proc");
	if (!is_root(fd))
		return err_set(err, ERR_DENIED, EPERM, "/proc is not a procfs");
	*ret_fd = take_fd(&fd);
	return 0;
}

/* "self" and "thread-self" are links, but the kernel's own: their targets are spelled out, so that
 * no link has to be followed. */
static int expand_self(const char *path, char *out, size_t size)
{
	const char *rest;

	if (str_starts(path, "thread-self") && (path[11] == '/' || !path[11])) {
		rest = path + 11;
		return snprintf(out, size, "%d/task/%d%s", (int)getpid(), (int)gettid(), rest);
	}
	if (str_starts(path, "self") && (path[4] == '/' || !path[4])) {
		rest = path + 4;
		return snprintf(out, size, "%d%s", (int)getpid(), rest);
	}
	return snprintf(out, size, "%s", path);
}

int procfs_open_at(int proc_fd, const char *path, int flags)
{
	char full[512];
	int fd cleanup_fd = -1;

	if (expand_self(path, full, sizeof(full)) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open_resolve(proc_fd, full, flags | O_NOFOLLOW, 0,
			  RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return fd;
	if (!procfs_is(fd))
		return -EXDEV;
	return take_fd(&fd);
}

int procfs_write(int proc_fd, const char *path, const char *value, struct err *err)
{
	int fd cleanup_fd = procfs_open_at(proc_fd, path, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return err_sys(err, fd, "open /proc/%s", path);
	n = write(fd, value, strlen(value));
	if (n < 0)
		return err_sys(err, errno, "write \"%s\" to /proc/%s", value, path);
	if ((size_t)n != strlen(value))
		return err_set(err, ERR_ENGINE, EIO,
			       "write \"%s\" to /proc/%s: only %zd bytes taken", value, path, n);
	return 0;
}
