/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"
#include "cli/verbs/verbs.h"
#include "engine/image/image.h"

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct engine *engine;
	int r = cli_engine(cli, &engine, err);

	return r < 0 ? r : image_tag(engine, argv[0], argv[1], err);
}

const struct cli_verb verb_tag = {
	.name = "tag",
	.usage = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
	.summary = "Give an image a further name",
	.min_args = 2,
	.max_args = 2,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@image",
};
