/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/become.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/openat2.h"

static int refuse(const char *cwd, const char *why, struct err *err)
{
	return err_set(err, ERR_DENIED, EPERM, "working directory %s: %s", cwd, why);
}

/* The kernel says "(unreachable)/…" of a directory outside the root: one reached by a descriptor
 * that leaked in (CVE-2024-21626). glibc's getcwd would look for it upwards instead. */
static int check_inside(const char *cwd, struct err *err)
{
	char path[PATH_MAX];

	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return refuse(cwd, "it is not inside the container's root", err);
	if (path[0] != '/')
		return refuse(cwd, "it is outside the container's root", err);
	return 0;
}

static int open_directory(const char *cwd, bool make)
{
	cleanup_fd int made = -1;
	int root, fd;

	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = open_in_root(root, cwd, O_PATH | O_DIRECTORY, 0);
	if (fd == -ENOENT && make) {
		int r = mkdir_in_root(root, cwd, 0755, &made, NULL);

		fd = r < 0 ? r : take_fd(&made);
	}
	close(root);
	return fd;
}

int cwd_enter(const char *cwd, bool make, struct err *err)
{
	/* Magic links, such as /proc/self/fd/N, are not followed. */
	cleanup_fd int fd = open_directory(cwd, make);

	if (fd == -EACCES)
		return 1;
	if (fd == -ELOOP)
		return refuse(cwd, "it leads through a link that leaves the root, or never ends",
			      err);
	if (fd == -ENOENT && !make)
		return err_set(err, ERR_CMD_NOT_FOUND, ENOENT, "working directory %s: %s", cwd,
			       strerror(ENOENT));
	if (fd < 0)
		return err_sys(err, fd, "working directory %s", cwd);
	if (fchdir(fd) < 0)
		return errno == EACCES ? 1 : err_sys(err, errno, "working directory %s", cwd);
	return check_inside(cwd, err);
}
