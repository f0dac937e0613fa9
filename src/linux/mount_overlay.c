/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount_overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/mount.h"

enum { LOWER_MAX = 500 }; /* the kernel's OVL_MAX_STACK */

const struct overlay_option overlay_options[OVERLAY_OPTIONS] = {
	{ OVERLAY_VOLATILE, "volatile", NULL },
	{ OVERLAY_USERXATTR, "userxattr", NULL },
	{ OVERLAY_NO_REDIRECT, "redirect_dir", "nofollow" },
	{ OVERLAY_NO_INDEX, "index", "off" },
	{ OVERLAY_NO_METACOPY, "metacopy", "off" },
	{ OVERLAY_INDEX, "index", "on" },
	{ OVERLAY_XINO, "xino", "auto" },
};

enum overlay_backend mount_overlay_probe(void)
{
	int fs_fd cleanup_fd = fsopen("overlay", FSOPEN_CLOEXEC);
	int dir_fd cleanup_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fs_fd < 0 || dir_fd < 0)
		return OVERLAY_MOUNT2; /* whose error will be the one to show */
	if (fsconfig(fs_fd, FSCONFIG_SET_FD, "lowerdir+", NULL, dir_fd) == 0)
		return OVERLAY_BY_FD;
	/* Before 6.5 every string is taken here and looked at only when the super block is made. */
	if (fsconfig(fs_fd, FSCONFIG_SET_STRING, "no such option", "/", 0) == 0)
		return OVERLAY_MOUNT2;
	if (fsconfig(fs_fd, FSCONFIG_SET_STRING, "lowerdir+", "/", 0) == 0)
		return OVERLAY_LOWERDIR_PLUS;
	return OVERLAY_MOUNT2;
}

static int check(const struct overlay_request *req, struct err *err)
{
	if (req->lower_count == 0 || req->lower_count > LOWER_MAX)
		return err_invalid(err, "overlay: %zu layers (1 to %d are possible)",
				   req->lower_count, LOWER_MAX);
	if ((req->upper < 0) != (req->work < 0))
		return err_invalid(err, "overlay: an upper directory needs a work directory");
	if (req->upper < 0 && req->lower_count < 2)
		return err_invalid(err, "overlay: a view without an upper needs two layers");
	if ((req->flags & OVERLAY_INDEX) && (req->flags & OVERLAY_NO_INDEX))
		return err_invalid(err, "overlay: index both on and off");
	return 0;
}

static int run(enum overlay_backend backend, const struct overlay_request *req, int *ret_mnt_fd,
	       struct err *err)
{
	switch (backend) {
	case OVERLAY_BY_FD:
		return overlay_by_fd(req, ret_mnt_fd, err);
	case OVERLAY_LOWERDIR_PLUS:
		return overlay_by_lowerdir_plus(req, ret_mnt_fd, err);
	case OVERLAY_MOUNT2:
		return overlay_by_mount2(req, ret_mnt_fd, err);
	}
	return err_invalid(err, "overlay: no back end %d", (int)backend);
}

int mount_overlay_fd_by(enum overlay_backend backend, const int *lowers, size_t lower_count,
			int upper, int work, unsigned flags, int *ret_mnt_fd, struct err *err)
{
	struct overlay_request req = { lowers, lower_count, upper, work, flags };
	int r = check(&req, err);

	return r < 0 ? r : run(backend, &req, ret_mnt_fd, err);
}

int mount_overlay_fd(const int *lowers, size_t lower_count, int upper, int work, unsigned flags,
		     int *ret_mnt_fd, struct err *err)
{
	struct overlay_request req = { lowers, lower_count, upper, work, flags };
	enum overlay_backend backend = mount_overlay_probe();
	int r = check(&req, err);

	if (r < 0)
		return r;
	r = run(backend, &req, ret_mnt_fd, err);
	/* Between 6.8 and about 6.15 the newer ways refuse a layer that is attached nowhere (an
	 * idmapped one) with EINVAL; the oldest way attaches it first. */
	if (r == -EINVAL && backend != OVERLAY_MOUNT2)
		r = run(OVERLAY_MOUNT2, &req, ret_mnt_fd, err);
	return r;
}
