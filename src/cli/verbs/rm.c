/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"
#include "cli/verbs/verbs.h"

struct rm {
	bool force, volumes;
};

static const struct cli_option options[] = {
	OPT(rm, force, "force", 'f', CLI_BOOL, NULL, "Kill a running container first", NULL),
	OPT_REFUSED_BOOL("link", 'l', "links need the bridge network"),
	OPT(rm, volumes, "volumes", 'v', CLI_BOOL, NULL,
	    "Remove its anonymous volumes too (containers have none in this version)", NULL),
	{ 0 },
};

static int rm_one(struct cli *cli, const char *what, const void *values, struct err *err)
{
	struct container *c cleanup_container = NULL;
	const struct rm *v = values;
	struct engine *engine;
	int r = cli_load(cli, what, true, &engine, &c, err);

	/* -f promises that it is gone, and so it is. */
	if (r < 0 && v->force && err->class == ERR_NOT_FOUND) {
		cli_complain("%s", err->text);
		return CLI_EACH_SILENT;
	}
	return r < 0 ? r : container_remove(engine, c, v->force, err);
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	return cli_each_at_once(cli, argc, argv, values, rm_one);
}

const struct cli_verb verb_rm = {
	.name = "rm",
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Remove containers",
	.tables = { options },
	.min_args = 1,
	.max_args = -1,
	.values_size = sizeof(struct rm),
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@container",
};
