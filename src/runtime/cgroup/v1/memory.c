/* SPDX-License-Identifier: Apache-2.0 */
/* memory of v1: Documentation/admin-guide/cgroup-v1/memory.rst. -1 written to a limit is none. */
#include "runtime/cgroup/controllers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"

/* What the limit files show where there is none: LONG_MAX rounded down to a page, of any size. */
#define NO_LIMIT ((uint64_t)INT64_MAX - (1 << 20))

int cg_v1_memory_hierarchy(int dir, struct err *err)
{
	uint64_t on;
	int ret = cg_get_u64(dir, "memory.use_hierarchy", &on);

	if (ret == -ENOENT || (ret == 0 && on == 1))
		return 0; /* the kernel knows no other way any more */
	return fd_write_file_at(dir, "memory.use_hierarchy", "1", err);
}

/* The runtime specification: memory.swap is memory and swap together, as v1 has it. */
static int set_limits(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	struct cg_pair pairs[] = { { "memory.limit_in_bytes", "" },
				   { "memory.memsw.limit_in_bytes", "" } };
	bool limit = r->has & OCI_HAS_MEM_LIMIT && r->mem_limit != 0;
	bool swap = r->has & OCI_HAS_MEM_SWAP && r->mem_swap != 0;
	bool accounted = cg_has(s->dir, pairs[1].file);
	int ret;

	if (limit && !(s->fresh && r->mem_limit == -1))
		snprintf(pairs[0].value, sizeof(pairs[0].value), "%" PRId64, r->mem_limit);
	/* No memory limit and a limit of both cannot stand beside each other. */
	if (limit && r->mem_limit == -1 && !swap && accounted && !s->fresh)
		snprintf(pairs[1].value, sizeof(pairs[1].value), "-1");
	if (swap && !accounted && r->mem_swap != -1)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "memory.swap: this kernel does not account swap "
			       "(memory.memsw.limit_in_bytes is missing; boot with swapaccount=1)");
	if (swap && accounted && !(s->fresh && r->mem_swap == -1))
		snprintf(pairs[1].value, sizeof(pairs[1].value), "%" PRId64, r->mem_swap);
	ret = cg_put_any_order(s, pairs, 2, err);
	if (ret == -EINVAL && pairs[1].value[0] && r->mem_swap > 0)
		err_wrap(err, "memory.swap is memory and swap together and must not be less than "
			      "the memory limit");
	if (ret == -EBUSY)
		err_wrap(err, "more memory than that is in use and cannot be reclaimed");
	return ret;
}

static int set_oom_control(const struct cg_set *s, struct err *err)
{
	char old[128];
	uint64_t disabled;

	if (!s->undo) /* 0 is what a new group has */
		return s->r->mem_oom_disable ? cg_put(s, "memory.oom_control", "1", err) : 0;
	/* The file shows more than may be written back. */
	if (cg_get(s->dir, "memory.oom_control", old, sizeof(old)) < 0 ||
	    !cg_find_key(old, "oom_kill_disable", &disabled))
		return err_sys(err, EIO, "read memory.oom_control");
	return cg_put_old(s, "memory.oom_control", s->r->mem_oom_disable ? "1" : "0",
			  disabled ? "1" : "0", err);
}

int cg_v1_memory_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	int ret = set_limits(s, err);

	if (ret == 0 && r->has & OCI_HAS_MEM_RESERVATION && r->mem_reservation != 0 &&
	    !(s->fresh && r->mem_reservation == -1))
		ret = cg_put_i64(s, "memory.soft_limit_in_bytes", r->mem_reservation, err);
	if (ret == 0 && r->has & OCI_HAS_MEM_KERNEL_TCP && r->mem_kernel_tcp != 0 &&
	    !(s->fresh && r->mem_kernel_tcp == -1))
		ret = cg_put_i64(s, "memory.kmem.tcp.limit_in_bytes", r->mem_kernel_tcp, err);
	if (ret == 0 && r->has & OCI_HAS_MEM_SWAPPINESS)
		ret = cg_put_u64(s, "memory.swappiness", r->mem_swappiness, err);
	if (ret == 0 && r->has & OCI_HAS_MEM_OOM_DISABLE)
		ret = set_oom_control(s, err);
	return ret;
}

static void usage_stats(int dir, struct cgroup_stats *ret)
{
	cg_get_u64(dir, "memory.usage_in_bytes", &ret->mem_usage);
	cg_get_u64(dir, "memory.max_usage_in_bytes", &ret->mem_max_usage);
	cg_get_u64(dir, "memory.failcnt", &ret->mem_failcnt);
	if (cg_get_u64(dir, "memory.limit_in_bytes", &ret->mem_limit) == 0 &&
	    ret->mem_limit >= NO_LIMIT)
		ret->mem_limit = UINT64_MAX;
}

void cg_v1_memory_stats(int dir, struct cgroup_stats *ret)
{
	char text[8192];

	usage_stats(dir, ret);
	if (cg_get(dir, "memory.oom_control", text, sizeof(text)) >= 0)
		cg_find_key(text, "oom_kill", &ret->oom_kills);
	if (cg_get(dir, "memory.stat", text, sizeof(text)) < 0)
		return;
	cg_find_key(text, "total_cache", &ret->mem_cache);
	cg_find_key(text, "total_rss", &ret->mem_rss);
	cg_find_key(text, "total_inactive_file", &ret->mem_inactive_file);
	cg_find_key(text, "total_swap", &ret->mem_swap);
}
