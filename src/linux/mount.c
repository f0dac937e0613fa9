/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"

int mount_clone_fd(int dirfd, const char *path, bool recursive, int *ret_mnt_fd, struct err *err)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
	int fd;

	if (!*path)
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	fd = open_tree(dirfd, path, flags);
	if (fd < 0)
		return err_sys(err, errno, "copy the mount of %s", *path ? path : "a descriptor");
	*ret_mnt_fd = fd;
	return 0;
}

static bool is_empty(const struct mount_change *change)
{
	return !change->set && !change->clear && !change->propagation && change->userns_fd < 0;
}

int mount_change_fd(int mnt_fd, const struct mount_change *change, struct err *err)
{
	struct mount_attr attr = {
		.attr_set = change->set,
		.attr_clr = change->clear,
		.propagation = change->propagation,
	};
	unsigned flags = AT_EMPTY_PATH | (change->recursive ? AT_RECURSIVE : 0);

	if (is_empty(change))
		return 0;
	if (change->userns_fd >= 0) {
		attr.attr_set |= MOUNT_ATTR_IDMAP;
		attr.userns_fd = (uint64_t)change->userns_fd;
	}
	/* One of the access times is always chosen; the kernel wants the whole field cleared when
	 * one is set. */
	if (attr.attr_set & MOUNT_ATTR__ATIME)
		attr.attr_clr |= MOUNT_ATTR__ATIME;
	if (mount_setattr(mnt_fd, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	if (errno == ENOSYS)
		return err_set(err, ERR_UNSUPPORTED, ENOSYS,
			       "attributes of a mount need Linux 5.12 (mount_setattr)");
	if (errno == EINVAL && change->userns_fd >= 0)
		return err_set(err, ERR_UNSUPPORTED, EINVAL,
			       "this file system cannot be mounted with mapped ids");
	return err_sys(err, errno, "change the attributes of a mount");
}

int mount_bind_fd(int fd, bool recursive, const struct mount_change *change, int *ret_mnt_fd,
		  struct err *err)
{
	int mnt_fd cleanup_fd = -1;
	int r = mount_clone_fd(fd, "", recursive, &mnt_fd, err);

	if (r == 0)
		r = mount_change_fd(mnt_fd, change, err);
	if (r == 0)
		*ret_mnt_fd = take_fd(&mnt_fd);
	return r;
}

int mount_attach(int mnt_fd, int target_fd, struct err *err)
{
	if (move_mount(mnt_fd, "", target_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_sys(err, errno, "put a mount in place");
	return 0;
}

int mount_attach_at(int mnt_fd, int dirfd, const char *path, unsigned flags, struct err *err)
{
	if (move_mount(mnt_fd, "", dirfd, path, MOVE_MOUNT_F_EMPTY_PATH | flags) < 0)
		return err_sys(err, errno, "mount on %s", path);
	return 0;
}

int mount_detach(const char *path, struct err *err)
{
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return err_sys(err, errno, "unmount %s", path);
	return 0;
}
