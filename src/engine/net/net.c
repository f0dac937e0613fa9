/* SPDX-License-Identifier: Apache-2.0 */
/* The table of drivers. Which driver a mode belongs to is decided by the word before ":". */
#include "engine/net/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/net/drivers.h"

static const struct net_driver *const drivers[] = {
	&net_driver_none,
	&net_driver_host,
	&net_driver_container,
};

void net_plan_clear(struct net_plan *plan)
{
	close_fd(&plan->join_fd);
	free(plan->join_id);
	*plan = NET_PLAN_INIT;
}

int net_driver_find(const char *mode, const struct net_driver **ret, struct err *err)
{
	size_t len = strcspn(mode, ":"), i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (strlen(drivers[i]->name) != len || strncmp(drivers[i]->name, mode, len) != 0)
			continue;
		*ret = drivers[i];
		return 0;
	}
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "network mode \"%s\" is not supported: use none, host or container:NAME",
		       mode);
}
