/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/attend.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "linux/openat2.h"
#include "linux/pidfd.h"
#include "linux/rlimit.h"
#include "runtime/proc/handshake.h"
#include "runtime/proc/hooks.h"
#include "runtime/proc/notify.h"
#include "runtime/proc/plan.h"
#include "runtime/tty/console.h"

void attend_clear(struct attend *a)
{
	close_fd(&a->pidfd);
	close_fd(&a->master_fd);
	close_fd(&a->mntns_fd);
	close_fd(&a->netns_fd);
}

/* From outside: in a user namespace the child has not the right to lower it. As an ordinary user
 * the stage has done it. */
static int set_oom_score(const struct attend *a, struct err *err)
{
	char path[64], value[16];
	cleanup_fd int proc = -1;
	int r;

	if (!a->process->oom_score_adj_set || (a->plan && a->plan->ns.unprivileged))
		return 0;
	snprintf(path, sizeof(path), "%d/oom_score_adj", a->pid);
	snprintf(value, sizeof(value), "%d", a->process->oom_score_adj);
	r = procfs_open(&proc, err);
	if (r == 0)
		r = procfs_write(proc, path, value, err);
	return r == -EACCES ? oom_score_refused(value, err) : r;
}

static int set_rlimits(const struct attend *a, struct err *err)
{
	int r = 0;

	for (size_t i = 0; a->set_rlimits && r == 0 && i < a->process->rlimit_count; i++) {
		const struct oci_rlimit *l = &a->process->rlimits[i];

		r = rlimit_set(a->pid, l->resource, l->soft, l->hard, err);
	}
	return r < 0 ? err_wrap(err, "process.rlimits") : 0;
}

int attend_begin(struct attend *a, struct err *err)
{
	const struct ns_plan *ns = a->plan ? &a->plan->ns : NULL;
	int r = 0;

	if (process_start_time(a->pid, &a->start_time) < 0)
		return err_set(err, ERR_ENGINE, ESRCH, "the process that was started is gone");
	if (ns && ns_is_made(ns, CLONE_NEWUSER) && !ns->unprivileged)
		r = userns_write_maps(a->pid, &ns->maps, err);
	if (r == 0)
		r = set_oom_score(a, err);
	if (r == 0 && (!a->plan || a->plan->wait_to_begin))
		r = hs_send(a->sock, HS_MAPPED, err);
	return r;
}

static int take_master(struct attend *a, struct hs_message *m, struct err *err)
{
	if (m->fd_count != 1)
		return err_set(err, ERR_ENGINE, EPROTO, "a terminal without a descriptor");
	if (a->keep_master) {
		a->master_fd = take_fd(&m->fds[0]);
		return 0;
	}
	return console_send_master(a->console_sock, m->fds[0], err);
}

static int run_hooks(const struct attend *a, struct err *err)
{
	static const enum oci_hook_kind kinds[] = { OCI_HOOK_PRESTART, OCI_HOOK_CREATE_RUNTIME };
	const struct rt_create_args *args = a->plan->args;
	cleanup_json json_t *state =
	    hooks_state(args->spec, args->id, args->bundle, "creating", a->pid);
	int r = 0;

	if (!state)
		return err_oom(err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++)
		r = rt_run_hooks(args->spec, kinds[i], state, err);
	return r < 0 ? r : hs_send_pid(a->sock, HS_HOOKS_DONE, a->pid, -1, err);
}

/* The mount namespace's descriptor first, then the network's; of each only if it is new. */
static void take_namespaces(struct attend *a, struct hs_message *m)
{
	const struct ns_plan *ns = a->plan ? &a->plan->ns : NULL;
	size_t next = 0;

	if (ns && ns_is_made(ns, CLONE_NEWNS) && next < m->fd_count)
		a->mntns_fd = take_fd(&m->fds[next++]);
	if (ns && ns_is_made(ns, CLONE_NEWNET) && next < m->fd_count)
		a->netns_fd = take_fd(&m->fds[next++]);
}

static int answer(struct attend *a, struct hs_message *m, struct err *err)
{
	switch (m->type) {
	case HS_ALIVE:
		a->alive = true;
		return 0;
	case HS_MASTER:
		return take_master(a, m, err);
	case HS_HOOKS:
		if (a->plan)
			return run_hooks(a, err);
		break;
	case HS_LISTENER:
		return notify_send(a, m, err);
	case HS_FAILED:
		return err_set(err, m->why.class, m->why.code, "%s", m->why.text);
	default:
		break;
	}
	return err_set(err, ERR_ENGINE, EPROTO, "an unexpected message from init");
}

int attend_until_ready(struct attend *a, struct err *err)
{
	int r = attend_begin(a, err);

	while (r == 0) {
		cleanup_hs_message struct hs_message m = { 0 };

		r = hs_receive(a->sock, &m, err);
		if (r == 1)
			return err_set(err, ERR_ENGINE, ECONNRESET,
				       "the container's first process ended before it was ready");
		if (r == 0 && m.type == HS_READY) {
			take_namespaces(a, &m);
			return set_rlimits(a, err);
		}
		if (r == 0)
			r = answer(a, &m, err);
	}
	return r;
}
