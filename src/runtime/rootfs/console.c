/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootfs/rootfs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "linux/mount.h"

/* An image's link at /dev/console would take the terminal elsewhere (CVE-2025-52565): it goes. */
static int open_place(int dev, int *ret_fd, struct err *err)
{
	cleanup_fd int made = -1;
	struct stat st;

	if (fstatat(dev, "console", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) &&
	    unlinkat(dev, "console", 0) < 0)
		return err_sys(err, errno, "/dev/console is a link");
	made = openat(dev, "console", O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0620);
	if (made < 0 && errno != EEXIST)
		return err_sys(err, errno, "make /dev/console");
	*ret_fd = openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_fd < 0)
		return err_sys(err, errno, "/dev/console");
	return 0;
}

int rootfs_console(const struct rootfs_plan *plan, int path_fd, struct err *err)
{
	cleanup_fd int dev = -1, target = -1, mnt = -1;
	int r;

	if (plan->root_fd < 0)
		return 0;
	r = rootfs_open_dev(plan, &dev, err);
	if (r == 0)
		r = open_place(dev, &target, err);
	if (r == 0)
		r = mount_bind_fd(path_fd, false, &MOUNT_CHANGE_NONE, &mnt, err);
	if (r == 0)
		r = mount_attach(mnt, target, err);
	return r < 0 ? err_wrap(err, "/dev/console") : 0;
}
