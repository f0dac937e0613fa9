/* SPDX-License-Identifier: Apache-2.0 */
/* The copy driver: the image's whole tree is copied into containers/<id>/rootfs when the container
 * is made. Slow and large, and works on every file system. */
#include "engine/image/snapshot_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "engine/image/changes.h"
#include "engine/image/tree_copy.h"
#include "linux/mount.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static int copy_create(const struct snapshot_place *place, json_t *description, struct err *err)
{
	struct snapshot_lowers lowers cleanup_lowers = { .count = 0 };
	struct dirset source cleanup_dirset = { 0 };
	int target cleanup_fd = -1, r;

	r = snapshot_lowers_open(description, place->lib_fd, true, &lowers, err);
	if (r == 0)
		r = dirset_open(lowers.fds, lowers.count, &source, err);
	if (r < 0)
		return r;
	if (mkdirat(place->container_fd, "rootfs", 0700) < 0)
		return err_sys(err, errno, "make the container's root directory");
	target = openat(place->container_fd, "rootfs", DIR_FLAGS);
	if (target < 0)
		return err_sys(err, errno, "open the container's root directory");
	return tree_copy(&source, target, place->lib_fd, err);
}

static int copy_mount(const json_t *description, const struct snapshot_mount_args *args,
		      int *ret_fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	int fd cleanup_fd = -1, r;

	fd = openat(args->container_fd, "rootfs", DIR_FLAGS);
	if (fd < 0)
		return err_sys(err, errno, "open the container's root directory");
	/* A clone of a shared mount is its peer: what is mounted below the root would appear on the
	 * host, and pivot_root refuses it. */
	change.propagation = MS_PRIVATE;
	change.userns_fd = args->userns_fd;
	if (args->readonly)
		change.set = MOUNT_ATTR_RDONLY;
	r = mount_bind_fd(fd, false, &change, ret_fd, err);
	return r < 0 ? err_wrap(err, "mount the container's root") : 0;
}

static int copy_changes(const json_t *description, const struct snapshot_place *place, json_t **ret,
			struct err *err)
{
	struct snapshot_lowers lowers cleanup_lowers = { .count = 0 };
	int tree cleanup_fd = -1, r;

	r = snapshot_lowers_open(description, place->lib_fd, true, &lowers, err);
	if (r < 0)
		return r;
	tree = openat(place->container_fd, "rootfs", DIR_FLAGS);
	if (tree < 0)
		return err_sys(err, errno, "open the container's root directory");
	return changes_of_copy(tree, lowers.fds, lowers.count, ret, err);
}

static const char *const names[] = { "rootfs", NULL };

const struct snapshot_driver snapshot_copy = {
	.name = "copy",
	.create = copy_create,
	.mount = copy_mount,
	.names = names,
	.size_name = "rootfs",
	.changes = copy_changes,
};
