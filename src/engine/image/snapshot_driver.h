/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a snapshot driver is, for the files snapshot*.c only. A driver knows directories by
 * descriptor and neither the database nor names, so that its mount function may run in the starter
 * or inside a user namespace.
 *
 * A description is {"Driver": name, …}; each driver documents the rest of its own:
 *
 *     overlay   "Lowers": ["layers/<chain id>" | "/absolute", …] the top one first, "UserXattr"
 *     copy      the same; the tree lies in containers/<id>/rootfs
 *     bind      "Path": the directory itself
 */
#ifndef CORACLE_ENGINE_IMAGE_SNAPSHOT_DRIVER_H
#define CORACLE_ENGINE_IMAGE_SNAPSHOT_DRIVER_H

#include "engine/image/snapshot.h"

enum { SNAPSHOT_LOWERS_MAX = 500 }; /* what overlayfs takes */

struct snapshot_place {
	int container_fd; /* containers/<id> in the lib tree */
	int lib_fd;
};

struct snapshot_driver {
	const char *name;
	/* Makes what it keeps in the container's directory. `description` is complete but for what
	 * the driver wants to add. */
	int (*create)(const struct snapshot_place *place, json_t *description, struct err *err);
	int (*mount)(const json_t *description, const struct snapshot_mount_args *args, int *ret_fd,
		     struct err *err);
	/* Names in the container's directory that hold its data, NULL-terminated, for removal. */
	const char *const *names;
	/* The one of them that counts as the container's size; NULL: none. */
	const char *size_name;
	int (*changes)(const json_t *description, const struct snapshot_place *place, json_t **ret,
		       struct err *err);
};

extern const struct snapshot_driver snapshot_overlay, snapshot_copy, snapshot_bind;

/* The lowers of a description as O_PATH descriptors, the top one first; count at least 1. */
struct snapshot_lowers {
	int fds[SNAPSHOT_LOWERS_MAX];
	size_t count;
};
void snapshot_lowers_close(struct snapshot_lowers *lowers);
#define cleanup_lowers __attribute__((cleanup(snapshot_lowers_close)))

/* `lowers` is filled as far as it went, also on failure. With `detach` an absolute lower is a
 * detached copy of its mount, so that nothing mounted below it is seen, where the caller may do
 * that (else plain). */
int snapshot_lowers_open(const json_t *description, int lib_fd, bool detach,
			 struct snapshot_lowers *lowers, struct err *err);

#endif
