/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "cli/container.h"
#include "cli/help.h"
#include "cli/verbs/verbs.h"
#include "engine/root/root.h"

/* cleanup ID RUN [EXEC_ID]: what a monitor becomes when its process has ended. */
static int cleanup(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct engine *engine;
	uint64_t run = 0;
	int r;

	if (argc < 2 || argc > 3)
		return err_invalid(err, "internal cleanup: ID RUN [EXEC_ID]");
	/* removed while the container ran: there is nothing to finish, and nothing to make again */
	if (cli->root && !root_is_there(cli->root))
		return EXIT_SUCCESS;
	r = str_to_u64(argv[1], UINT64_MAX, "run", &run, err);
	if (r == 0)
		r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = container_cleanup(engine, argv[0], run, argc > 2 ? argv[2] : NULL, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	int r;

	if (str_eq(argv[0], "cleanup"))
		return cleanup(cli, argc - 1, argv + 1, err);
	if (str_eq(argv[0], "man") && argc == 2) {
		r = man_write_all(argv[1], err);
		return r < 0 ? r : EXIT_SUCCESS;
	}
	if (str_eq(argv[0], "completion") && argc == 2) {
		r = complete_write(stdout, argv[1], err);
		return r < 0 ? r : EXIT_SUCCESS;
	}
	return err_invalid(err, "internal: cleanup ID RUN [EXEC_ID], man DIRECTORY, or completion "
				"bash|zsh|fish");
}

const struct cli_verb verb_internal = {
	.name = "internal",
	.usage = "cleanup|man|completion ARG...",
	.summary = "What coracle's own programs and its installation call",
	.min_args = 1,
	.max_args = -1,
	.flags_first = true,
	.fail_status = EXIT_FAILED,
	.run = run,
	.internal = true,
};
