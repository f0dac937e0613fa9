/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage: a process between starter and init, for what neither can do.
 *   - An ordinary user's starter has no rights. The stage starts in the container's new user
 *     namespace and has them all there: it makes the mounts.
 *   - A PID namespace that is joined takes only children in.
 *   - A namespace that is joined belongs to the host, and init, born into a new user namespace,
 *     could not enter it: the stage does, and init inherits it.
 * It clones init with CLONE_PARENT, so that init is the starter's child, and ends.
 */
#include "runtime/proc/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "runtime/proc/handshake.h"

static int keep_only(const struct plan *plan, struct err *err)
{
	size_t max = plan_fds_max(plan), n;
	cleanup_free int *fds = calloc(max + CGROUP_V1_MAX + 1, sizeof(*fds));

	if (!fds)
		return err_oom(err);
	n = plan_fds(plan, fds);
	for (size_t i = 0; plan->cgroup && i <= CGROUP_V1_MAX; i++)
		fds[n++] = cgroup_dir(plan->cgroup, i);
	return child_keep_only(fds, n, err);
}

/* Rights first: the user namespace and then a mount namespace in it, where mounts may be made. */
static int gain_rights(struct plan *plan, struct err *err)
{
	struct hs_message m = { 0 };
	int r;

	if (ns_is_made(&plan->ns, CLONE_NEWUSER))
		r = hs_expect(plan->child_sock, HS_MAPPED, &m, err);
	else
		r = ns_plan_join_user(&plan->ns, err);
	if (r == 0)
		r = child_become_root(err);
	/* A change of user makes undumpable, and then what is below /proc/self is the host root's:
	 * init still has to write there. It makes itself undumpable afterwards. */
	if (r == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		r = err_sys(err, errno, "PR_SET_DUMPABLE");
	if (r == 0 && unshare(CLONE_NEWNS) < 0)
		r = err_sys(err, errno, "make a mount namespace");
	return r;
}

static int unprivileged(struct plan *plan, struct err *err)
{
	int r = gain_rights(plan, err);

	/* not before: until the maps are there the starter writes them and hears nothing of us */
	if (r == 0)
		r = child_set_oom_score(&plan->spec->process, err);
	if (r == 0)
		r = build_rootfs(plan, err);
	return r < 0 ? r : ns_plan_join(&plan->ns, err);
}

/* The mounts while the host's rights are there; the user namespace last, as it takes them away. */
static int privileged(struct plan *plan, struct err *err)
{
	int r = build_rootfs(plan, err);

	if (r == 0)
		r = ns_plan_join(&plan->ns, err);
	if (r == 0 && ns_is_made(&plan->ns, CLONE_NEWUSER))
		r = ns_plan_join_cgroup(&plan->ns, err);
	return r < 0 ? r : ns_plan_join_user(&plan->ns, err);
}

static int work(struct plan *plan, struct err *err)
{
	cleanup_spawned struct spawned init = SPAWNED_NONE;
	int r = keep_only(plan, err);

	if (r == 0)
		r = plan->ns.unprivileged ? unprivileged(plan, err) : privileged(plan, err);
	if (r == 0)
		r = build_clone(plan, true, &init, err);
	return r < 0 ? r : hs_send_pid(plan->child_sock, HS_CLONED, init.pid, init.pidfd, err);
}

/*
 * Entry point. Privileged: in the starter's namespaces, with its rights. As an ordinary user: in
 * the starter's namespaces but for the user namespace, which is new (made by this clone, its maps
 * being written by the starter) unless one is joined by path: all capabilities in the new one, none
 * outside.
 */
int stage_main(void *arg)
{
	struct plan *plan = arg;
	struct err err = { 0 };

	if (work(plan, &err) == 0)
		return 0;
	hs_send_failed(plan->child_sock, &err);
	return 1;
}
