/* SPDX-License-Identifier: Apache-2.0 */
/* cpu: Documentation/admin-guide/cgroup-v2.rst, CPU. */
#include "runtime/cgroup/controllers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { SHARES_MIN = 2, SHARES_MAX = 1 << 18 };

/* "QUOTA PERIOD" in one write; what is not asked stays as it is. */
static int bandwidth(const struct cg_set *s, char *out, size_t size, struct err *err)
{
	const struct oci_resources *r = s->r;
	bool period = r->has & OCI_HAS_CPU_PERIOD && r->cpu_period != 0;
	char quota[24] = "max", old[64];
	int ret;

	out[0] = '\0';
	if (!(r->has & OCI_HAS_CPU_QUOTA) && !period)
		return 0;
	if (r->has & OCI_HAS_CPU_QUOTA && r->cpu_quota > 0) {
		snprintf(quota, sizeof(quota), "%" PRId64, r->cpu_quota);
	} else if (!(r->has & OCI_HAS_CPU_QUOTA) && !s->fresh) {
		ret = cg_get(s->dir, "cpu.max", old, sizeof(old));
		if (ret < 0)
			return err_sys(err, ret, "read cpu.max");
		snprintf(quota, sizeof(quota), "%.*s", (int)strcspn(old, " "), old);
	}
	if (period)
		snprintf(out, size, "%s %" PRIu64, quota, r->cpu_period);
	else if (!s->fresh || !str_eq(quota, "max"))
		snprintf(out, size, "%s", quota);
	return 0;
}

int cg_v2_cpu_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	struct cg_pair pairs[] = { { "cpu.max", "" }, { "cpu.max.burst", "" } };
	int ret;

	if (r->has & OCI_HAS_CPU_SHARES && r->cpu_shares != 0) {
		if (r->cpu_shares < SHARES_MIN || r->cpu_shares > SHARES_MAX)
			return err_invalid(err, "cpu shares %" PRIu64 " are not between %d and %d",
					   r->cpu_shares, SHARES_MIN, SHARES_MAX);
		ret = cg_put_u64(s, "cpu.weight", cg_v2_weight_of_shares(r->cpu_shares), err);
		if (ret < 0)
			return ret;
	}
	ret = bandwidth(s, pairs[0].value, sizeof(pairs[0].value), err);
	if (ret < 0)
		return ret;
	if (r->has & OCI_HAS_CPU_BURST)
		snprintf(pairs[1].value, sizeof(pairs[1].value), "%" PRIu64, r->cpu_burst);
	ret = cg_put_any_order(s, pairs, 2, err);
	if (ret == 0 && r->has & OCI_HAS_CPU_IDLE && !(s->fresh && r->cpu_idle == 0))
		ret = cg_put_i64(s, "cpu.idle", r->cpu_idle, err);
	return ret;
}

static void find_us(const char *text, const char *key, uint64_t *ret_ns)
{
	uint64_t us;

	if (cg_find_key(text, key, &us))
		*ret_ns = us * 1000;
}

/* Usage is the core's and always there; periods are the controller's. */
void cg_v2_cpu_stats(int dir, struct cgroup_stats *ret)
{
	char text[1024];

	if (cg_get(dir, "cpu.stat", text, sizeof(text)) < 0)
		return;
	if (ret->cpu_usage_ns == UINT64_MAX) { /* not known from v1's cpuacct */
		find_us(text, "usage_usec", &ret->cpu_usage_ns);
		find_us(text, "user_usec", &ret->cpu_user_ns);
		find_us(text, "system_usec", &ret->cpu_system_ns);
	}
	cg_find_key(text, "nr_periods", &ret->cpu_periods);
	cg_find_key(text, "nr_throttled", &ret->cpu_throttled);
	find_us(text, "throttled_usec", &ret->cpu_throttled_ns);
}
