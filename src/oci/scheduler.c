/* SPDX-License-Identifier: Apache-2.0 */
/* process.scheduler (config.md): the arguments of sched_setattr(2), by name. */
#include <linux/sched.h>
#include <linux/sched/types.h>

#include "base/cleanup.h"
#include "oci/parse.h"

enum { SCHED_ISO_RESERVED = 4 }; /* a number that the kernel keeps and never gave a meaning */

static int parse_flags(const json_t *scheduler, const char *where, uint64_t *ret, struct err *err)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} flags[] = {
		{ "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
		{ "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
		{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
		{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
		{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
		{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
		{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	};
	struct strv names cleanup_strv = { 0 };
	int r = js_get_strv(scheduler, where, "flags", &names, err);

	for (size_t i = 0; r == 0 && i < names.count; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(flags) && !str_eq(flags[k].name, names.items[i]))
			k++;
		if (k == ARRAY_SIZE(flags))
			return err_invalid(err, "%s: unknown flag \"%s\"", where, names.items[i]);
		*ret |= flags[k].bit;
	}
	return r;
}

/* The kernel refuses some of these with a bare EINVAL and ignores the others silently. */
static int check(const struct oci_process *p, const char *where, struct err *err)
{
	int policy = p->scheduler_policy;

	if (policy == SCHED_ISO_RESERVED)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "%s: SCHED_ISO is not implemented by Linux", where);
	if (p->scheduler_priority && policy != SCHED_FIFO && policy != SCHED_RR)
		return err_invalid(err, "%s: priority needs SCHED_FIFO or SCHED_RR", where);
	if (!p->scheduler_priority && (policy == SCHED_FIFO || policy == SCHED_RR))
		return err_invalid(err, "%s: SCHED_FIFO and SCHED_RR need a priority from 1 to 99",
				   where);
	if (p->scheduler_nice && policy != SCHED_NORMAL && policy != SCHED_BATCH)
		return err_invalid(err, "%s: nice needs SCHED_OTHER or SCHED_BATCH", where);
	if ((p->scheduler_runtime || p->scheduler_deadline || p->scheduler_period) &&
	    policy != SCHED_DEADLINE)
		return err_invalid(err, "%s: runtime, deadline and period need SCHED_DEADLINE",
				   where);
	return 0;
}

int oci_scheduler_parse(const json_t *process, const char *where, struct oci_process *ret,
			struct err *err)
{
	static const char *const policies[] = {
		[SCHED_NORMAL] = "SCHED_OTHER",
		[SCHED_FIFO] = "SCHED_FIFO",
		[SCHED_RR] = "SCHED_RR",
		[SCHED_BATCH] = "SCHED_BATCH",
		[SCHED_ISO_RESERVED] = "SCHED_ISO",
		[SCHED_IDLE] = "SCHED_IDLE",
		[SCHED_DEADLINE] = "SCHED_DEADLINE",
		NULL,
	};
	json_t *scheduler = NULL;
	char at[OCI_WHERE_MAX];
	int r = js_get_obj(process, where, "scheduler", &scheduler, err);

	if (r < 0 || !scheduler)
		return r;
	oci_where(at, where, "scheduler");
	r = oci_require(scheduler, at, "policy", err);
	if (r == 0)
		r = oci_get_enum(scheduler, at, "policy", policies, &ret->scheduler_policy, err);
	if (r == 0)
		r = oci_get_int(scheduler, at, "nice", -20, 19, &ret->scheduler_nice, err);
	if (r == 0)
		r = oci_get_int(scheduler, at, "priority", 0, 99, &ret->scheduler_priority, err);
	if (r == 0)
		r = parse_flags(scheduler, at, &ret->scheduler_flags, err);
	if (r == 0)
		r = js_get_u64(scheduler, at, "runtime", UINT64_MAX, &ret->scheduler_runtime, err);
	if (r == 0)
		r = js_get_u64(scheduler, at, "deadline", UINT64_MAX, &ret->scheduler_deadline,
			       err);
	if (r == 0)
		r = js_get_u64(scheduler, at, "period", UINT64_MAX, &ret->scheduler_period, err);
	if (r == 0)
		r = check(ret, at, err);
	ret->scheduler_set = r == 0;
	return r;
}
