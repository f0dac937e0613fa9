/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/ns/plan.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "linux/caps.h"

#include <linux/capability.h>

const int ns_kind_flags[OCI_NS_COUNT] = {
	[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_IPC] = CLONE_NEWIPC,
	[OCI_NS_NET] = CLONE_NEWNET,	   [OCI_NS_MOUNT] = CLONE_NEWNS,
	[OCI_NS_PID] = CLONE_NEWPID,	   [OCI_NS_TIME] = CLONE_NEWTIME,
	[OCI_NS_USER] = CLONE_NEWUSER,	   [OCI_NS_UTS] = CLONE_NEWUTS,
};

void ns_plan_clear(struct ns_plan *plan)
{
	for (size_t i = 0; i < OCI_NS_COUNT; i++)
		close_fd(&plan->joined[i]);
	free(plan->uids);
	free(plan->gids);
	*plan = NS_PLAN_NONE;
}

static int copy_maps(const struct oci_id_maps *from, const char *what, struct id_map **ret,
		     size_t *ret_count, struct err *err)
{
	struct id_map *maps;

	if (from->count == 0)
		return err_invalid(err, "linux.%s: a new user namespace needs at least one", what);
	if (from->count > ID_MAP_MAX)
		return err_invalid(err, "linux.%s: %zu lines, and the kernel takes %d", what,
				   from->count, ID_MAP_MAX);
	maps = calloc(from->count, sizeof(*maps));
	if (!maps)
		return err_oom(err);
	for (size_t i = 0; i < from->count; i++)
		maps[i] = (struct id_map){ .inside = from->items[i].container,
					   .outside = from->items[i].host,
					   .count = from->items[i].size };
	*ret = maps;
	*ret_count = from->count;
	return 0;
}

static int plan_maps(const struct oci_linux *l, struct ns_plan *plan, struct err *err)
{
	int r;

	if (!ns_is_made(plan, CLONE_NEWUSER)) {
		if ((l->uid_maps.count || l->gid_maps.count) && plan->joined[OCI_NS_USER] < 0)
			return err_invalid(err, "linux.uidMappings without a user namespace");
		return 0;
	}
	r = copy_maps(&l->uid_maps, "uidMappings", &plan->uids, &plan->maps.uid_count, err);
	if (r == 0)
		r = copy_maps(&l->gid_maps, "gidMappings", &plan->gids, &plan->maps.gid_count, err);
	plan->maps.uids = plan->uids;
	plan->maps.gids = plan->gids;
	return r;
}

/* A setting of a namespace that is the caller's own would change the host's. */
static int check_settings(const struct oci_spec *spec, const struct ns_plan *plan, struct err *err)
{
	const struct oci_namespace *ns = spec->linux.ns;

	if (spec->hostname && !ns[OCI_NS_UTS].set)
		return err_invalid(err, "hostname needs a UTS namespace in linux.namespaces");
	if (spec->domainname && !ns[OCI_NS_UTS].set)
		return err_invalid(err, "domainname needs a UTS namespace in linux.namespaces");
	if ((spec->linux.time_monotonic_set || spec->linux.time_boottime_set) &&
	    !ns_is_made(plan, CLONE_NEWTIME))
		return err_invalid(err, "linux.timeOffsets need a new time namespace");
	if (plan->unprivileged && !ns[OCI_NS_USER].set)
		return err_set(err, ERR_DENIED, EPERM,
			       "an ordinary user needs a user namespace in linux.namespaces");
	return 0;
}

static int plan_one(enum oci_ns kind, const struct oci_namespace *ns, struct ns_plan *plan,
		    struct err *err)
{
	cleanup_fd int fd = -1;
	struct ns_id theirs, ours;
	int r;

	if (!ns->path) {
		plan->made |= (uint64_t)(unsigned)ns_kind_flags[kind];
		return 0;
	}
	r = ns_open_path(ns->path, ns_kind_flags[kind], &fd, err);
	if (r < 0)
		return r;
	/* setns(2) to the user namespace one is in is refused, and there is nothing to do. */
	if (kind == OCI_NS_USER && ns_id(fd, &theirs) == 0 &&
	    ns_id_of(0, CLONE_NEWUSER, &ours) == 0 && ns_id_equal(theirs, ours))
		return 0;
	plan->joined[kind] = take_fd(&fd);
	return 0;
}

/* Init itself can join what its own user namespace (or one above) owns. It cannot when it starts
 * in a new one, and a PID namespace takes only children in. */
static bool needs_stage(const struct ns_plan *plan)
{
	if (plan->unprivileged || plan->joined[OCI_NS_USER] >= 0 || plan->joined[OCI_NS_PID] >= 0)
		return true;
	if (ns_is_made(plan, CLONE_NEWUSER))
		for (size_t i = 0; i < OCI_NS_COUNT; i++)
			if (plan->joined[i] >= 0)
				return true;
	return false;
}

int ns_plan_make(const struct oci_spec *spec, struct ns_plan *ret, struct err *err)
{
	cleanup_ns_plan struct ns_plan plan = NS_PLAN_NONE;
	int r;

	plan.unprivileged = !caps_have(CAP_SYS_ADMIN);
	for (size_t i = 0; i < OCI_NS_COUNT; i++) {
		if (!spec->linux.ns[i].set)
			continue;
		r = plan_one(i, &spec->linux.ns[i], &plan, err);
		if (r < 0)
			return r;
	}
	r = plan_maps(&spec->linux, &plan, err);
	if (r == 0)
		r = check_settings(spec, &plan, err);
	if (r < 0)
		return r;
	plan.stage = needs_stage(&plan);
	*ret = plan;
	plan = NS_PLAN_NONE;
	return 0;
}

uint64_t ns_plan_clone_flags(const struct ns_plan *plan)
{
	uint64_t flags = plan->made & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);

	if (plan->unprivileged)
		flags &= ~(uint64_t)CLONE_NEWUSER;
	return flags;
}

static int join(const struct ns_plan *plan, enum oci_ns kind, struct err *err)
{
	if (plan->joined[kind] < 0)
		return 0;
	return ns_enter(plan->joined[kind], ns_kind_flags[kind], err);
}

int ns_plan_join(const struct ns_plan *plan, struct err *err)
{
	/* The mount namespace last: it takes the paths of the host away. */
	static const enum oci_ns order[] = { OCI_NS_IPC, OCI_NS_NET,  OCI_NS_PID,
					     OCI_NS_UTS, OCI_NS_TIME, OCI_NS_MOUNT };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		int r = join(plan, order[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

int ns_plan_join_user(const struct ns_plan *plan, struct err *err)
{
	return join(plan, OCI_NS_USER, err);
}

int ns_plan_join_cgroup(const struct ns_plan *plan, struct err *err)
{
	return join(plan, OCI_NS_CGROUP, err);
}
