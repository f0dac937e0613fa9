/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "cli/container.h"
#include "cli/verbs/verbs.h"

struct logs {
	bool follow, timestamps;
	const char *since, *until, *tail;
};

static const struct logs defaults = { .tail = "all" };

static const struct cli_option options[] = {
	OPT_REFUSED_BOOL("details", 0, "the log drivers of this version record none"),
	OPT(logs, follow, "follow", 'f', CLI_BOOL, NULL, "Go on with what is written from now on",
	    NULL),
	OPT(logs, since, "since", 0, CLI_STRING, "time",
	    "Only what was written since (RFC 3339, Unix seconds, or 10m for ten minutes ago)",
	    NULL),
	OPT(logs, tail, "tail", 'n', CLI_STRING, "lines", "So many of the last lines, or all",
	    "all"),
	OPT(logs, timestamps, "timestamps", 't', CLI_BOOL, NULL, "Put its time before each line",
	    NULL),
	OPT(logs, until, "until", 0, CLI_STRING, "time", "Only what was written before", NULL),
	{ 0 },
};

struct printer {
	bool timestamps;
	bool within[2]; /* a line of the stream has begun and not ended */
	int failed;	/* errno of a write */
};

static int print_record(void *arg, int stream, int64_t time_ns, const char *data, size_t len)
{
	struct printer *p = arg;
	int fd = stream == 2 ? STDERR_FILENO : STDOUT_FILENO;
	bool *within = &p->within[stream == 2];
	char time[TIME_TEXT_MAX + 1];
	int r = 0;

	if (p->timestamps && !*within && len) {
		time_format(time_ns, time);
		strcat(time, " ");
		r = fd_write_all(fd, time, strlen(time));
	}
	if (r == 0)
		r = fd_write_all(fd, data, len);
	if (len)
		*within = data[len - 1] != '\n';
	p->failed = -r;
	return r;
}

static int parse_tail(const char *text, int64_t *ret)
{
	uint64_t lines;

	*ret = -1;
	/* what is no number means all, as Docker has it */
	if (str_to_u64(text, INT64_MAX, "--tail", &lines, NULL) == 0)
		*ret = (int64_t)lines;
	return 0;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct logs *v = values;
	struct container *c cleanup_container = NULL;
	struct printer printer = { .timestamps = v->timestamps };
	struct logs_opts opts = {
		.out = true, .err = true, .follow = v->follow, .timestamps = v->timestamps
	};
	struct engine *engine;
	int r = parse_tail(v->tail, &opts.tail);

	if (r == 0 && v->since)
		r = cli_parse_time(v->since, "--since", &opts.since_ns, err);
	if (r == 0 && v->until)
		r = cli_parse_time(v->until, "--until", &opts.until_ns, err);
	if (r == 0)
		r = cli_load(cli, argv[0], false, &engine, &c, err);
	if (r == 0)
		r = container_logs(engine, c, &opts, print_record, &printer, err);
	if (printer.failed)
		return err_sys(err, printer.failed, "write to standard output");
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_logs = {
	.name = "logs",
	.usage = "[OPTIONS] CONTAINER",
	.summary = "Show what a container wrote",
	.description = "What the container wrote to its standard error goes to standard error.",
	.tables = { options },
	.min_args = 1,
	.max_args = 1,
	.values_size = sizeof(struct logs),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@container",
};
