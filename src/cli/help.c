/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <string.h>

static int flag_width(const struct cli_option *option)
{
	return (int)strlen(option->name) + 8 + (option->arg ? (int)strlen(option->arg) + 1 : 0);
}

static int widest(cli_tables tables)
{
	int width = 0;

	for (size_t t = 0; t < CLI_TABLES_MAX && tables[t]; t++)
		for (const struct cli_option *o = tables[t]; o->name; o++)
			if (!cli_option_is_refused(o) && flag_width(o) > width)
				width = flag_width(o);
	return width;
}

static void print_flag(FILE *out, const struct cli_option *option, int width)
{
	char flag[128];

	if (option->letter)
		snprintf(flag, sizeof(flag), "  -%c, --%s", option->letter, option->name);
	else
		snprintf(flag, sizeof(flag), "      --%s", option->name);
	if (option->arg) {
		size_t used = strlen(flag);

		snprintf(flag + used, sizeof(flag) - used, " %s", option->arg);
	}
	fprintf(out, "%-*s   %s\n", width, flag, option->help);
}

/* The tables are each in the order of the alphabet: merged, so that the reader finds a flag. */
static const struct cli_option *next_flag(const struct cli_option **at)
{
	const struct cli_option *best;
	size_t which = CLI_TABLES_MAX;

	for (size_t t = 0; t < CLI_TABLES_MAX; t++) {
		while (at[t] && at[t]->name && cli_option_is_refused(at[t]))
			at[t]++;
		if (!at[t] || !at[t]->name)
			continue;
		if (which == CLI_TABLES_MAX || strcmp(at[t]->name, at[which]->name) < 0)
			which = t;
	}
	if (which == CLI_TABLES_MAX)
		return NULL;
	best = at[which]++;
	return best;
}

static void print_flags(FILE *out, const char *title, cli_tables tables)
{
	const struct cli_option *at[CLI_TABLES_MAX], *option;
	int width = widest(tables);

	if (width == 0)
		return;
	memcpy(at, tables, sizeof(at));
	fprintf(out, "\n%s:\n", title);
	while ((option = next_flag(at)))
		print_flag(out, option, width);
}

static void print_verbs(FILE *out, const char *group)
{
	for (const struct cli_route *r = cli_routes; r->name; r++) {
		if (r->verb->internal ||
		    (group ? !r->group || strcmp(group, r->group) != 0 : r->group != NULL))
			continue;
		fprintf(out, "  %-12s%s\n", r->name, r->verb->summary);
	}
}

void help_top(FILE *out)
{
	cli_tables tables = (const struct cli_option *[CLI_TABLES_MAX]){ cli_global_options };

	fprintf(out, "Usage:  coracle [OPTIONS] COMMAND\n\n"
		     "A complete container engine without a daemon\n\nCommands:\n");
	print_verbs(out, NULL);
	fprintf(
	    out,
	    "\nManagement forms:\n  container   The verbs of containers: coracle container run, ls, …\n"
	    "  image       The verbs of images: coracle image ls, rm, …\n"
	    "  system      coracle system info, events\n");
	print_flags(out, "Global options", tables);
	fprintf(out, "\nSee 'coracle COMMAND --help' for a command's own options.\n");
}

void help_group(FILE *out, const char *group)
{
	fprintf(out, "Usage:  coracle %s COMMAND\n\nCommands:\n", group);
	print_verbs(out, group);
	fprintf(out, "\nSee 'coracle %s COMMAND --help' for a command's own options.\n", group);
}

static void print_refused(FILE *out, const struct cli_verb *verb)
{
	int column = 0;

	for (size_t t = 0; t < CLI_TABLES_MAX && verb->tables[t]; t++)
		for (const struct cli_option *o = verb->tables[t]; o->name; o++) {
			if (!cli_option_is_refused(o))
				continue;
			if (column == 0)
				fprintf(out, "\nKnown to Docker and refused by name here:\n ");
			if (column + strlen(o->name) > 88) {
				fprintf(out, "\n ");
				column = 0;
			}
			column += fprintf(out, " --%s", o->name);
		}
	if (column)
		fprintf(out, "\n");
}

void help_verb(FILE *out, const struct cli_verb *verb)
{
	bool first = true;

	fprintf(out, "Usage:  coracle %s %s\n\n%s\n", verb->name, verb->usage, verb->summary);
	for (const struct cli_route *r = cli_routes; r->name; r++) {
		if (r->verb != verb || !r->group)
			continue;
		fprintf(out, "%scoracle %s %s", first ? "\nAliases:\n  " : ", ", r->group, r->name);
		first = false;
	}
	if (!first)
		fprintf(out, "\n");
	print_flags(out, "Options", verb->tables);
	print_refused(out, verb);
}
