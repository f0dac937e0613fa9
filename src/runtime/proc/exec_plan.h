/* SPDX-License-Identifier: Apache-2.0 */
/* All that a further process in a running container is made of. */
#ifndef CORACLE_RUNTIME_PROC_EXEC_PLAN_H
#define CORACLE_RUNTIME_PROC_EXEC_PLAN_H

#include "linux/spawn.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/runtime.h"
#include "runtime/sec/sec.h"

struct exec_plan {
	const struct rt_exec_args *args;
	int target_fd;	/* pidfd of the container's init */
	int namespaces; /* CLONE_NEW* in which it differs from us */
	int root_fd;	/* without a mount namespace of its own: its root, else -1 */
	bool unprivileged;
	struct sec_filter filter;
	struct cgroup_join join;
	int starter_sock, child_sock;
};
#define EXEC_PLAN_NONE                                                  \
	((struct exec_plan){ .target_fd = -1,                           \
			     .root_fd = -1,                             \
			     .join = { .into_fd = -1, .procs_fd = -1 }, \
			     .starter_sock = -1,                        \
			     .child_sock = -1 })
void exec_plan_clear(struct exec_plan *plan);

int exec_stage_main(void *plan);
int exec_init_main(void *plan);

/* process.execCPUAffinity: a list as in cpuset(7). NULL: nothing. */
int exec_set_affinity(const char *list, struct err *err);

#endif
