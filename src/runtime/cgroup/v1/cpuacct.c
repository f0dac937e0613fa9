/* SPDX-License-Identifier: Apache-2.0 */
/* cpuacct of v1: Documentation/admin-guide/cgroup-v1/cpuacct.rst. Nanoseconds. */
#include "runtime/cgroup/controllers.h"

void cg_v1_cpuacct_stats(int dir, struct cgroup_stats *ret)
{
	cg_get_u64(dir, "cpuacct.usage", &ret->cpu_usage_ns);
	cg_get_u64(dir, "cpuacct.usage_user", &ret->cpu_user_ns);
	cg_get_u64(dir, "cpuacct.usage_sys", &ret->cpu_system_ns);
}
