/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "runtime/ns/own.h"
#include "runtime/proc/become.h"
#include "runtime/proc/handshake.h"
#include "runtime/proc/hooks.h"
#include "runtime/proc/wait_go.h"
#include "runtime/tty/console.h"

struct init {
	struct plan *plan;
	const struct oci_spec *spec;
	int sock;
	pid_t host_pid;		    /* as the host knows us; 0 until told */
	int namespaces[HS_FDS_MAX]; /* mount and network, to be handed over */
	struct console console;
};

/* What the engine has open is not ours: a lock would stay taken, a pipe would never end. */
static int first_acts(struct init *i, struct err *err)
{
	cleanup_free int *fds = calloc(plan_fds_max(i->plan), sizeof(*fds));
	struct hs_message m = { 0 };
	int r;

	if (!fds)
		return err_oom(err);
	r = child_keep_only(fds, plan_fds(i->plan, fds), err);
	if (r == 0 && i->plan->wait_to_begin)
		r = hs_expect(i->sock, HS_MAPPED, &m, err);
	return r < 0 ? r : hs_send(i->sock, HS_ALIVE, err);
}

/* Our own image is still the engine's program: /proc/PID/exe leads to it, and whoever can see us
 * there (a joined PID namespace) must not be able to open it (CVE-2019-5736). */
static int hide(struct err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, errno, "PR_SET_DUMPABLE");
	return 0;
}

/* The groups first, then the namespace that is rooted at them. */
static int enter_cgroups(const struct plan *plan, struct err *err)
{
	int r = cgroup_join_self(&plan->join);

	if (r < 0)
		return err_sys(err, r, "join the container's cgroups");
	if (ns_is_made(&plan->ns, CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(err, errno, "make a cgroup namespace");
	if (plan->ns.stage && ns_is_made(&plan->ns, CLONE_NEWUSER))
		return 0; /* the stage has joined it */
	return ns_plan_join_cgroup(&plan->ns, err);
}

static int settle(struct init *i, struct err *err)
{
	const struct plan *plan = i->plan;
	int r = enter_cgroups(plan, err);

	if (r == 0)
		r = own_time(i->spec, &plan->ns, err);
	if (r == 0)
		r = hide(err);
	if (r == 0 && setsid() < 0 && errno != EPERM)
		r = err_sys(err, errno, "setsid");
	if (r == 0 && ns_has_user(&plan->ns))
		r = child_become_root(err);
	if (r == 0 && !plan->ns.stage)
		r = ns_plan_join(&plan->ns, err);
	if (r == 0 && ns_is_made(&plan->ns, CLONE_NEWNS))
		r = ns_open(0, CLONE_NEWNS, &i->namespaces[0], err);
	if (r == 0 && ns_is_made(&plan->ns, CLONE_NEWNET))
		r = ns_open(0, CLONE_NEWNET, &i->namespaces[1], err);
	return r;
}

/* The terminal, or the streams that were given. */
static int set_stdio(struct init *i, struct err *err)
{
	const struct oci_process *process = &i->spec->process;
	int r;

	if (!process->terminal)
		return child_place_stdio(i->plan->args->stdio, err);
	if (i->plan->rootfs.root_fd < 0)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "a terminal needs a new mount namespace");
	r = console_make(i->plan->rootfs.root_fd, process, &i->console, err);
	if (r == 0)
		r = rootfs_console(&i->plan->rootfs, i->console.path_fd, err);
	if (r == 0)
		r = hs_send_fds(i->sock, HS_MASTER, &i->console.master, 1, err);
	close_fd(&i->console.master);
	close_fd(&i->console.path_fd);
	return r;
}

static bool has_create_hooks(const struct oci_spec *spec)
{
	return hooks_any(spec, OCI_HOOK_PRESTART) || hooks_any(spec, OCI_HOOK_CREATE_RUNTIME) ||
	       hooks_any(spec, OCI_HOOK_CREATE_CONTAINER) ||
	       hooks_any(spec, OCI_HOOK_START_CONTAINER);
}

static int run_hooks(const struct init *i, enum oci_hook_kind kind, const char *status,
		     struct err *err)
{
	cleanup_json json_t *state = NULL;

	if (!hooks_any(i->spec, kind))
		return 0;
	state = hooks_state(i->spec, i->plan->args->id, i->plan->args->bundle, status, i->host_pid);
	return state ? rt_run_hooks(i->spec, kind, state, err) : err_oom(err);
}

/* The starter runs those of the host's side meanwhile. */
static int create_hooks(struct init *i, struct err *err)
{
	struct hs_message m = { 0 };
	int r;

	if (!has_create_hooks(i->spec))
		return 0;
	r = hs_send(i->sock, HS_HOOKS, err);
	if (r == 0)
		r = hs_expect(i->sock, HS_HOOKS_DONE, &m, err);
	if (r < 0)
		return r;
	i->host_pid = m.pid;
	return run_hooks(i, OCI_HOOK_CREATE_CONTAINER, "creating", err);
}

static int build_world(struct init *i, struct become *b, struct err *err)
{
	struct rootfs_plan *rootfs = &i->plan->rootfs;
	int r;

	umask(0); /* the modes of what is made are meant */
	r = rootfs_place(rootfs, err);
	if (r == 0)
		r = set_stdio(i, err);
	if (r == 0)
		r = own_settings(i->spec, &i->plan->ns, err);
	if (r == 0)
		r = create_hooks(i, err);
	if (r == 0 && i->spec->process.cwd)
		rootfs_make_cwd(rootfs, i->spec->process.cwd);
	if (r == 0 && rootfs->root_fd >= 0)
		r = become_find_home(b, rootfs->root_fd, err);
	if (r == 0)
		r = rootfs_seal(rootfs, err);
	if (r == 0)
		r = rootfs_pivot(rootfs, err);
	return r;
}

static int become_ready(struct init *i, struct become *b, struct err *err)
{
	int r = become_set_attributes(b, err);

	if (r == 0 && i->spec->linux.personality_set && personality(i->spec->linux.personality) < 0)
		r = err_sys(err, errno, "linux.personality");
	if (r == 0 && i->plan->rootfs.root_fd < 0)
		r = become_find_home_here(b, err);
	if (r == 0 && b->process->terminal)
		r = console_take(&i->console, err);
	if (r == 0)
		r = become_user(b, err);
	return r;
}

static int filter_early(const struct init *i, const struct become *b, struct err *err)
{
	cleanup_fd int listener = -1;
	int r;

	if (!b->filter->notify)
		return 0;
	r = become_filtered(b, &listener, err);
	return r < 0 ? r : hs_send_fds(i->sock, HS_LISTENER, &listener, 1, err);
}

static int hand_over(struct init *i, struct err *err)
{
	int r = hs_send_fds(i->sock, HS_READY, i->namespaces, HS_FDS_MAX, err);

	close_fd(&i->namespaces[0]);
	close_fd(&i->namespaces[1]);
	return r;
}

static int work(struct init *i, int *answer_sock, struct err *err)
{
	cleanup_become struct become b = {
		.process = &i->spec->process,
		.filter = &i->plan->filter,
		.new_keyring = !i->plan->args->no_new_keyring,
		.make_cwd = true,
		.set_rlimits = !ns_has_user(&i->plan->ns),
		.preserve_fds = i->plan->args->preserve_fds,
	};
	int r = first_acts(i, err);

	if (r == 0)
		r = settle(i, err);
	if (r == 0)
		r = build_world(i, &b, err);
	if (r == 0)
		r = become_ready(i, &b, err);
	if (r == 0)
		r = filter_early(i, &b, err);
	if (r == 0)
		r = hand_over(i, err);
	if (r == 0)
		r = wait_go(i->sock, i->plan->listen_fd, answer_sock, err);
	if (r == 0)
		r = run_hooks(i, OCI_HOOK_START_CONTAINER, "created", err);
	return r < 0 ? r : become_execute(&b, b.filter->notify, *answer_sock, err);
}

/*
 * Entry point of a container's first process. It is in the new namespaces (mount, PID, IPC, UTS,
 * network, user: as the specification asks) but not yet in its cgroup and time namespaces, nor, by
 * v1, in its groups; its root and working directory are the host's. It has the starter's rights;
 * with a user namespace all capabilities in that one, none outside. On v2 it was born in its group.
 */
int init_main(void *arg)
{
	struct init i = { .plan = arg, .namespaces = { -1, -1 }, .console = CONSOLE_NONE };
	struct err err = { 0 };
	int answer_sock;

	i.spec = i.plan->spec;
	i.sock = answer_sock = i.plan->child_sock;
	(void)work(&i, &answer_sock, &err);
	hs_send_failed(answer_sock, &err);
	return 1;
}
