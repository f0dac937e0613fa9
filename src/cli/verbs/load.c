/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_helper.h"
#include "cli/verbs/verbs.h"

#include <unistd.h>

struct load {
	const char *input, *expand_limit;
	bool quiet;
};

static const struct cli_option options[] = {
	OPT(load, expand_limit, "expand-limit", 0, CLI_STRING, "bytes",
	    "Most that the archive may unpack to, instead of limits by its size (0: any)", NULL),
	OPT(load, input, "input", 'i', CLI_STRING, "string",
	    "Read from this file instead of standard input", "@file"),
	OPT_REFUSED("platform", 0, "images of this machine's platform only"),
	OPT(load, quiet, "quiet", 'q', CLI_BOOL, NULL, "Only say what was loaded", NULL),
	{ 0 },
};

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct load *v = values;
	struct strv words cleanup_strv = { 0 };

	if (!v->input && isatty(STDIN_FILENO))
		return err_invalid(err, "requested load from stdin, but stdin is empty");
	if (strv_add(&words, "load") < 0 ||
	    (v->expand_limit &&
	     (strv_add(&words, "--expand-limit") < 0 || strv_add(&words, v->expand_limit) < 0)) ||
	    (v->quiet && strv_add(&words, "--quiet") < 0) ||
	    (v->input && (strv_add(&words, "--input") < 0 || strv_add(&words, v->input) < 0)))
		return err_oom(err);
	return image_helper_exec(cli, &words, err);
}

const struct cli_verb verb_load = {
	.name = "load",
	.usage = "[OPTIONS]",
	.summary = "Load images from an archive",
	.description = "The archive is what `docker save` writes, or an OCI layout in a tar file, "
		       "compressed or not.",
	.tables = { options },
	.values_size = sizeof(struct load),
	.fail_status = EXIT_FAILED,
	.run = run,
};
