/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"
#include "cli/verbs/verbs.h"

struct restart {
	int64_t timeout;
	const char *signal;
};

static const struct restart defaults = { .timeout = CLI_UNSET };

static const struct cli_option options[] = {
	OPT(restart, signal, "signal", 's', CLI_STRING, "string",
	    "Signal to send instead of the container's own stop signal", "@signal"),
	OPT(restart, timeout, "time", 0, CLI_INT, "int", "The same as --timeout", NULL),
	OPT(restart, timeout, "timeout", 't', CLI_INT, "int",
	    "Seconds to wait before the container is killed (-1: for ever)", NULL),
	{ 0 },
};

/* Under one lock, so that nobody sees, or uses, the moment between. */
static int restart_one(struct cli *cli, const char *what, const void *values, struct err *err)
{
	struct container *c cleanup_container = NULL;
	const struct restart *v = values;
	struct engine *engine;
	int timeout;
	int r = cli_timeout(v->timeout, &timeout, err);

	if (r == 0)
		r = cli_load(cli, what, true, &engine, &c, err);
	if (r == 0)
		r = container_restart(engine, c, timeout, v->signal, err);
	return r;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	return cli_each_at_once(cli, argc, argv, values, restart_one);
}

const struct cli_verb verb_restart = {
	.name = "restart",
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Stop containers and start them again",
	.tables = { options },
	.min_args = 1,
	.max_args = -1,
	.values_size = sizeof(struct restart),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
	.starts = true,
	.complete = "@container",
};
