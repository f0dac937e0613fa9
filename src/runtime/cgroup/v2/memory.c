/* SPDX-License-Identifier: Apache-2.0 */
/* memory: Documentation/admin-guide/cgroup-v2.rst, Memory. */
#include "runtime/cgroup/controllers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"

static const char *text_of(int64_t value, char out[24])
{
	if (value < 0)
		return "max";
	snprintf(out, 24, "%" PRId64, value);
	return out;
}

/* The specification's swap is memory and swap together; memory.swap.max is swap alone. */
static int swap_alone(const struct cg_set *s, int64_t *ret, struct err *err)
{
	const struct oci_resources *r = s->r;
	uint64_t limit = UINT64_MAX;
	int done;

	if (r->mem_swap == -1) {
		*ret = -1;
		return 0;
	}
	if (r->has & OCI_HAS_MEM_LIMIT && r->mem_limit != 0) {
		limit = r->mem_limit < 0 ? UINT64_MAX : (uint64_t)r->mem_limit;
	} else if (!s->fresh) {
		done = cg_get_u64(s->dir, "memory.max", &limit);
		if (done < 0)
			return err_sys(err, done, "read memory.max");
	}
	if (limit == UINT64_MAX)
		return err_invalid(err,
				   "memory.swap %" PRId64
				   " needs a memory limit: it is memory and swap together",
				   r->mem_swap);
	if ((uint64_t)r->mem_swap < limit)
		return err_invalid(err,
				   "memory.swap %" PRId64 " is memory and swap together and must "
				   "not be less than the memory limit %" PRIu64,
				   r->mem_swap, limit);
	*ret = r->mem_swap - (int64_t)limit;
	return 0;
}

static int set_swap(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	bool asked = r->has & OCI_HAS_MEM_SWAP && r->mem_swap != 0;
	bool accounted = cg_has(s->dir, "memory.swap.max");
	int64_t swap = -1;
	char text[24];
	int ret;

	if (!asked) /* without a limit of memory none of swap either, as v1 has it */
		asked = r->has & OCI_HAS_MEM_LIMIT && r->mem_limit == -1 && accounted;
	else if (!accounted && r->mem_swap != -1)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "memory.swap: this kernel does not account swap "
			       "(memory.swap.max is missing; boot with swapaccount=1)");
	else if ((ret = swap_alone(s, &swap, err)) < 0)
		return ret;
	if (!asked || !accounted || (s->fresh && swap == -1))
		return 0;
	return cg_put(s, "memory.swap.max", text_of(swap, text), err);
}

int cg_v2_memory_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	char text[24];
	int ret;

	ret = set_swap(s, err);
	if (ret == 0 && r->has & OCI_HAS_MEM_LIMIT && r->mem_limit != 0 &&
	    !(s->fresh && r->mem_limit == -1))
		ret = cg_put(s, "memory.max", text_of(r->mem_limit, text), err);
	if (ret == 0 && r->has & OCI_HAS_MEM_RESERVATION && r->mem_reservation != 0 &&
	    !(s->fresh && r->mem_reservation == -1))
		ret = cg_put(s, "memory.low",
			     r->mem_reservation < 0 ? "0" : text_of(r->mem_reservation, text), err);
	return ret;
}

static void memory_stat(int dir, struct cgroup_stats *ret)
{
	char text[16384];

	if (cg_get(dir, "memory.stat", text, sizeof(text)) < 0)
		return;
	cg_find_key(text, "file", &ret->mem_cache);
	cg_find_key(text, "anon", &ret->mem_rss);
	cg_find_key(text, "inactive_file", &ret->mem_inactive_file);
}

void cg_v2_memory_stats(int dir, struct cgroup_stats *ret)
{
	char text[512];

	if (cg_get_u64(dir, "memory.current", &ret->mem_usage) < 0)
		return;
	cg_get_u64(dir, "memory.max", &ret->mem_limit);
	cg_get_u64(dir, "memory.peak", &ret->mem_max_usage); /* 5.19 */
	cg_get_u64(dir, "memory.swap.current", &ret->mem_swap);
	memory_stat(dir, ret);
	if (cg_get(dir, "memory.events", text, sizeof(text)) < 0)
		return;
	cg_find_key(text, "max", &ret->mem_failcnt);
	cg_find_key(text, "oom_kill", &ret->oom_kills);
}
