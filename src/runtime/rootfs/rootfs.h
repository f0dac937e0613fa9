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
#include "runtime/cgroup/cgroup.h"
#include "runtime/ns/plan.h"
#include "runtime/runtime.h"

struct rootfs_mount {
	const struct oci_mount *spec;
	int fd;	    /* owned: the detached mount; -1: init makes it */
	char *link; /* owned: instead, a link to be made there (copy-symlink), or NULL */
	int *parts; /* owned, like what is in it: a cgroup view's hierarchies, bound one by one,
		       by the index of cgroup_hierarchies(), -1: none; or NULL */
	size_t part_count;
};

struct rootfs_plan {
	const struct oci_spec *spec;
	const struct ns_plan *ns;
	bool own_groups; /* the container has groups of its own */
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

/* `cgroup`: the container's groups, or NULL. `userns_fd`: the container's user namespace where its
 * map is not the identity, else -1. `ns` must outlive the plan. Needs CAP_SYS_ADMIN over the
 * caller's mount namespace. */
int rootfs_prepare(const struct rt_create_args *args, const struct ns_plan *ns,
		   const struct cgroup *cgroup, int userns_fd, struct rootfs_plan *ret,
		   struct err *err);

/* --- init's half; in this order -------------------------------------------------------------- */

/* Cuts the new mount namespace off from the host's, puts the root over "/" (the old root stays
 * reachable by paths) and places all mounts, devices and links. */
int rootfs_place(struct rootfs_plan *plan, struct err *err);

/* Puts the terminal that `path_fd` (O_PATH, in an attached mount) is on /dev/console. */
int rootfs_console(const struct rootfs_plan *plan, int path_fd, struct err *err);

/* Makes the working directory while the root can be written. What cannot be made is told when it is
 * to be entered. */
void rootfs_make_cwd(const struct rootfs_plan *plan, const char *cwd);

/* Masks and makes read-only what the specification names; the root last. */
int rootfs_seal(struct rootfs_plan *plan, struct err *err);

/* pivot_root: the old root is gone afterwards; the working directory is "/". Without a mount
 * namespace of its own: chroot. */
int rootfs_pivot(struct rootfs_plan *plan, struct err *err);

/* --- between the files of this folder -------------------------------------------------------- */

/* A tmpfs for /dev with the nodes in it already: 1 when it is not for the builder to make. In a
 * user namespace nobody makes device nodes, and the host's, bound in, would belong to nobody. */
int rootfs_prepare_dev(const struct oci_spec *spec, const struct ns_plan *ns,
		       const struct oci_mount *m, int *ret_fd, struct err *err);
/* The nodes that every container has, and those of the specification that take their place. */
extern const struct oci_device rootfs_default_devices[];
enum { ROOTFS_DEFAULT_DEVICES = 6 };
bool rootfs_device_is_listed(const struct oci_linux *l, const char *path);
int rootfs_make_node(int dir_fd, const char *name, const struct oci_device *d, uid_t uid, gid_t gid,
		     struct err *err);
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
/* The builder's part of a view without a namespace: binds the group of each v1 hierarchy. */
int rootfs_prepare_cgroup_view(const struct oci_spec *spec, const struct ns_plan *ns,
			       const struct cgroup *cgroup, struct rootfs_mount *mount,
			       struct err *err);
/* Mounts the container's groups on `target_fd`. */
int rootfs_cgroup_view(const struct rootfs_plan *plan, const struct rootfs_mount *mount,
		       int target_fd, struct err *err);
int rootfs_devices(const struct rootfs_plan *plan, struct err *err);
/* The directory /dev itself, made when missing; a link there is refused. */
int rootfs_open_dev(const struct rootfs_plan *plan, int *ret_fd, struct err *err);
/* Copies what lies below `from_dir` to the empty file system of `to_mnt` (tmpcopyup). */
int rootfs_copy_up(int from_dir, int to_mnt, struct err *err);

#endif
