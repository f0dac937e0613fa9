/* SPDX-License-Identifier: Apache-2.0 */
/* pids: Documentation/admin-guide/cgroup-v2.rst, PID. */
#include "runtime/cgroup/controllers.h"

int cg_v2_pids_set(const struct cg_set *s, struct err *err)
{
	if (s->r->pids_limit > 0)
		return cg_put_i64(s, "pids.max", s->r->pids_limit, err);
	return s->fresh ? 0 : cg_put(s, "pids.max", "max", err);
}

void cg_v2_pids_stats(int dir, struct cgroup_stats *ret)
{
	cg_get_u64(dir, "pids.current", &ret->pids_current);
	cg_get_u64(dir, "pids.max", &ret->pids_limit);
}
