/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays by fsconfig(2): layers by descriptor (6.13), or each by a string (6.8). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "linux/mount.h"
#include "linux/mount_fs.h"
#include "linux/mount_overlay.h"

typedef int (*set_layer_fn)(int fs_fd, const char *key, int layer, struct err *err);

static int set_by_fd(int fs_fd, const char *key, int layer, struct err *err)
{
	int readable cleanup_fd = -1;

	if (fsconfig(fs_fd, FSCONFIG_SET_FD, key, NULL, layer) == 0)
		return 0;
	if (errno != EBADF)
		return err_sys(err, errno, "overlay: %s", key);
	/* fsconfig of 6.13 does not take O_PATH descriptors yet. */
	readable = openat(layer, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (readable < 0 || fsconfig(fs_fd, FSCONFIG_SET_FD, key, NULL, readable) < 0)
		return err_sys(err, errno, "overlay: %s", key);
	return 0;
}

/* A number cannot hold a colon or comma, as a path could, and is never too long. */
static int set_by_string(int fs_fd, const char *key, int layer, struct err *err)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", layer);
	return fs_set(fs_fd, "overlay", key, path, err);
}

static int set_options(int fs_fd, unsigned flags, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < OVERLAY_OPTIONS; i++)
		if (flags & overlay_options[i].flag)
			r = fs_set(fs_fd, "overlay", overlay_options[i].key,
				   overlay_options[i].value, err);
	if (r == 0 && (flags & OVERLAY_READ_ONLY))
		r = fs_set(fs_fd, "overlay", "ro", NULL, err);
	return r;
}

static int make(const struct overlay_request *req, set_layer_fn set_layer, int *ret_mnt_fd,
		struct err *err)
{
	int fs_fd cleanup_fd = -1;
	int r = fs_open("overlay", &fs_fd, err);

	if (r == 0)
		r = fs_set(fs_fd, "overlay", "source", "overlay", err);
	for (size_t i = 0; r == 0 && i < req->lower_count; i++)
		r = set_layer(fs_fd, "lowerdir+", req->lowers[i], err);
	if (r == 0 && req->upper >= 0)
		r = set_layer(fs_fd, "upperdir", req->upper, err);
	if (r == 0 && req->upper >= 0)
		r = set_layer(fs_fd, "workdir", req->work, err);
	if (r == 0)
		r = set_options(fs_fd, req->flags, err);
	return r < 0 ? r : fs_create_mount(fs_fd, "overlay", 0, ret_mnt_fd, err);
}

int overlay_by_fd(const struct overlay_request *req, int *ret_mnt_fd, struct err *err)
{
	return make(req, set_by_fd, ret_mnt_fd, err);
}

int overlay_by_lowerdir_plus(const struct overlay_request *req, int *ret_mnt_fd, struct err *err)
{
	return make(req, set_by_string, ret_mnt_fd, err);
}
