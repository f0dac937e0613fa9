/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_helper.h"
#include "cli/verbs/verbs.h"

struct import {
	struct strv change;
	const char *message, *expand_limit;
};

static const struct cli_option options[] = {
	OPT(import, change, "change", 'c', CLI_LIST, "list",
	    "A Dockerfile instruction for the image's configuration", NULL),
	OPT(import, expand_limit, "expand-limit", 0, CLI_STRING, "bytes",
	    "Most that the archive may unpack to, instead of limits by its size (0: any)", NULL),
	OPT(import, message, "message", 'm', CLI_STRING, "string",
	    "A comment for the image's history", NULL),
	OPT_REFUSED("platform", 0, "images of this machine's platform only"),
	{ 0 },
};

static int add_two(struct strv *words, const char *a, const char *b, struct err *err)
{
	return strv_add(words, a) < 0 || strv_add(words, b) < 0 ? err_oom(err) : 0;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct import *v = values;
	struct strv words cleanup_strv = { 0 };
	int r = strv_add(&words, "import") < 0 ? err_oom(err) : 0;

	if (str_starts(argv[0], "http://") || str_starts(argv[0], "https://"))
		return err_set(err, ERR_UNSUPPORTED, 95,
			       "import from a URL is not supported yet: fetch it, and import the "
			       "file");
	for (size_t i = 0; r == 0 && i < v->change.count; i++)
		r = add_two(&words, "--change", v->change.items[i], err);
	if (r == 0 && v->expand_limit)
		r = add_two(&words, "--expand-limit", v->expand_limit, err);
	if (r == 0 && v->message)
		r = add_two(&words, "--message", v->message, err);
	if (r == 0)
		r = add_two(&words, "--", argv[0], err);
	if (r == 0 && argc > 1 && strv_add(&words, argv[1]) < 0)
		r = err_oom(err);
	return r < 0 ? r : image_helper_exec(cli, &words, err);
}

const struct cli_verb verb_import = {
	.name = "import",
	.usage = "[OPTIONS] FILE|- [REPOSITORY[:TAG]]",
	.summary = "Make an image of one layer from a tar file",
	.tables = { options },
	.min_args = 1,
	.max_args = 2,
	.values_size = sizeof(struct import),
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@file",
};
