/* SPDX-License-Identifier: Apache-2.0 */
/* The bind driver, for dir:/path:rw: the directory itself is the root, and keeps what is written.
 */
#include "engine/image/snapshot_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "linux/mount.h"

static int bind_create(const struct snapshot_place *place, json_t *description, struct err *err)
{
	return 0;
}

static int bind_mount(const json_t *description, const struct snapshot_mount_args *args,
		      int *ret_fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	const char *path = NULL;
	int fd cleanup_fd = -1, r;

	r = js_get_str(description, "snapshot", "Path", &path, err);
	if (r < 0)
		return r;
	if (!path)
		return err_invalid(err, "the container's snapshot names no directory");
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open %s", path);
	/* A clone of a shared mount is its peer: what is mounted below the root would appear on the
	 * host, and pivot_root refuses it. */
	change.propagation = MS_PRIVATE;
	change.userns_fd = args->userns_fd;
	if (args->readonly)
		change.set = MOUNT_ATTR_RDONLY;
	r = mount_bind_fd(fd, false, &change, ret_fd, err);
	return r < 0 ? err_wrap(err, "mount %s as the container's root", path) : 0;
}

static int bind_changes(const json_t *description, const struct snapshot_place *place, json_t **ret,
			struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "the container writes through to a directory of the host: there is no layer "
		       "to compare");
}

static const char *const names[] = { NULL };

const struct snapshot_driver snapshot_bind = {
	.name = "bind",
	.create = bind_create,
	.mount = bind_mount,
	.names = names,
	.changes = bind_changes,
};
