/* SPDX-License-Identifier: Apache-2.0 */
/* pids of v1: Documentation/admin-guide/cgroup-v1/pids.rst. The same files as on v2. */
#include "runtime/cgroup/controllers.h"

int cg_v1_pids_set(const struct cg_set *s, struct err *err)
{
	return cg_v2_pids_set(s, err);
}

void cg_v1_pids_stats(int dir, struct cgroup_stats *ret)
{
	cg_v2_pids_stats(dir, ret);
}
