/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/pidfd.h"
#include "runtime/ns/sysctl.h"
#include "runtime/proc/attend.h"
#include "runtime/proc/handshake.h"
#include "runtime/proc/plan.h"
#include "runtime/proc/start_socket.h"

enum { SETTLE_MS = 2000 };

void rt_created_clear(struct rt_created *c)
{
	close_fd(&c->pidfd);
	close_fd(&c->master_fd);
	close_fd(&c->go_fd);
	close_fd(&c->mntns_fd);
	close_fd(&c->netns_fd);
	cgroup_free(c->cgroup);
	c->cgroup = NULL;
}

void plan_clear(struct plan *plan)
{
	ns_plan_clear(&plan->ns);
	rootfs_plan_clear(&plan->rootfs);
	sec_filter_clear(&plan->filter);
	cgroup_join_close(&plan->join);
	cgroup_free(plan->cgroup);
	close_fd(&plan->starter_sock);
	close_fd(&plan->child_sock);
	close_fd(&plan->listen_fd);
}

/* --- what is made before anybody runs -------------------------------------------------------- */

static int check_args(const struct rt_create_args *args, struct err *err)
{
	const struct oci_process *p = &args->spec->process;

	if (!p->set)
		return err_invalid(err, "process is required");
	if (p->args.count == 0)
		return err_invalid(err, "process.args is required");
	if (args->spec->linux.mount_label)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "linux.mountLabel: SELinux labels of mounts are not supported");
	if (p->terminal && args->console_sock < 0 && !args->keep_master)
		return err_invalid(err, "process.terminal: nobody to give the terminal to");
	return sysctl_check(args->spec, err);
}

static char *choose_cgroup_path(const struct rt_create_args *args)
{
	const char *path = args->cgroup_path ? args->cgroup_path : args->spec->linux.cgroups_path;

	if (!path)
		return str_printf("coracle/%s", args->id);
	while (*path == '/')
		path++;
	return strdup(path);
}

static int make_cgroups(struct plan *plan, struct err *err)
{
	const struct rt_create_args *args = plan->args;
	cleanup_free char *path = choose_cgroup_path(args);
	int r;

	if (!path)
		return err_oom(err);
	r = cgroup_create(path, &plan->spec->linux.resources, args->rootless, &plan->cgroup, err);
	if (r < 0)
		return r;
	r = cgroup_join_open(plan->cgroup, &plan->join, err);
	if (r < 0)
		return r;
	plan->own_groups =
	    plan->join.into_fd >= 0 || plan->join.procs_fd >= 0 || plan->join.task_count;
	return 0;
}

static int compile_filter(struct plan *plan, struct err *err)
{
	const struct oci_seccomp *seccomp = &plan->spec->linux.seccomp;

	int cache = plan->args->seccomp_cache_fd;

	if (!seccomp->set)
		return 0;
	return sec_filter_compile(seccomp, cache > 0 ? cache : -1, &plan->filter, err);
}

static int make_plan(const struct rt_create_args *args, struct plan *plan, struct err *err)
{
	int r = check_args(args, err);

	plan->args = args;
	plan->spec = args->spec;
	if (r == 0)
		r = ns_plan_make(args->spec, &plan->ns, err);
	if (r == 0)
		r = compile_filter(plan, err);
	if (r == 0)
		r = make_cgroups(plan, err);
	if (r == 0 && args->start_sock)
		r = start_socket_listen(args->start_sock, &plan->listen_fd, err);
	return r;
}

/* --- who runs -------------------------------------------------------------------------------- */

static int reap(pid_t pid)
{
	int status = 0;

	(void)spawn_wait(pid, &status, NULL);
	return status;
}

/* Clones init, or the stage that will, and leaves us with init's pid and pidfd. */
static int start_direct(struct plan *plan, struct attend *a, struct err *err)
{
	cleanup_spawned struct spawned init = SPAWNED_NONE;
	int r = build_rootfs(plan, err);

	plan->wait_to_begin = ns_is_made(&plan->ns, CLONE_NEWUSER);
	if (r == 0)
		r = build_clone(plan, false, &init, err);
	if (r < 0)
		return r;
	a->pid = init.pid;
	a->pidfd = take_fd(&init.pidfd);
	return 0;
}

static int hear_of_init(struct plan *plan, const struct spawned *stage, struct attend *a,
			struct err *err)
{
	cleanup_hs_message struct hs_message m = { 0 };
	int r = 0;

	if (plan->ns.unprivileged && ns_is_made(&plan->ns, CLONE_NEWUSER)) {
		r = userns_write_maps(stage->pid, &plan->ns.maps, err);
		if (r == 0)
			r = hs_send(plan->starter_sock, HS_MAPPED, err);
	}
	if (r == 0)
		r = hs_expect(plan->starter_sock, HS_CLONED, &m, err);
	if (r < 0)
		return r;
	if (m.fd_count != 1)
		return err_set(err, ERR_ENGINE, EPROTO, "the stage sent no pidfd");
	a->pid = m.pid;
	a->pidfd = take_fd(&m.fds[0]);
	return 0;
}

static int start_staged(struct plan *plan, struct attend *a, struct err *err)
{
	struct spawn_args how = SPAWN_ARGS(SPAWN_CLONE);
	cleanup_spawned struct spawned stage = SPAWNED_NONE;
	int r;

	plan->wait_to_begin = true;
	if (plan->ns.unprivileged)
		how.flags = plan->ns.made & CLONE_NEWUSER;
	how.pidfd = true;
	r = spawn(&how, stage_main, plan, &stage, err);
	if (r < 0)
		return r;
	/* Only its children may hold the other end now, or its death would go unnoticed. */
	close_fd(&plan->child_sock);
	r = hear_of_init(plan, &stage, a, err);
	if (r < 0)
		(void)pidfd_signal(stage.pidfd, SIGKILL);
	(void)reap(stage.pid);
	return r;
}

/* A group that was ever killed by cgroup.kill kills who is cloned into it (6.12, 6.18), and so does
 * a clone from such a group: before its first instruction. Then once more, and init joins by
 * itself. */
static bool was_killed_at_birth(const struct plan *plan, struct attend *a)
{
	int status;

	if (a->alive || plan->join.into_fd < 0 || a->pid <= 0)
		return false;
	if (pidfd_exited(a->pidfd, SETTLE_MS) != 1)
		return false;
	status = reap(a->pid);
	a->pid = 0;
	close_fd(&a->pidfd);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static int join_by_procs(struct plan *plan, struct err *err)
{
	struct cgroup_join *join = &plan->join;

	join->procs_fd = openat(join->into_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (join->procs_fd < 0)
		return err_sys(err, errno, "open cgroup.procs");
	close_fd(&join->into_fd);
	rootfs_plan_clear(&plan->rootfs);
	return 0;
}

static int start_once(struct plan *plan, struct attend *a, struct err *err)
{
	int r;

	close_fd(&plan->starter_sock);
	close_fd(&plan->child_sock);
	r = hs_pair(&plan->starter_sock, &plan->child_sock, err);
	if (r == 0)
		r = plan->ns.stage ? start_staged(plan, a, err) : start_direct(plan, a, err);
	close_fd(&plan->child_sock);
	if (r < 0)
		return r;
	/* Its mounts are init's alone from here. */
	rootfs_plan_clear(&plan->rootfs);
	a->sock = plan->starter_sock;
	return attend_until_ready(a, err);
}

static int start(struct plan *plan, struct attend *a, struct err *err)
{
	int r = start_once(plan, a, err);

	if (r < 0 && was_killed_at_birth(plan, a)) {
		r = join_by_procs(plan, err);
		if (r == 0)
			r = start_once(plan, a, err);
	}
	return r;
}

/* --- nothing is left behind ------------------------------------------------------------------ */

/* Without a PID namespace of its own a hook of init's may still run: the group has them all. */
static void undo(struct plan *plan, struct attend *a)
{
	bool populated = false;

	if (a->pidfd >= 0)
		(void)pidfd_signal(a->pidfd, SIGKILL);
	if (a->pid > 0)
		(void)reap(a->pid);
	if (plan->cgroup) {
		if (cgroup_is_populated(plan->cgroup, &populated, NULL) == 0 && populated) {
			(void)cgroup_signal(plan->cgroup, SIGKILL, NULL);
			(void)cgroup_wait_empty(plan->cgroup, SETTLE_MS, NULL);
		}
		(void)cgroup_remove(plan->cgroup, NULL);
	}
	if (plan->args->start_sock && plan->listen_fd >= 0)
		(void)unlink(plan->args->start_sock);
}

static void hand_over(struct plan *plan, struct attend *a, struct rt_created *ret)
{
	*ret = (struct rt_created){
		.pid = a->pid,
		.pidfd = take_fd(&a->pidfd),
		.start_time = a->start_time,
		.master_fd = take_fd(&a->master_fd),
		.go_fd = take_fd(&plan->starter_sock),
		.mntns_fd = take_fd(&a->mntns_fd),
		.netns_fd = take_fd(&a->netns_fd),
		.cgroup = take_ptr(&plan->cgroup),
	};
}

int rt_create(const struct rt_create_args *args, struct rt_created *ret, struct err *err)
{
	struct plan plan __attribute__((cleanup(plan_clear))) = PLAN_NONE;
	struct attend a __attribute__((cleanup(attend_clear))) = ATTEND_NONE;
	int r = make_plan(args, &plan, err);

	a.plan = &plan;
	a.process = &args->spec->process;
	a.console_sock = args->console_sock;
	a.keep_master = args->keep_master;
	a.set_rlimits = ns_has_user(&plan.ns);
	if (r == 0)
		r = start(&plan, &a, err);
	if (r < 0)
		undo(&plan, &a);
	else
		hand_over(&plan, &a, ret);
	return r;
}
