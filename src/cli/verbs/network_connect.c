/* SPDX-License-Identifier: Apache-2.0 */
/* network connect and network disconnect. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/run/run.h"
#include "cli/verbs/verbs.h"
#include "engine/net/attach.h"

struct connect {
	const char *ip, *ip6, *gw_priority;
	struct strv alias, driver_opt;
};

static const struct cli_option connect_options[] = {
	OPT(connect, alias, "alias", 0, CLI_LIST, "list", "A further name of the container there",
	    NULL),
	OPT(connect, driver_opt, "driver-opt", 0, CLI_LIST, "list", "KEY=VALUE for the driver",
	    NULL),
	OPT(connect, gw_priority, "gw-priority", 0, CLI_STRING, "int",
	    "Of all its networks that with the highest has the default route", NULL),
	OPT(connect, ip, "ip", 0, CLI_STRING, "ip", "IPv4 address", NULL),
	OPT(connect, ip6, "ip6", 0, CLI_STRING, "ip", "IPv6 address", NULL),
	OPT_REFUSED("link", 0, "links do not exist: use --alias"),
	OPT_REFUSED("link-local-ip", 0, "interfaces get the address that the kernel makes"),
	{ 0 },
};

static int make_settings(const struct connect *v, json_t *settings, struct err *err)
{
	int r = v->ip ? run_endpoint_set(settings, "ip", v->ip, err) : 0;

	if (r == 0 && v->ip6)
		r = run_endpoint_set(settings, "ip6", v->ip6, err);
	if (r == 0 && v->gw_priority)
		r = run_endpoint_set(settings, "gw-priority", v->gw_priority, err);
	for (size_t i = 0; r == 0 && i < v->alias.count; i++)
		r = run_endpoint_alias(settings, v->alias.items[i], err);
	for (size_t i = 0; r == 0 && i < v->driver_opt.count; i++)
		r = run_endpoint_option(settings, v->driver_opt.items[i], err);
	return r;
}

static int run_connect(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct container *c cleanup_container = NULL;
	json_t *settings cleanup_json = json_object();
	struct engine *engine;
	int r = settings ? make_settings(values, settings, err) : err_oom(err);

	if (r == 0)
		r = cli_load(cli, argv[1], true, &engine, &c, err);
	if (r == 0)
		r = net_connect(engine, c, argv[0], settings, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_network_connect = {
	.name = "network connect",
	.usage = "[OPTIONS] NETWORK CONTAINER",
	.summary = "Put a container on a further network",
	.description = "One that runs gets its interface now, any other at its next start.",
	.tables = { connect_options },
	.min_args = 2,
	.max_args = 2,
	.values_size = sizeof(struct connect),
	.fail_status = EXIT_FAILED,
	.run = run_connect,
	.complete = "@network",
};

struct disconnect {
	bool force;
};

static const struct cli_option disconnect_options[] = {
	OPT(disconnect, force, "force", 'f', CLI_BOOL, NULL,
	    "Forget it although its interface cannot be removed", NULL),
	{ 0 },
};

static int run_disconnect(struct cli *cli, const void *values, int argc, char **argv,
			  struct err *err)
{
	const struct disconnect *v = values;
	struct container *c cleanup_container = NULL;
	struct engine *engine;
	int r = cli_load(cli, argv[1], true, &engine, &c, err);

	if (r == 0)
		r = net_disconnect(engine, c, argv[0], v->force, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_network_disconnect = {
	.name = "network disconnect",
	.usage = "[OPTIONS] NETWORK CONTAINER",
	.summary = "Take a container off a network",
	.tables = { disconnect_options },
	.min_args = 2,
	.max_args = 2,
	.values_size = sizeof(struct disconnect),
	.fail_status = EXIT_FAILED,
	.run = run_disconnect,
	.complete = "@network",
};
