/* SPDX-License-Identifier: Apache-2.0 */
/* cpuset: Documentation/admin-guide/cgroup-v2.rst, Cpuset. An empty one means its parent's. */
#include "runtime/cgroup/controllers.h"

int cg_v2_cpuset_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	int ret = 0;

	if (r->cpuset_mems && *r->cpuset_mems)
		ret = cg_put(s, "cpuset.mems", r->cpuset_mems, err);
	if (ret == 0 && r->cpuset_cpus && *r->cpuset_cpus)
		ret = cg_put(s, "cpuset.cpus", r->cpuset_cpus, err);
	return ret;
}
