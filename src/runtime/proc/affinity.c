/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/exec_plan.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* "3" or "0-3": as oci_check_cpulist has let it through. */
static int add_range(const char *text, cpu_set_t *set, struct err *err)
{
	char *end;
	unsigned long first = strtoul(text, &end, 10), last = first;

	if (*end == '-')
		last = strtoul(end + 1, &end, 10);
	if (*end != '\0' || first > last || last >= CPU_SETSIZE)
		return err_invalid(err, "process.execCPUAffinity: %s", text);
	for (unsigned long cpu = first; cpu <= last; cpu++)
		CPU_SET(cpu, set);
	return 0;
}

int exec_set_affinity(const char *list, struct err *err)
{
	cleanup_strv struct strv ranges = { 0 };
	cpu_set_t set;

	if (!list)
		return 0;
	CPU_ZERO(&set);
	if (strv_split(&ranges, list, ',') < 0)
		return err_oom(err);
	for (size_t i = 0; i < ranges.count; i++) {
		int r = add_range(ranges.items[i], &set, err);

		if (r < 0)
			return r;
	}
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return err_sys(err, errno, "process.execCPUAffinity %s", list);
	return 0;
}
