/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rlimit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/cleanup.h"

static const char *const names[] = {
	[RLIMIT_AS] = "RLIMIT_AS",
	[RLIMIT_CORE] = "RLIMIT_CORE",
	[RLIMIT_CPU] = "RLIMIT_CPU",
	[RLIMIT_DATA] = "RLIMIT_DATA",
	[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
	[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
	[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
	[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
	[RLIMIT_NICE] = "RLIMIT_NICE",
	[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
	[RLIMIT_NPROC] = "RLIMIT_NPROC",
	[RLIMIT_RSS] = "RLIMIT_RSS",
	[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
	[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
	[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
	[RLIMIT_STACK] = "RLIMIT_STACK",
};

int rlimit_parse(const char *name, int *ret, struct err *err)
{
	const char *plain = strncasecmp(name, "RLIMIT_", 7) ? name : name + 7;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i] && strcasecmp(plain, names[i] + 7) == 0) {
			*ret = (int)i;
			return 0;
		}
	}
	return err_invalid(err, "\"%s\" is not a resource limit", name);
}

const char *rlimit_name(int resource)
{
	return resource >= 0 && (size_t)resource < ARRAY_SIZE(names) ? names[resource] : NULL;
}

int rlimit_get(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard, struct err *err)
{
	struct rlimit now;

	if (!rlimit_name(resource))
		return err_invalid(err, "there is no resource limit %d", resource);
	if (prlimit(pid, (enum __rlimit_resource)resource, NULL, &now) < 0)
		return err_sys(err, errno, "read %s", rlimit_name(resource));
	*ret_soft = now.rlim_cur;
	*ret_hard = now.rlim_max;
	return 0;
}

static const char *limit_text(uint64_t limit, char room[24])
{
	if (limit == RLIM_INFINITY)
		return "unlimited";
	snprintf(room, 24, "%" PRIu64, limit);
	return room;
}

int rlimit_set(pid_t pid, int resource, uint64_t soft, uint64_t hard, struct err *err)
{
	struct rlimit wanted = { .rlim_cur = soft, .rlim_max = hard };
	uint64_t now_soft, now_hard;
	char room[2][24];

	if (!rlimit_name(resource))
		return err_invalid(err, "there is no resource limit %d", resource);
	if (soft > hard)
		return err_invalid(err, "%s: the soft limit %s is above the hard limit %s",
				   rlimit_name(resource), limit_text(soft, room[0]),
				   limit_text(hard, room[1]));
	if (prlimit(pid, (enum __rlimit_resource)resource, &wanted, NULL) == 0)
		return 0;
	if (errno == EPERM && rlimit_get(pid, resource, &now_soft, &now_hard, NULL) == 0 &&
	    hard > now_hard)
		return err_set(err, ERR_DENIED, EPERM,
			       "%s: %s is above the present hard limit %s and needs "
			       "CAP_SYS_RESOURCE",
			       rlimit_name(resource), limit_text(hard, room[0]),
			       limit_text(now_hard, room[1]));
	return err_sys(err, errno, "set %s", rlimit_name(resource));
}
