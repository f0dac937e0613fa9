/* SPDX-License-Identifier: Apache-2.0 */
/* The back ends of mount_overlay_fd, for mount_overlay*.c only. */
#ifndef CORACLE_LINUX_MOUNT_OVERLAY_H
#define CORACLE_LINUX_MOUNT_OVERLAY_H

#include <stddef.h>

#include "base/err.h"

struct overlay_request {
	const int *lowers; /* the top one first */
	size_t lower_count;
	int upper, work; /* -1: none */
	unsigned flags;	 /* OVERLAY_* */
};

struct overlay_option {
	unsigned flag;
	const char *key, *value; /* value NULL: a flag */
};
enum { OVERLAY_OPTIONS = 7 };
extern const struct overlay_option overlay_options[OVERLAY_OPTIONS];

/* mount_overlay_fd.c: both ways of fsconfig(2) */
int overlay_by_fd(const struct overlay_request *req, int *ret_mnt_fd, struct err *err);
int overlay_by_lowerdir_plus(const struct overlay_request *req, int *ret_mnt_fd, struct err *err);
/* mount_overlay_mount2.c */
int overlay_by_mount2(const struct overlay_request *req, int *ret_mnt_fd, struct err *err);

#endif
