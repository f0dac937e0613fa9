/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/exec_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/ns.h"
#include "runtime/proc/handshake.h"
#include "runtime/proc/plan.h"

enum { FIRST_FD = 3, FIXED_FDS = 16 };

static int keep_only(const struct exec_plan *plan, struct err *err)
{
	const struct rt_exec_args *args = plan->args;
	size_t n = 0;
	cleanup_free int *fds =
	    calloc(FIXED_FDS + (size_t)args->preserve_fds + plan->join.task_count, sizeof(*fds));

	if (!fds)
		return err_oom(err);
	fds[n++] = plan->child_sock;
	fds[n++] = plan->target_fd;
	fds[n++] = plan->root_fd;
	fds[n++] = plan->join.procs_fd;
	for (int i = 0; i < 3; i++)
		fds[n++] = args->stdio[i];
	for (int i = 0; i < args->preserve_fds; i++)
		fds[n++] = FIRST_FD + i;
	for (size_t i = 0; i < plan->join.task_count; i++)
		fds[n++] = plan->join.tasks[i];
	return child_keep_only(fds, n, err);
}

/* With the host's rights and paths: streams, groups. Undumpable before the first of the container's
 * processes can see us. */
static int before(const struct exec_plan *plan, struct err *err)
{
	const struct oci_process *process = plan->args->process;
	int r = exec_set_affinity(process->exec_cpu_initial, err);

	if (r == 0 && plan->unprivileged)
		r = child_set_oom_score(process, err);
	if (r == 0 && !process->terminal)
		r = child_place_stdio(plan->args->stdio, err);
	if (r < 0)
		return r;
	r = cgroup_join_self(&plan->join);
	if (r < 0)
		return err_sys(err, r, "join the container's cgroups");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, errno, "PR_SET_DUMPABLE");
	return 0;
}

static int enter(const struct exec_plan *plan, struct err *err)
{
	int r = 0;

	if (plan->namespaces)
		r = ns_enter_process(plan->target_fd, plan->namespaces, err);
	if (r == 0 && (plan->namespaces & CLONE_NEWUSER))
		r = child_become_root(err);
	if (r < 0 || plan->root_fd < 0)
		return r;
	if (fchdir(plan->root_fd) < 0 || chroot(".") < 0)
		return err_sys(err, errno, "enter the container's root");
	return 0;
}

static int work(struct exec_plan *plan, struct err *err)
{
	struct spawn_args how = SPAWN_ARGS(SPAWN_CLONE);
	cleanup_spawned struct spawned init = SPAWNED_NONE;
	int r = keep_only(plan, err);

	if (r == 0)
		r = hs_send(plan->child_sock, HS_ALIVE, err);
	if (r == 0)
		r = before(plan, err);
	if (r == 0)
		r = enter(plan, err);
	if (r < 0)
		return r;
	how.flags = CLONE_PARENT;
	how.pidfd = true;
	r = spawn(&how, exec_init_main, plan, &init, err);
	return r < 0 ? r : hs_send_pid(plan->child_sock, HS_CLONED, init.pid, init.pidfd, err);
}

/*
 * Entry point: in the starter's namespaces with its rights; on v2 born in the container's group. It
 * joins everything and clones the process that is wanted (a PID namespace takes only children in)
 * as a child of the starter. It is not in the container's PID namespace itself.
 */
int exec_stage_main(void *arg)
{
	struct exec_plan *plan = arg;
	struct err err = { 0 };

	if (work(plan, &err) == 0)
		return 0;
	hs_send_failed(plan->child_sock, &err);
	return 1;
}
