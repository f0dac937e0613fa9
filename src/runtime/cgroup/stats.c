/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <string.h>

int cgroup_stats(struct cgroup *cg, struct cgroup_stats *ret, struct err *err)
{
	struct cgroup_stats stats;

	memset(&stats, 0xff, sizeof(stats)); /* UINT64_MAX: not known */
	for (size_t i = 0; i < cg_controller_count; i++) {
		const struct cg_controller *c = &cg_controllers[i];
		int v1 = cg_v1_fd(cg, c->ctl), v2 = cg_v2_fd(cg);

		if (v1 >= 0 && c->stats_v1)
			c->stats_v1(v1, &stats);
		else if (v2 >= 0 && c->stats_v2)
			c->stats_v2(v2, &stats);
	}
	*ret = stats;
	return 0;
}
