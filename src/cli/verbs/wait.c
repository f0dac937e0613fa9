/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/container.h"
#include "cli/verbs/verbs.h"

static int wait_one(struct cli *cli, const char *what, struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct engine *engine;
	int status = 0;
	int r = cli_load(cli, what, false, &engine, &c, err);

	if (r == 0)
		r = container_wait(engine, c->id, WAIT_NOT_RUNNING, &status, err);
	if (r >= 0) {
		printf("%d\n", status);
		fflush(stdout);
	}
	return r;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	int status = EXIT_SUCCESS;

	for (int i = 0; i < argc; i++) {
		struct err one = { 0 };

		if (wait_one(cli, argv[i], &one) < 0) {
			cli_complain("%s", one.text);
			status = EXIT_FAILED;
		}
	}
	return status;
}

const struct cli_verb verb_wait = {
	.name = "wait",
	.usage = "CONTAINER [CONTAINER...]",
	.summary = "Wait until containers have ended, then print their exit statuses",
	.min_args = 1,
	.max_args = -1,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
