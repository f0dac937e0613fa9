/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/snapshot_driver.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "linux/mount.h"
#include "linux/openat2.h"

void snapshot_lowers_close(struct snapshot_lowers *lowers)
{
	while (lowers->count > 0)
		close_fd(&lowers->fds[--lowers->count]);
}

/* A layer of the store is reached without following a link; an absolute path is the user's own
 * word, links and all. */
static int open_lower(const char *path, int lib_fd, bool detach, int *ret, struct err *err)
{
	int fd, mnt;

	if (path[0] != '/') {
		fd = open_beneath(lib_fd, path, O_PATH | O_DIRECTORY, 0);
		if (fd < 0)
			return err_sys(err, fd, "open layer %s", path);
		*ret = fd;
		return 0;
	}
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open %s", path);
	if (detach && mount_clone_fd(fd, "", false, &mnt, NULL) == 0) {
		close(fd);
		fd = mnt;
	}
	*ret = fd;
	return 0;
}

int snapshot_lowers_open(const json_t *description, int lib_fd, bool detach,
			 struct snapshot_lowers *lowers, struct err *err)
{
	const json_t *list = json_object_get(description, "Lowers"), *item;
	size_t i;
	int r;

	if (json_array_size(list) == 0 || json_array_size(list) > SNAPSHOT_LOWERS_MAX)
		return err_invalid(err, "the container's snapshot names %zu layers",
				   json_array_size(list));
	json_array_foreach (list, i, item) {
		if (!json_is_string(item))
			return err_invalid(err, "the container's snapshot is not readable");
		r = open_lower(json_string_value(item), lib_fd, detach, &lowers->fds[lowers->count],
			       err);
		if (r < 0)
			return r;
		lowers->count++;
	}
	return 0;
}
