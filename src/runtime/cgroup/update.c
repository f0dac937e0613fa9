/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <inttypes.h>

#include "base/cleanup.h"

/* linux.resources.memory.checkBeforeUpdate: rather refuse than let the OOM killer make room. */
static int check_usage(struct cgroup *cg, const struct oci_resources *r, struct err *err)
{
	struct cgroup_stats stats;
	int ret;

	if (!(r->has & OCI_HAS_MEM_CHECK_UPDATE) || !r->mem_check_before_update ||
	    !(r->has & OCI_HAS_MEM_LIMIT) || r->mem_limit <= 0)
		return 0;
	ret = cgroup_stats(cg, &stats, err);
	if (ret == 0 && stats.mem_usage != UINT64_MAX && stats.mem_usage > (uint64_t)r->mem_limit)
		ret = err_set(err, ERR_CONFLICT, EBUSY,
			      "cgroup %s uses %" PRIu64 " bytes, more than the new limit %" PRId64,
			      cg->name, stats.mem_usage, r->mem_limit);
	return ret;
}

int cgroup_update(struct cgroup *cg, const struct oci_resources *resources, struct err *err)
{
	cleanup_with(cg_undo_clear) struct cg_undo undo = { 0 };
	cg_mask asked;
	int ret;

	ret = cg_check(cg->layout, resources, &asked, err);
	if (ret == 0)
		ret = check_usage(cg, resources, err);
	cg->v2_settled = ~(cg_mask)0; /* made long ago */
	if (ret == 0 && cg_v2_fd(cg) >= 0)
		ret = cg_v2_enable(cg, resources, asked, err);
	if (ret < 0)
		return ret;
	ret = cg_set_all(cg, resources, asked, &undo, err);
	if (ret < 0)
		cg_undo_run(&undo);
	return ret;
}
