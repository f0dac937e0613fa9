/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/verbs/ps.h"
#include "cli/verbs/verbs.h"

static const struct ps defaults = { .last = -1 };

static const struct cli_option options[] = {
	OPT(ps, all, "all", 'a', CLI_BOOL, NULL, "Those that do not run too", NULL),
	OPT(ps, filters, "filter", 'f', CLI_LIST, "filter",
	    "Only those with KEY=VALUE: ancestor, before, exited, id, label, name, network, since, "
	    "status",
	    "ancestor= before= exited= id= label= name= network= since= status="),
	OPT(ps, format, "format", 0, CLI_STRING, "string",
	    "How to print: json, table, 'table TEMPLATE' or a template", "json table"),
	OPT(ps, last, "last", 'n', CLI_INT, "int", "The last so many, in any state", NULL),
	OPT(ps, latest, "latest", 'l', CLI_BOOL, NULL, "The last one, in any state", NULL),
	OPT(ps, no_trunc, "no-trunc", 0, CLI_BOOL, NULL, "Whole ids and commands", NULL),
	OPT(ps, quiet, "quiet", 'q', CLI_BOOL, NULL, "Only the ids", NULL),
	OPT(ps, size, "size", 's', CLI_BOOL, NULL, "Bytes of the writable layer too", NULL),
	{ 0 },
};

static const char *const headings[][2] = {
	{ "Command", "COMMAND" },   { "CreatedAt", "CREATED AT" },
	{ "ID", "CONTAINER ID" },   { "Image", "IMAGE" },
	{ "Labels", "LABELS" },	    { "LocalVolumes", "LOCAL VOLUMES" },
	{ "Mounts", "MOUNTS" },	    { "Names", "NAMES" },
	{ "Networks", "NETWORKS" }, { "Platform", "PLATFORM" },
	{ "Ports", "PORTS" },	    { "RunningFor", "CREATED" },
	{ "Size", "SIZE" },	    { "State", "STATE" },
	{ "Status", "STATUS" },	    { NULL, NULL },
};

/* Never NULL: that is what tells the heading. */
static const json_t *labels_of(const json_t *summary)
{
	const json_t *labels = json_object_get(summary, "Labels");

	return labels ? labels : summary;
}

#define COLUMNS                                                                                  \
	"table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{." \
	"Names}}"

static const struct list_format format = { COLUMNS, "{{.ID}}", headings, cli_label_method };
static const struct list_format format_size = { COLUMNS "\t{{.Size}}", "{{.ID}}", headings,
						cli_label_method };

static int print(struct engine *engine, struct ps_selection *s, const struct ps *v,
		 struct formatter *f, struct err *err)
{
	bool size = v->size || formatter_uses(f, ".Size");
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->count; i++) {
		json_t *summary cleanup_json = NULL, *row cleanup_json = NULL;
		struct err one = { 0 };

		/* one that was removed meanwhile is no error of the list */
		if (container_summary(engine, s->items[i], size, &summary, &one) < 0) {
			if (one.class != ERR_NOT_FOUND)
				cli_complain("%s", one.text);
			continue;
		}
		r = ps_make_row(summary, v->no_trunc, size, &row, err);
		if (r >= 0)
			r = formatter_row(f, row, labels_of(summary), err);
	}
	return r;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct ps *v = values;
	struct formatter *f cleanup_formatter = NULL;
	struct ps_selection s cleanup_with(ps_selection_clear) = { 0 };
	struct engine *engine;
	int r = formatter_new(v->size ? &format_size : &format, v->format ? v->format : cli->format,
			      v->quiet, &f, err);

	if (r == 0)
		r = ps_check(v, err);
	if (r == 0)
		r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = ps_select(engine, v, &s, err);
	if (r == 0)
		r = print(engine, &s, v, f, err);
	if (r >= 0)
		r = formatter_end(f, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_ps = {
	.name = "ps",
	.usage = "[OPTIONS]",
	.summary = "List containers",
	.description =
	    "The state shown is the kernel's word at this moment. Filters of the same key are "
	    "alternatives, those of different keys must all hold; every label must hold.\n\n"
	    "Fields of a template: .ID .Names .Image .Command .CreatedAt .RunningFor .Ports .State "
	    ".Status .Size .Labels .Mounts .Networks .LocalVolumes .Platform and .Label \"KEY\".",
	.tables = { options },
	.values_size = sizeof(struct ps),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
};
