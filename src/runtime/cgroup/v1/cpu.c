/* SPDX-License-Identifier: Apache-2.0 */
/* cpu of v1: Documentation/scheduler/sched-bwc.rst, sched-design-CFS.rst. */
#include "runtime/cgroup/controllers.h"

#include <inttypes.h>
#include <stdio.h>

/* What the kernel clamps to without a word (MIN_SHARES, MAX_SHARES). */
enum { SHARES_MIN = 2, SHARES_MAX = 1 << 18 };

int cg_v1_cpu_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	struct cg_pair bandwidth[] = { { "cpu.cfs_period_us", "" },
				       { "cpu.cfs_quota_us", "" },
				       { "cpu.cfs_burst_us", "" } };
	int ret;

	if (r->has & OCI_HAS_CPU_SHARES && r->cpu_shares != 0) {
		if (r->cpu_shares < SHARES_MIN || r->cpu_shares > SHARES_MAX)
			return err_invalid(err, "cpu shares %" PRIu64 " are not between %d and %d",
					   r->cpu_shares, SHARES_MIN, SHARES_MAX);
		ret = cg_put_u64(s, "cpu.shares", r->cpu_shares, err);
		if (ret < 0)
			return ret;
	}
	if (r->has & OCI_HAS_CPU_PERIOD && r->cpu_period != 0)
		snprintf(bandwidth[0].value, sizeof(bandwidth[0].value), "%" PRIu64, r->cpu_period);
	if (r->has & OCI_HAS_CPU_QUOTA && !(s->fresh && r->cpu_quota <= 0))
		snprintf(bandwidth[1].value, sizeof(bandwidth[1].value), "%" PRId64,
			 r->cpu_quota > 0 ? r->cpu_quota : -1);
	if (r->has & OCI_HAS_CPU_BURST)
		snprintf(bandwidth[2].value, sizeof(bandwidth[2].value), "%" PRIu64, r->cpu_burst);
	ret = cg_put_any_order(s, bandwidth, 3, err);
	if (ret == 0 && r->has & OCI_HAS_CPU_IDLE && !(s->fresh && r->cpu_idle == 0))
		ret = cg_put_i64(s, "cpu.idle", r->cpu_idle, err);
	return ret;
}

void cg_v1_cpu_stats(int dir, struct cgroup_stats *ret)
{
	char text[1024];

	if (cg_get(dir, "cpu.stat", text, sizeof(text)) < 0)
		return;
	cg_find_key(text, "nr_periods", &ret->cpu_periods);
	cg_find_key(text, "nr_throttled", &ret->cpu_throttled);
	cg_find_key(text, "throttled_time", &ret->cpu_throttled_ns);
}
