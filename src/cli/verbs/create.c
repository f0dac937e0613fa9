/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/run/run.h"
#include "cli/verbs/verbs.h"
#include "engine/container/container.h"

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct engine *engine;
	int r = run_create(cli, values, RUN_CREATED, argc, argv, &engine, &c, err);

	if (r < 0)
		return r;
	printf("%s\n", c->id);
	return EXIT_SUCCESS;
}

const struct cli_verb verb_create = {
	.name = "create",
	.usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Make a container without starting it",
	.tables = { run_common_options, run_refused_options },
	.min_args = 1,
	.max_args = -1,
	.flags_first = true,
	.values_size = sizeof(struct run),
	.defaults = &run_defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@image",
};
