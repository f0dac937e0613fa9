/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "engine/container/create_internal.h"

enum {
	PERIOD_MIN = 1000,
	PERIOD_MAX = 1000000, /* µs */
	QUOTA_MIN = 1000,
	SHARES_MAX = 262144,
	SET_MAX = 8192, /* the highest number of a CPU or memory node that is believed */
};

static int64_t cpu_count(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static int check_nano(struct create *c, struct err *err)
{
	int64_t nano = member_int(c->host, "NanoCpus"), count = cpu_count();

	if (nano == 0)
		return 0;
	if (member_int(c->host, "CpuPeriod"))
		return err_invalid(err, "Conflicting options: Nano CPUs and CPU Period cannot both "
					"be set");
	if (member_int(c->host, "CpuQuota"))
		return err_invalid(err, "Conflicting options: Nano CPUs and CPU Quota cannot both "
					"be set");
	if (nano < 10000000 || nano > count * 1000000000)
		return err_invalid(err,
				   "range of CPUs is from 0.01 to %" PRId64
				   ".00, as there are only %" PRId64 " CPUs available",
				   count, count);
	return 0;
}

/* A list of the kernel's kind ("0-3,6") as bits; an empty one is no bits. */
static int parse_set(const char *text, uint64_t bits[SET_MAX / 64])
{
	struct strv parts cleanup_strv = { 0 };
	uint64_t low, high, i;
	size_t k;

	memset(bits, 0, SET_MAX / 8);
	if (strv_split(&parts, text, ',') < 0)
		return -ENOMEM;
	for (k = 0; k < parts.count; k++) {
		char *dash = strchr(parts.items[k], '-');

		if (dash)
			*dash++ = '\0';
		if (str_to_u64(parts.items[k], SET_MAX - 1, "set", &low, NULL) < 0)
			return -EINVAL;
		high = low;
		if (dash && (str_to_u64(dash, SET_MAX - 1, "set", &high, NULL) < 0 || high < low))
			return -EINVAL;
		for (i = low; i <= high; i++)
			bits[i / 64] |= (uint64_t)1 << i % 64;
	}
	return 0;
}

static int check_set(struct create *c, const char *member, const char *what, const char *online,
		     struct err *err)
{
	const char *text = member_str(c->host, member);
	uint64_t asked[SET_MAX / 64], have[SET_MAX / 64];
	struct buf list cleanup_buf = BUF_INIT(65536);
	size_t i;

	if (!*text)
		return 0;
	if (parse_set(text, asked) < 0)
		return err_invalid(err, "Invalid value %s for cpuset %s", text, what);
	/* a kernel without memory nodes has node 0 */
	if (fd_read_file_at(-1, online, 65536, &list, NULL) < 0)
		buf_add_str(&list, "0\n");
	if (list.len > 0 && list.data[list.len - 1] == '\n')
		list.data[list.len - 1] = '\0';
	if (parse_set(buf_str(&list), have) < 0)
		return err_invalid(err, "%s: cannot be understood", online);
	for (i = 0; i < ARRAY_SIZE(asked); i++)
		if (asked[i] & ~have[i])
			return err_invalid(err,
					   "Requested %s are not available - requested %s, "
					   "available: %s",
					   str_eq(what, "cpus") ? "CPUs" : "memory nodes", text,
					   buf_str(&list));
	return 0;
}

int create_check_cpu(struct create *c, struct err *err)
{
	int64_t shares = member_int(c->host, "CpuShares");
	int64_t period = member_int(c->host, "CpuPeriod");
	int64_t quota = member_int(c->host, "CpuQuota");
	int r;

	if (shares < 0 || shares == 1 || shares > SHARES_MAX)
		return err_invalid(err, "invalid CpuShares %" PRId64 ": from 2 to %d", shares,
				   SHARES_MAX);
	r = check_nano(c, err);
	if (r < 0)
		return r;
	if (period && (period < PERIOD_MIN || period > PERIOD_MAX))
		return err_invalid(err, "CPU cfs period can not be less than 1ms (i.e. 1000) or "
					"larger than 1s (i.e. 1000000)");
	if (quota < -1 || (quota >= 0 && quota != 0 && quota < QUOTA_MIN))
		return err_invalid(err, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
	r = check_set(c, "CpusetCpus", "cpus", "/sys/devices/system/cpu/online", err);
	if (r < 0)
		return r;
	return check_set(c, "CpusetMems", "mems", "/sys/devices/system/node/online", err);
}
