/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, processes, rlimits: the limits of numbers that Docker sets, before the kernel's own. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <unistd.h>

#include "base/str.h"
#include "engine/container/create_internal.h"
#include "linux/rlimit.h"

enum { MEMORY_MIN = 6 << 20 };

/* v1 accounts swap by a file of its own that a kernel or its command line may lack; v2 does with
 * every kernel that has swap at all. */
static bool swap_is_accounted(void)
{
	if (access("/sys/fs/cgroup/memory/memory.limit_in_bytes", F_OK) == 0)
		return access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0;
	return access("/proc/swaps", F_OK) == 0;
}

/* Without a word about swap a container gets as much of it as it gets memory. */
static int check_swap(struct create *c, int64_t memory, struct err *err)
{
	int64_t swap = member_int(c->host, "MemorySwap");

	if (swap < -1)
		return err_invalid(err, "invalid MemorySwap: %" PRId64, swap);
	if (swap > 0 && memory == 0)
		return err_invalid(err, "You should always set the Memory limit when using "
					"Memoryswap limit, see usage");
	if (swap > 0 && swap < memory)
		return err_invalid(err, "Minimum memoryswap limit should be larger than memory "
					"limit, see usage");
	if (swap != 0 || memory == 0)
		return 0;
	if (swap_is_accounted()) {
		swap = memory > INT64_MAX / 2 ? -1 : memory * 2;
	} else {
		create_warn(c, "this kernel does not account swap: memory is limited without it");
		swap = -1;
	}
	json_object_set_new(c->host, "MemorySwap", json_integer(swap));
	return 0;
}

int create_check_memory(struct create *c, struct err *err)
{
	int64_t memory = member_int(c->host, "Memory");
	int64_t reservation = member_int(c->host, "MemoryReservation");
	json_t *swappiness = json_object_get(c->host, "MemorySwappiness");
	int64_t value = json_integer_value(swappiness);
	int r;

	if (memory < 0 || (memory > 0 && memory < MEMORY_MIN))
		return err_invalid(err, "Minimum memory limit allowed is 6MB");
	r = check_swap(c, memory, err);
	if (r < 0)
		return r;
	if (reservation < 0 || (reservation > 0 && reservation < MEMORY_MIN))
		return err_invalid(err, "Minimum memory reservation allowed is 6MB");
	if (memory > 0 && reservation > memory)
		return err_invalid(err, "Minimum memory limit can not be less than memory "
					"reservation limit, see usage");
	if (value < -1 || value > 100)
		return err_invalid(err,
				   "Invalid value: %" PRId64 ", valid memory swappiness range is "
				   "0-100",
				   value);
	/* -1 is the command line's word for nothing */
	if (json_is_integer(swappiness) && value == -1)
		json_object_set_new(c->host, "MemorySwappiness", json_null());
	return 0;
}

static int check_ulimit(const json_t *item, struct err *err)
{
	const char *name = member_str(item, "Name");
	int64_t soft = member_int(item, "Soft"), hard = member_int(item, "Hard");
	int resource;

	if (!json_is_object(item) || !*name || !json_is_integer(json_object_get(item, "Soft")) ||
	    !json_is_integer(json_object_get(item, "Hard")))
		return err_invalid(err, "Ulimits: each must be a Name with a Soft and a Hard "
					"number");
	if (rlimit_parse(name, &resource, NULL) < 0)
		return err_invalid(err, "invalid ulimit type: %s", name);
	if (soft < -1 || hard < -1)
		return err_invalid(err, "ulimit %s: a limit is -1 (none) or not negative", name);
	if (hard != -1 && (soft == -1 || soft > hard))
		return err_invalid(err,
				   "ulimit soft limit must be less than or equal to hard limit: "
				   "%" PRId64 " > %" PRId64,
				   soft, hard);
	return 0;
}

static int check_ulimits(struct create *c, struct err *err)
{
	json_t *ulimits = json_object_get(c->host, "Ulimits"), *item;
	size_t i, k;

	json_array_foreach (ulimits, i, item) {
		if (check_ulimit(item, err) < 0)
			return -EINVAL;
		for (k = 0; k < i; k++)
			if (str_eq(member_str(item, "Name"),
				   member_str(json_array_get(ulimits, k), "Name")))
				return err_invalid(err, "ulimit %s is given twice",
						   member_str(item, "Name"));
	}
	return 0;
}

int create_check_limits(struct create *c, struct err *err)
{
	int64_t pids = member_int(c->host, "PidsLimit");
	int64_t oom = member_int(c->host, "OomScoreAdj"), shm = member_int(c->host, "ShmSize");

	if (pids < -1)
		return err_invalid(err, "invalid PidsLimit: %" PRId64, pids);
	if (pids <= 0)
		json_object_set_new(c->host, "PidsLimit", json_null());
	if (oom < -1000 || oom > 1000)
		return err_invalid(
		    err, "Invalid value %" PRId64 ", range for oom score adj is [-1000, 1000]",
		    oom);
	if (shm < 0)
		return err_invalid(err, "SHM size can not be less than 0");
	if (shm == 0)
		json_object_set_new(c->host, "ShmSize", json_integer(64 << 20));
	return check_ulimits(c, err);
}
