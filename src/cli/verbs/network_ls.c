/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/verbs/network.h"
#include "cli/verbs/verbs.h"
#include "engine/container/container.h"
#include "engine/net/network.h"

struct network_ls {
	bool quiet, no_trunc;
	const char *format;
	struct strv filters;
};

static const struct cli_option options[] = {
	OPT(network_ls, filters, "filter", 'f', CLI_LIST, "filter",
	    "Only those with KEY=VALUE: dangling, driver, id, label, name, scope, type",
	    "dangling= driver= id= label= name= scope= type="),
	OPT(network_ls, format, "format", 0, CLI_STRING, "string",
	    "How to print: json, table, 'table TEMPLATE' or a template", "json table"),
	OPT(network_ls, no_trunc, "no-trunc", 0, CLI_BOOL, NULL, "Whole ids", NULL),
	OPT(network_ls, quiet, "quiet", 'q', CLI_BOOL, NULL, "Only the ids", NULL),
	{ 0 },
};

static const char *const headings[][2] = {
	{ "CreatedAt", "CREATED AT" },
	{ "Driver", "DRIVER" },
	{ "ID", "NETWORK ID" },
	{ "IPv4", "IPV4" },
	{ "IPv6", "IPV6" },
	{ "Internal", "INTERNAL" },
	{ "Labels", "LABELS" },
	{ "Name", "NAME" },
	{ "Scope", "SCOPE" },
	{ NULL, NULL },
};

static const struct list_format format = { "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
					   "{{.ID}}", headings, cli_label_method };

/* --- filters --------------------------------------------------------------------------------- */

static const char *text_of(const struct network *n, const char *key)
{
	const char *text = json_string_value(json_object_get(n->doc, key));

	return text ? text : "";
}

static bool match_driver(const void *arg, const char *value)
{
	return str_eq(text_of(arg, "Driver"), value);
}

static bool match_id(const void *arg, const char *value)
{
	return str_starts(((const struct network *)arg)->id, value);
}

/* Docker's is a part of the name. */
static bool match_name(const void *arg, const char *value)
{
	return strstr(((const struct network *)arg)->name, value) != NULL;
}

static bool match_scope(const void *arg, const char *value)
{
	return str_eq(text_of(arg, "Scope"), value);
}

static bool match_type(const void *arg, const char *value)
{
	bool predefined = network_is_predefined(((const struct network *)arg)->name);

	return str_eq(value, predefined ? "builtin" : "custom");
}

bool network_labels_match(const struct network *n, const struct strv *filters)
{
	const json_t *labels = json_object_get(n->doc, "Labels");

	for (size_t i = 0; i < filters->count; i++) {
		const char *filter = filters->items[i];

		if (str_starts(filter, "label=") &&
		    !cli_label_matches(labels, filter + strlen("label=")))
			return false;
		if (str_starts(filter, "label!=") &&
		    cli_label_matches(labels, filter + strlen("label!=")))
			return false;
	}
	return true;
}

/* Whether no container, running or not, is on it; and none of the predefined ones. */
int network_is_dangling(struct engine *engine, const struct network *n, bool *ret, struct err *err)
{
	struct container **list;
	size_t count;
	int r;

	*ret = false;
	if (network_is_predefined(n->name))
		return 0;
	r = container_list(engine, &list, &count, err);
	if (r < 0)
		return r;
	*ret = true;
	for (size_t i = 0; i < count; i++)
		if (json_object_get(json_object_get(list[i]->config, "Networks"), n->name))
			*ret = false;
	container_list_free(list, count);
	return 0;
}

static int check(const struct network_ls *v, struct err *err)
{
	static const char *const known[] = { "dangling", "driver", "id",   "label",
					     "name",	 "scope",  "type", NULL };
	int r = cli_check_filters(&v->filters, known, err);

	for (size_t i = 0; r == 0 && i < v->filters.count; i++) {
		const char *filter = v->filters.items[i];
		bool yes;

		if (str_starts(filter, "dangling="))
			r = str_to_bool(filter + strlen("dangling="), "--filter dangling", &yes,
					err);
		if (str_starts(filter, "type=") && !str_eq(filter, "type=custom") &&
		    !str_eq(filter, "type=builtin"))
			r = err_invalid(err, "invalid filter '%s': custom or builtin", filter);
	}
	return r;
}

/* 1: shown. */
static int is_shown(struct engine *engine, const struct network_ls *v, const struct network *n,
		    struct err *err)
{
	bool wanted, dangling;
	int r;

	if (!cli_filter(&v->filters, "driver", match_driver, n) ||
	    !cli_filter(&v->filters, "id", match_id, n) ||
	    !cli_filter(&v->filters, "name", match_name, n) ||
	    !cli_filter(&v->filters, "scope", match_scope, n) ||
	    !cli_filter(&v->filters, "type", match_type, n) ||
	    !network_labels_match(n, &v->filters))
		return 0;
	for (size_t i = 0; i < v->filters.count; i++) {
		if (!str_starts(v->filters.items[i], "dangling="))
			continue;
		str_to_bool(v->filters.items[i] + strlen("dangling="), "", &wanted, NULL);
		r = network_is_dangling(engine, n, &dangling, err);
		if (r < 0)
			return r;
		if (dangling != wanted)
			return 0;
	}
	return 1;
}

/* --- rows ------------------------------------------------------------------------------------ */

static int print_row(struct formatter *f, const struct network *n, const struct network_ls *v,
		     struct err *err)
{
	json_t *labels = json_object_get(n->doc, "Labels");
	char *joined cleanup_free = cli_join_labels(labels);
	char id[65], created[64];
	json_t *row cleanup_json = NULL;

	if (!joined)
		return err_oom(err);
	row = json_pack("{ss ss ss ss ss ss ss ss ss}", "ID",
			v->no_trunc ? n->id : cli_short_id(n->id, id), "Name", n->name, "Driver",
			text_of(n, "Driver"), "Scope", text_of(n, "Scope"), "CreatedAt",
			cli_local_time(n->created_ns / 1000000000, created), "IPv4",
			ip_is_set(&n->v4.subnet.ip) ? "true" : "false", "IPv6",
			ip_is_set(&n->v6.subnet.ip) ? "true" : "false", "Internal",
			n->internal ? "true" : "false", "Labels", joined);
	/* never NULL: that is what tells the heading */
	return row ? formatter_row(f, row, labels ? labels : n->doc, err) : err_oom(err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct network *const *)a)->name, (*(struct network *const *)b)->name);
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct network_ls *v = values;
	struct formatter *f cleanup_formatter = NULL;
	struct network **list = NULL;
	struct engine *engine;
	size_t count = 0;
	int r = formatter_new(&format, v->format ? v->format : cli->format, v->quiet, &f, err);

	if (r == 0)
		r = check(v, err);
	if (r == 0)
		r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = network_list(engine, &list, &count, err);
	if (count)
		qsort(list, count, sizeof(*list), by_name);
	for (size_t i = 0; r >= 0 && i < count; i++) {
		r = is_shown(engine, v, list[i], err);
		if (r > 0)
			r = print_row(f, list[i], v, err);
	}
	network_list_free(list, count);
	if (r >= 0)
		r = formatter_end(f, err);
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_network_ls = {
	.name = "network ls",
	.usage = "[OPTIONS]",
	.summary = "List networks",
	.description = "Fields of a template: .ID .Name .Driver .Scope .IPv4 .IPv6 .Internal "
		       ".Labels .CreatedAt and .Label \"KEY\".",
	.tables = { options },
	.values_size = sizeof(struct network_ls),
	.fail_status = EXIT_FAILED,
	.run = run,
};
