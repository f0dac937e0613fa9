/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers use. A rate is between two measurements a second apart, so the first picture of
 * the live view has none, and --no-stream waits for its second one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/verbs/stats.h"
#include "cli/verbs/verbs.h"

#define HOME_AND_CLEAR "\033[H\033[J"

static const struct cli_option options[] = {
	OPT(stats, all, "all", 'a', CLI_BOOL, NULL, "Those that do not run too", NULL),
	OPT(stats, format, "format", 0, CLI_STRING, "string",
	    "How to print: json, table, 'table TEMPLATE' or a template", "json table"),
	OPT(stats, no_stream, "no-stream", 0, CLI_BOOL, NULL, "Print once, and quit", NULL),
	OPT(stats, no_trunc, "no-trunc", 0, CLI_BOOL, NULL, "Whole ids", NULL),
	{ 0 },
};

static const char *const headings[][2] = {
	{ "BlockIO", "BLOCK I/O" },   { "CPUPerc", "CPU %" },
	{ "Container", "CONTAINER" }, { "ID", "CONTAINER ID" },
	{ "MemPerc", "MEM %" },	      { "MemUsage", "MEM USAGE / LIMIT" },
	{ "Name", "NAME" },	      { "NetIO", "NET I/O" },
	{ "PIDs", "PIDS" },	      { NULL, NULL },
};

static const struct list_format format = {
	"table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"
	"{{.BlockIO}}\t{{.PIDs}}",
	NULL, headings, NULL
};

static int print(const struct stats_picture *picture, const struct stats *v, const char *text,
		 struct err *err)
{
	struct formatter *f cleanup_formatter = NULL;
	int r = formatter_new(&format, text, false, &f, err);

	for (size_t i = 0; r >= 0 && i < picture->count; i++) {
		json_t *row cleanup_json = NULL;

		r = stats_make_row(&picture->items[i], v->no_trunc, &row, err);
		if (r >= 0)
			r = formatter_row(f, row, NULL, err);
	}
	if (r < 0)
		return r;
	if (!v->no_stream && isatty(STDOUT_FILENO))
		fputs(HOME_AND_CLEAR, stdout);
	r = formatter_end(f, err);
	if (r == 0 && fflush(stdout) != 0)
		r = err_sys(err, errno, "write to standard output");
	return r;
}

/* Named ones that are gone leave the picture; without any there is nothing more to show. */
static int show(struct engine *engine, const struct stats *v, const struct stats_wanted *wanted,
		const char *text, struct err *err)
{
	struct stats_picture now cleanup_with(stats_picture_clear) = { 0 };
	int r = stats_take(engine, v, wanted, NULL, &now, err);

	if (r == 0 && !v->no_stream)
		r = print(&now, v, text, err);
	while (r == 0) {
		struct stats_picture before cleanup_with(stats_picture_clear) = now;

		now = (struct stats_picture){ 0 };
		sleep(1);
		r = stats_take(engine, v, wanted, &before, &now, err);
		if (r < 0 || (wanted->count && !now.count))
			return r;
		r = print(&now, v, text, err);
		if (v->no_stream)
			return r;
	}
	return r;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct stats *v = values;
	const char *text = v->format ? v->format : cli->format;
	struct stats_wanted wanted = { argv, (size_t)argc };
	struct formatter *f cleanup_formatter = NULL;
	struct engine *engine;
	int r = formatter_new(&format, text, false, &f, err); /* a wrong format fails at once */

	if (r == 0)
		r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = show(engine, v, &wanted, text, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_stats = {
	.name = "stats",
	.usage = "[OPTIONS] [CONTAINER...]",
	.summary = "Show what containers use",
	.description =
	    "A live view, measured anew each second on the host's side: nothing is run in a "
	    "container. Without containers all that run are shown. NET I/O is what the interfaces "
	    "of the container's own network received and sent; with the host's network, and "
	    "where a control group's controller is not there, \"--\" is shown: it is not "
	    "known.\n\n"
	    "Fields of a template: .Container .ID .Name .CPUPerc .MemUsage .MemPerc .NetIO "
	    ".BlockIO .PIDs.",
	.tables = { options },
	.max_args = -1,
	.values_size = sizeof(struct stats),
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
