/* SPDX-License-Identifier: Apache-2.0 */
/* The builder's work: the starter does it itself, or has its stage do it. */
#include "runtime/proc/plan.h"

#include "base/cleanup.h"

/* The layers of an image must be seen through the container's map. For that alone the map is made
 * once more, as a namespace with nobody inside: init's own does not exist before its mounts do. */
static int userns_for_root(const struct plan *plan, int *ret_fd, struct err *err)
{
	const struct userns_maps *maps = &plan->ns.maps;

	if (!plan->args->make_root || plan->ns.unprivileged ||
	    !ns_is_made(&plan->ns, CLONE_NEWUSER))
		return 0;
	if (id_map_is_identity(maps->uids, maps->uid_count) &&
	    id_map_is_identity(maps->gids, maps->gid_count))
		return 0;
	return userns_create(maps, ret_fd, err);
}

int build_rootfs(struct plan *plan, struct err *err)
{
	cleanup_fd int userns = -1;
	int r = userns_for_root(plan, &userns, err);
	int seen_through = userns;

	if (r < 0)
		return r;
	if (seen_through < 0 && plan->args->make_root)
		seen_through = plan->ns.joined[OCI_NS_USER];
	return rootfs_prepare(plan->args, &plan->ns, plan->own_groups ? plan->cgroup : NULL,
			      seen_through, &plan->rootfs, err);
}

int build_clone(const struct plan *plan, bool parent, struct spawned *ret, struct err *err)
{
	struct spawn_args how = SPAWN_ARGS(SPAWN_CLONE);

	how.flags = ns_plan_clone_flags(&plan->ns) | (parent ? CLONE_PARENT : 0);
	how.cgroup_fd = plan->join.into_fd;
	how.pidfd = true;
	return spawn(&how, init_main, (void *)plan, ret, err);
}
