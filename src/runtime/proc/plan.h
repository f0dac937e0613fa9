/* SPDX-License-Identifier: Apache-2.0 */
/* All that a start is made of. The starter fills it; the stage and init get their copies of it by
 * being cloned. */
#ifndef CORACLE_RUNTIME_PROC_PLAN_H
#define CORACLE_RUNTIME_PROC_PLAN_H

#include "linux/spawn.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/ns/plan.h"
#include "runtime/rootfs/rootfs.h"
#include "runtime/runtime.h"
#include "runtime/sec/sec.h"

struct plan {
	const struct rt_create_args *args;
	const struct oci_spec *spec;
	struct ns_plan ns;
	struct rootfs_plan rootfs;
	struct sec_filter filter;
	struct cgroup *cgroup; /* NULL: none */
	bool own_groups;       /* false: rootless, and no hierarchy may be written */
	struct cgroup_join join;
	int starter_sock, child_sock;
	int listen_fd;	    /* the start socket, or -1 */
	bool wait_to_begin; /* init's first act is to wait for HS_MAPPED */
};
#define PLAN_NONE                                                  \
	((struct plan){ .ns = NS_PLAN_NONE,                        \
			.rootfs = ROOTFS_PLAN_NONE,                \
			.join = { .into_fd = -1, .procs_fd = -1 }, \
			.starter_sock = -1,                        \
			.child_sock = -1,                          \
			.listen_fd = -1 })
void plan_clear(struct plan *plan);

/* --- the builder: the starter, or the stage -------------------------------------------------- */

/* Makes the mounts of plan->rootfs. */
int build_rootfs(struct plan *plan, struct err *err);

/* Clones init; `parent` as CLONE_PARENT: its parent is the caller's. */
int build_clone(const struct plan *plan, bool parent, struct spawned *ret, struct err *err);

/* --- entry points of the children ------------------------------------------------------------ */

int init_main(void *plan);
int stage_main(void *plan);

/* --- for every child ------------------------------------------------------------------------- */

/* Closes every descriptor but those listed (any order, -1 ignored) and 0, 1, 2: what the engine
 * holds open is not for its children, not even until their execve. */
int child_keep_only(int *fds, size_t count, struct err *err);

/* The descriptors of a plan that its children use, appended to the array; its size at most
 * plan_fds_max(). */
size_t plan_fds_max(const struct plan *plan);
size_t plan_fds(const struct plan *plan, int *ret);

/* Makes `stdio` 0, 1, 2, whatever their numbers are; -1 becomes /dev/null, checked to be it. While
 * the host's /dev is in reach. */
int child_place_stdio(const int stdio[3], struct err *err);

/* The child's own score; init and the command inherit it. For who may only write its own: lowering
 * takes CAP_SYS_RESOURCE in the initial user namespace. */
int child_set_oom_score(const struct oci_process *process, struct err *err);
/* What is said where the kernel refuses it (EACCES), from inside or outside. */
int oom_score_refused(const char *value, struct err *err);

/* Uid and gid 0 of the user namespace that one is in, where they are mapped. */
int child_become_root(struct err *err);

#endif
