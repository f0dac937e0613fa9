/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"
#include "cli/verbs/verbs.h"

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct engine *engine;
	int r = cli_load(cli, argv[0], true, &engine, &c, err);

	return r < 0 ? r : container_rename(engine, c, argv[1], err);
}

const struct cli_verb verb_rename = {
	.name = "rename",
	.usage = "CONTAINER NEW_NAME",
	.summary = "Give a container another name",
	.min_args = 2,
	.max_args = 2,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@container",
};
