/* SPDX-License-Identifier: Apache-2.0 */
/* none and host: modes without parameters or state. */
#include <string.h>

#include "base/str.h"
#include "engine/net/drivers.h"

static int check_plain(struct engine *engine, const char *mode, char **ret_mode, struct err *err)
{
	if (strchr(mode, ':'))
		return err_invalid(err, "network mode \"%s\" takes no parameter", mode);
	*ret_mode = strdup(mode);
	return *ret_mode ? 0 : err_oom(err);
}

static int plan_none(struct engine *engine, const char *mode, struct net_plan *ret, struct err *err)
{
	*ret = (struct net_plan){ .new_namespace = true, .join_fd = -1 };
	return 0;
}

static int plan_host(struct engine *engine, const char *mode, struct net_plan *ret, struct err *err)
{
	*ret = NET_PLAN_INIT;
	return 0;
}

const struct net_driver net_driver_none = {
	.name = "none",
	.check = check_plain,
	.plan = plan_none,
};

const struct net_driver net_driver_host = {
	.name = "host",
	.check = check_plain,
	.plan = plan_host,
};
