/* SPDX-License-Identifier: Apache-2.0 */
/* container:NAME: the network namespace of a running container, found by its id at each start. */
#include <sched.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/container/join.h"
#include "engine/net/drivers.h"

static int check(struct engine *engine, const char *mode, char **ret_mode, struct err *err)
{
	return container_join_check(engine, "network", mode, ret_mode, err);
}

static int plan(struct engine *engine, const char *mode, struct net_plan *ret, struct err *err)
{
	struct net_plan p = NET_PLAN_INIT;
	int r = container_join_open(engine, mode, CLONE_NEWNET, &p.join_fd, &p.join_id, err);

	if (r == 0)
		*ret = p;
	return r;
}

const struct net_driver net_driver_container = {
	.name = "container",
	.check = check,
	.plan = plan,
};
