/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's file system in two halves.
 *
 * The *builder* (the starter, or the stage of an ordinary user) has the rights to reach the layers
 * and the sources of bind mounts; it makes everything it can as detached mounts: descriptors that
 * die with the process when the start fails. *Init* puts them in place inside its own mount
 * namespace and makes what must belong to its own namespaces: proc, sysfs, mqueue, devpts, tmpfs,
 * cgroup.
 *
 * Every path of the container is resolved once, in the root, by descriptor, and mounted on by
 * descriptor: what the image or a volume's other user does with links meanwhile changes nothing
 * (CVE-2019-18837, CVE-2021-30465).
 */
#ifndef CORACLE_RUNTIME_ROOTFS_ROOTFS_H
#define CORACLE_RUNTIME_ROOTFS_ROOTFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "oci/runtime_spec.h"
#include "runtime/ns/plan.h"
#include "runtime/runtime.h"

struct rootfs_mount {
	const struct oci_mount *spec;
	int fd; /* owned: the detached mount; -1: init makes it */
};

struct rootfs_plan {
	const struct oci_spec *spec;
	const struct ns_plan *ns;
	const char *cgroup_path; /* of the container's groups; NULL: it has none of its own */
	int root_fd; /* owned: the root as a detached mount; without a mount namespace of its own
			-1 */
	char *chroot_path;	     /* owned: then the root by path */
	struct rootfs_mount *mounts; /* owned; as many as the specification's, in its order */
	size_t count;
};
#define ROOTFS_PLAN_NONE ((struct rootfs_plan){ .root_fd = -1 })
void rootfs_plan_clear(struct rootfs_plan *plan);
#define cleanup_rootfs_plan __attribute__((cleanup(rootfs_plan_clear)))

/* --- the builder's half ---------------------------------------------------------------------- */

/* `userns_fd`: the container's user namespace where its map is not the identity, else -1. `ns`
 * must outlive the plan. Needs CAP_SYS_ADMIN over the caller's mount namespace. */
int rootfs_prepare(const struct rt_create_args *args, const struct ns_plan *ns, int userns_fd,
		   struct rootfs_plan *ret, struct err *err);

/* --- init's half; in this order -------------------------------------------------------------- */

/* Cuts the new mount namespace off from the host's, puts the root over "/" (the old root stays
 * reachable by paths) and places all mounts, devices and links. */
int rootfs_place(struct rootfs_plan *plan, struct err *err);

/* Puts the terminal that `path_fd` (O_PATH, in an attached mount) is on /dev/console. */
int rootfs_console(const struct rootfs_plan *plan, int path_fd, struct err *err);

/* Masks and makes read-only what the specification names; the root last. */
int rootfs_seal(struct rootfs_plan *plan, struct err *err);

/* pivot_root: the old root is gone afterwards; the working directory is "/". Without a mount
 * namespace of its own: chroot. */
int rootfs_pivot(struct rootfs_plan *plan, struct err *err);

/* --- between the files of this folder -------------------------------------------------------- */

/* What init makes itself. */
bool rootfs_is_special(const struct oci_mount *m);
/* Makes it: detached. A cgroup view on v1 is made of many and done by rootfs_cgroup_view(). */
int rootfs_make_special(const struct rootfs_plan *plan, const struct oci_mount *m, int *ret_fd,
			struct err *err);
/* Attributes and propagation of a detached or attached mount. */
int rootfs_apply_attributes(int mnt_fd, const struct oci_mount *m, struct err *err);
/* A mount point for `m` in the root; see the CVEs in place.c. */
int rootfs_mount_point(const struct rootfs_plan *plan, const struct oci_mount *m, bool directory,
		       int *ret_fd, struct err *err);
/* Mounts the container's groups on `target_fd`. */
int rootfs_cgroup_view(const struct rootfs_plan *plan, const struct oci_mount *m, int target_fd,
		       struct err *err);
int rootfs_devices(const struct rootfs_plan *plan, struct err *err);
/* The directory /dev itself, made when missing; a link there is refused. */
int rootfs_open_dev(const struct rootfs_plan *plan, int *ret_fd, struct err *err);
/* Copies what lies below `from_dir` to the empty file system of `to_mnt` (tmpcopyup). */
int rootfs_copy_up(int from_dir, int to_mnt, struct err *err);

#endif
