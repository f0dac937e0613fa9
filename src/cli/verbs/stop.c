/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"
#include "cli/verbs/verbs.h"

struct stop {
	int64_t timeout;
	const char *signal;
};

static const struct stop defaults = { .timeout = CLI_UNSET };

static const struct cli_option options[] = {
	OPT(stop, signal, "signal", 's', CLI_STRING, "string",
	    "Signal to send instead of the container's own stop signal", "@signal"),
	OPT(stop, timeout, "time", 0, CLI_INT, "int", "The same as --timeout", NULL),
	OPT(stop, timeout, "timeout", 't', CLI_INT, "int",
	    "Seconds to wait before the container is killed (-1: for ever)", NULL),
	{ 0 },
};

static int stop_one(struct cli *cli, const char *what, const void *values, struct err *err)
{
	struct container *c cleanup_container = NULL;
	const struct stop *v = values;
	struct engine *engine;
	int timeout;
	int r = cli_timeout(v->timeout, &timeout, err);

	if (r == 0)
		r = cli_load(cli, what, true, &engine, &c, err);
	return r < 0 ? r : container_stop(engine, c, timeout, v->signal, err);
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	return cli_each_at_once(cli, argc, argv, values, stop_one);
}

const struct cli_verb verb_stop = {
	.name = "stop",
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Stop running containers",
	.description =
	    "The stop signal is sent to the container's first process; what has not ended when the "
	    "time is over is killed. Several containers are stopped at the same time.",
	.tables = { options },
	.min_args = 1,
	.max_args = -1,
	.values_size = sizeof(struct stop),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
