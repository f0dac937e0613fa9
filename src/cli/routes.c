/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to say every verb. */
#include "cli/verbs/verbs.h"

const struct cli_route cli_routes[] = {
	{ NULL, "attach", &verb_attach },
	{ NULL, "create", &verb_create },
	{ NULL, "diff", &verb_diff },
	{ NULL, "doctor", &verb_doctor },
	{ NULL, "events", &verb_events },
	{ NULL, "exec", &verb_exec },
	{ NULL, "images", &verb_images },
	{ NULL, "import", &verb_import },
	{ NULL, "info", &verb_info },
	{ NULL, "inspect", &verb_inspect },
	{ NULL, "internal", &verb_internal },
	{ NULL, "kill", &verb_kill },
	{ NULL, "load", &verb_load },
	{ NULL, "logs", &verb_logs },
	{ NULL, "pause", &verb_pause },
	{ NULL, "port", &verb_port },
	{ NULL, "ps", &verb_ps },
	{ NULL, "rename", &verb_rename },
	{ NULL, "restart", &verb_restart },
	{ NULL, "rm", &verb_rm },
	{ NULL, "rmi", &verb_rmi },
	{ NULL, "run", &verb_run },
	{ NULL, "start", &verb_start },
	{ NULL, "stats", &verb_stats },
	{ NULL, "stop", &verb_stop },
	{ NULL, "tag", &verb_tag },
	{ NULL, "top", &verb_top },
	{ NULL, "unpause", &verb_unpause },
	{ NULL, "version", &verb_version },
	{ NULL, "wait", &verb_wait },

	{ "container", "attach", &verb_attach },
	{ "container", "create", &verb_create },
	{ "container", "diff", &verb_diff },
	{ "container", "exec", &verb_exec },
	{ "container", "inspect", &verb_inspect_container },
	{ "container", "kill", &verb_kill },
	{ "container", "logs", &verb_logs },
	{ "container", "ls", &verb_ps },
	{ "container", "list", &verb_ps },
	{ "container", "ps", &verb_ps },
	{ "container", "pause", &verb_pause },
	{ "container", "port", &verb_port },
	{ "container", "rename", &verb_rename },
	{ "container", "restart", &verb_restart },
	{ "container", "rm", &verb_rm },
	{ "container", "remove", &verb_rm },
	{ "container", "run", &verb_run },
	{ "container", "start", &verb_start },
	{ "container", "stats", &verb_stats },
	{ "container", "stop", &verb_stop },
	{ "container", "top", &verb_top },
	{ "container", "unpause", &verb_unpause },
	{ "container", "wait", &verb_wait },

	{ "image", "import", &verb_import },
	{ "image", "inspect", &verb_inspect_image },
	{ "image", "load", &verb_load },
	{ "image", "ls", &verb_images },
	{ "image", "list", &verb_images },
	{ "image", "rm", &verb_rmi },
	{ "image", "remove", &verb_rmi },
	{ "image", "tag", &verb_tag },

	{ "network", "connect", &verb_network_connect },
	{ "network", "create", &verb_network_create },
	{ "network", "disconnect", &verb_network_disconnect },
	{ "network", "inspect", &verb_inspect_network },
	{ "network", "ls", &verb_network_ls },
	{ "network", "list", &verb_network_ls },
	{ "network", "prune", &verb_network_prune },
	{ "network", "rm", &verb_network_rm },
	{ "network", "remove", &verb_network_rm },

	{ "system", "events", &verb_events },
	{ "system", "info", &verb_info },
	{ 0 },
};

const struct cli_verb *cli_find_verb(const char *group, const char *name)
{
	for (const struct cli_route *r = cli_routes; r->name; r++)
		if ((group ? r->group && str_eq(r->group, group) : !r->group) &&
		    str_eq(r->name, name))
			return r->verb;
	return NULL;
}

bool cli_is_group(const char *name)
{
	for (const struct cli_route *r = cli_routes; r->name; r++)
		if (r->group && str_eq(r->group, name))
			return true;
	return false;
}

bool cli_route_is_first(const struct cli_route *route)
{
	for (const struct cli_route *r = cli_routes; r != route; r++)
		if (r->verb == route->verb)
			return false;
	return true;
}
