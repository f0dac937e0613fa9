/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"
#include "cli/verbs/verbs.h"

static int pause_one(struct cli *cli, const char *what, const void *values, struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct engine *engine;
	int r = cli_load(cli, what, true, &engine, &c, err);

	return r < 0 ? r : container_pause(engine, c, true, err);
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	return cli_each(cli, argc, argv, values, pause_one);
}

const struct cli_verb verb_pause = {
	.name = "pause",
	.usage = "CONTAINER [CONTAINER...]",
	.summary = "Freeze every process of running containers",
	.min_args = 1,
	.max_args = -1,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
