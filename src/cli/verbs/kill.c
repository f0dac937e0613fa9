/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"
#include "cli/verbs/verbs.h"

struct kill {
	const char *signal;
};

static const struct kill defaults = { .signal = "KILL" };

static const struct cli_option options[] = {
	OPT(kill, signal, "signal", 's', CLI_STRING, "string",
	    "Signal to send, by name or number (default KILL)", "@signal"),
	{ 0 },
};

static int kill_one(struct cli *cli, const char *what, const void *values, struct err *err)
{
	struct container *c cleanup_container = NULL;
	const struct kill *v = values;
	struct engine *engine;
	int r = cli_load(cli, what, true, &engine, &c, err);

	return r < 0 ? r : container_kill(engine, c, v->signal, err);
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	return cli_each(cli, argc, argv, values, kill_one);
}

const struct cli_verb verb_kill = {
	.name = "kill",
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Send a signal to running containers",
	.tables = { options },
	.min_args = 1,
	.max_args = -1,
	.values_size = sizeof(struct kill),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
