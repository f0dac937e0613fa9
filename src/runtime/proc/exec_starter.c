/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include <linux/capability.h>

#include "base/cleanup.h"
#include "linux/caps.h"
#include "linux/ns.h"
#include "linux/pidfd.h"
#include "runtime/proc/attend.h"
#include "runtime/proc/exec_plan.h"
#include "runtime/proc/handshake.h"

void exec_plan_clear(struct exec_plan *plan)
{
	close_fd(&plan->target_fd);
	close_fd(&plan->root_fd);
	close_fd(&plan->starter_sock);
	close_fd(&plan->child_sock);
	cgroup_join_close(&plan->join);
	sec_filter_clear(&plan->filter);
}

/* Only those that differ: setns(2) refuses the user namespace one is in, and leaving out the rest
 * is cheaper. */
static int compare_namespaces(struct exec_plan *plan, struct err *err)
{
	pid_t pid = plan->args->pid;

	for (size_t i = 0; i < NS_TYPES; i++) {
		struct ns_id theirs, ours;
		int r = ns_id_of(pid, ns_types[i].flag, &theirs);

		if (r == -ENOENT && pidfd_exited(plan->target_fd, 0) == 0)
			continue; /* a kind that this kernel lacks */
		if (r == 0)
			r = ns_id_of(0, ns_types[i].flag, &ours);
		if (r < 0)
			return err_sys(err, r, "%s namespace of process %d", ns_types[i].name, pid);
		if (!ns_id_equal(theirs, ours))
			plan->namespaces |= ns_types[i].flag;
	}
	return 0;
}

/* A container without a mount namespace of its own has its root by chroot. */
static int find_root(struct exec_plan *plan, struct err *err)
{
	char path[32];

	if (plan->namespaces & CLONE_NEWNS)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/root", plan->args->pid);
	plan->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return plan->root_fd < 0 ? err_sys(err, errno, "%s", path) : 0;
}

static int check_alive(const struct exec_plan *plan, struct err *err)
{
	if (pidfd_exited(plan->target_fd, 0) != 0)
		return err_set(err, ERR_CONFLICT, ESRCH, "the container is not running");
	return 0;
}

static int find_target(struct exec_plan *plan, struct err *err)
{
	const struct rt_exec_args *args = plan->args;
	int r = pidfd_of_started(args->pid, args->start_time, &plan->target_fd, err);

	if (r < 0)
		return err_set(err, ERR_CONFLICT, ESRCH, "the container is not running");
	r = compare_namespaces(plan, err);
	if (r == 0)
		r = find_root(plan, err);
	/* What was read by its number was read of this process only if it is still there. */
	return r < 0 ? r : check_alive(plan, err);
}

/* A process that joined a frozen group would hang there, and its starter with it. */
static int refuse_frozen(struct cgroup *cg, struct err *err)
{
	bool frozen = false;
	int r = cgroup_is_frozen(cg, &frozen, err);

	if (r == -ENODEV)
		return 0; /* what cannot be frozen is not */
	if (r == 0 && frozen)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "the container is paused: unpause it before exec");
	return r;
}

static int find_groups(struct exec_plan *plan, struct err *err)
{
	const struct rt_exec_args *args = plan->args;
	cleanup_cgroup struct cgroup *cg = NULL;
	int r;

	if (args->cgroup_path)
		r = cgroup_open(args->cgroup_path, &cg, err);
	else
		r = cgroup_open_pid(args->pid, &cg, err);
	if (r == 0)
		r = refuse_frozen(cg, err);
	if (r == 0)
		r = cgroup_join_open(cg, &plan->join, err);
	/* An ordinary user's container is in its user's groups, as we are. */
	if ((r == -EACCES || r == -EPERM || r == -EROFS) && plan->unprivileged)
		return 0;
	return r;
}

static int make_plan(const struct rt_exec_args *args, struct exec_plan *plan, struct err *err)
{
	const struct oci_process *p = args->process;
	int r = 0;

	plan->args = args;
	plan->unprivileged = !caps_have(CAP_SYS_ADMIN);
	if (p->args.count == 0)
		return err_invalid(err, "process.args is required");
	if (p->terminal && args->console_sock < 0 && !args->keep_master)
		return err_invalid(err, "process.terminal: nobody to give the terminal to");
	if (args->seccomp && args->seccomp->set)
		r = sec_filter_compile(args->seccomp,
				       args->seccomp_cache_fd > 0 ? args->seccomp_cache_fd : -1,
				       &plan->filter, err);
	if (r == 0 && plan->filter.notify)
		r = err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			    "exec in a container whose seccomp filter notifies an agent");
	if (r == 0)
		r = find_target(plan, err);
	return r < 0 ? r : find_groups(plan, err);
}

static int hear_of_init(struct exec_plan *plan, struct attend *a, struct err *err)
{
	cleanup_hs_message struct hs_message m = { 0 };
	int r = hs_expect(plan->starter_sock, HS_ALIVE, &m, err);

	if (r < 0)
		return r;
	a->alive = true;
	r = hs_expect(plan->starter_sock, HS_CLONED, &m, err);
	if (r < 0)
		return r;
	if (m.fd_count != 1)
		return err_set(err, ERR_ENGINE, EPROTO, "the stage sent no pidfd");
	a->pid = m.pid;
	a->pidfd = take_fd(&m.fds[0]);
	return 0;
}

/* *ret_killed: it was killed before its first word; see was_killed_at_birth() of a start. */
static int run_stage(struct exec_plan *plan, struct attend *a, bool *ret_killed, struct err *err)
{
	struct spawn_args how = SPAWN_ARGS(SPAWN_CLONE);
	cleanup_spawned struct spawned stage = SPAWNED_NONE;
	int status = 0;
	int r;

	how.cgroup_fd = plan->join.into_fd;
	how.pidfd = true;
	r = hs_pair(&plan->starter_sock, &plan->child_sock, err);
	if (r == 0)
		r = spawn(&how, exec_stage_main, plan, &stage, err);
	/* On v2 alone it is the clone that tells an ordinary user that the groups are not its own;
	 * see find_groups(). */
	if (r == -EACCES && plan->unprivileged && how.cgroup_fd >= 0) {
		close_fd(&plan->join.into_fd);
		how.cgroup_fd = -1;
		r = spawn(&how, exec_stage_main, plan, &stage, err);
	}
	if (r < 0)
		return r;
	close_fd(&plan->child_sock);
	r = hear_of_init(plan, a, err);
	if (r < 0)
		(void)pidfd_signal(stage.pidfd, SIGKILL);
	(void)spawn_wait(stage.pid, &status, NULL);
	*ret_killed = r == -ECONNRESET && !a->alive && plan->join.into_fd >= 0;
	return r;
}

static int start(struct exec_plan *plan, struct attend *a, struct err *err)
{
	bool killed = false;
	int r = run_stage(plan, a, &killed, err);

	if (killed) {
		plan->join.procs_fd =
		    openat(plan->join.into_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		close_fd(&plan->join.into_fd);
		close_fd(&plan->starter_sock);
		if (plan->join.procs_fd < 0)
			return err_sys(err, errno, "open cgroup.procs");
		r = run_stage(plan, a, &killed, err);
	}
	a->sock = plan->starter_sock;
	return r < 0 ? r : attend_until_ready(a, err);
}

static void undo(struct attend *a)
{
	int status;

	if (a->pidfd >= 0)
		(void)pidfd_signal(a->pidfd, SIGKILL);
	if (a->pid > 0)
		(void)spawn_wait(a->pid, &status, NULL);
}

int rt_exec(const struct rt_exec_args *args, struct rt_created *ret, struct err *err)
{
	struct exec_plan plan __attribute__((cleanup(exec_plan_clear))) = EXEC_PLAN_NONE;
	struct attend a __attribute__((cleanup(attend_clear))) = ATTEND_NONE;
	int r = make_plan(args, &plan, err);

	a.process = args->process;
	a.console_sock = args->console_sock;
	a.keep_master = args->keep_master;
	a.set_rlimits = plan.namespaces & CLONE_NEWUSER;
	if (r == 0)
		r = start(&plan, &a, err);
	if (r < 0) {
		undo(&a);
		return r;
	}
	*ret = (struct rt_created){
		.pid = a.pid,
		.pidfd = take_fd(&a.pidfd),
		.start_time = a.start_time,
		.master_fd = take_fd(&a.master_fd),
		.go_fd = take_fd(&plan.starter_sock),
		.mntns_fd = -1,
		.netns_fd = -1,
	};
	return 0;
}
