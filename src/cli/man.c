/* SPDX-License-Identifier: Apache-2.0 */
/* Man pages out of the tables: man(7) macros, one page for each verb and one for all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "cli/help.h"

/* Text as roff wants it: a backslash, a hyphen that is a minus, and no control line by accident. */
static void put_text(FILE *out, const char *text)
{
	bool line_start = true;

	for (; *text; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
		line_start = *text == '\n';
	}
}

/* Paragraphs are parted by an empty line. */
static void put_paragraphs(FILE *out, const char *text)
{
	const char *end;

	while ((end = strstr(text, "\n\n"))) {
		char *paragraph cleanup_free = strndup(text, (size_t)(end - text));

		put_text(out, paragraph ? paragraph : "");
		fputs("\n.PP\n", out);
		text = end + 2;
	}
	put_text(out, text);
	fputc('\n', out);
}

static void put_heading(FILE *out, const char *name, const char *summary)
{
	char dashed[64];

	snprintf(dashed, sizeof(dashed), "%s", name);
	for (char *p = dashed; *p; p++)
		if (*p == ' ')
			*p = '-';
	fputs(".TH ", out);
	for (const char *p = dashed; *p; p++)
		fputc(*p >= 'a' && *p <= 'z' ? *p - 32 : *p, out);
	fprintf(out, " 1 \"\" \"Coracle %s\" \"Coracle\"\n.SH NAME\n", CORACLE_VERSION);
	put_text(out, dashed);
	fputs(" \\- ", out);
	put_text(out, summary);
	fputc('\n', out);
}

static void put_option(FILE *out, const struct cli_option *option)
{
	fputs(".TP\n", out);
	if (option->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
	fputs("\\fB\\-\\-", out);
	put_text(out, option->name);
	fputs("\\fR", out);
	if (option->arg && !cli_option_is_refused(option)) {
		fputs(" \\fI", out);
		put_text(out, option->arg);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	put_text(out, option->help + (*option->help == '!'));
	fputc('\n', out);
}

static void put_options(FILE *out, const char *title, cli_tables tables, bool refused)
{
	bool any = false;

	for (size_t t = 0; t < CLI_TABLES_MAX && tables[t]; t++)
		for (const struct cli_option *o = tables[t]; o->name; o++) {
			if (cli_option_is_refused(o) != refused)
				continue;
			if (!any)
				fprintf(out, ".SH %s\n", title);
			any = true;
			put_option(out, o);
		}
}

void man_verb(FILE *out, const struct cli_verb *verb)
{
	char name[96];

	snprintf(name, sizeof(name), "coracle-%s", verb->name);
	put_heading(out, name, verb->summary);
	fputs(".SH SYNOPSIS\n.B coracle ", out);
	put_text(out, verb->name);
	fputs("\n", out);
	put_text(out, verb->usage);
	fputs("\n.SH DESCRIPTION\n", out);
	put_text(out, verb->summary);
	fputs(".\n", out);
	if (verb->description) {
		fputs(".PP\n", out);
		put_paragraphs(out, verb->description);
	}
	put_options(out, "OPTIONS", verb->tables, false);
	put_options(out, "REFUSED", verb->tables, true);
	fputs(".SH SEE ALSO\n.BR coracle (1)\n", out);
}

void man_top(FILE *out)
{
	cli_tables tables = (const struct cli_option *[CLI_TABLES_MAX]){ cli_global_options };

	put_heading(out, "coracle", "a complete container engine without a daemon");
	fputs(".SH SYNOPSIS\n.B coracle\n[OPTIONS] COMMAND [ARG...]\n.SH DESCRIPTION\n", out);
	put_paragraphs(
	    out, "Coracle makes, runs and manages containers. Every command does its work and "
		 "ends: there is no daemon, and no process but a container's own and its "
		 "monitor stays behind.\n\n"
		 "An ordinary user's containers live below $XDG_DATA_HOME/coracle, root's "
		 "below /var/lib/coracle.");
	put_options(out, "OPTIONS", tables, false);
	fputs(".SH COMMANDS\n", out);
	for (const struct cli_route *r = cli_routes; r->name; r++) {
		if (r->group || r->verb->internal)
			continue;
		fprintf(out, ".TP\n.BR coracle\\-%s (1)\n", r->name);
		put_text(out, r->verb->summary);
		fputc('\n', out);
	}
	fputs(".PP\nThey may be said as 'coracle container VERB', 'coracle image VERB' and "
	      "'coracle system VERB' too.\n",
	      out);
	fputs(".SH EXIT STATUS\n", out);
	put_paragraphs(out, "0 for success, 1 for a failure, 125 when the engine failed to run a "
			    "container or a flag was wrong, 126 when a container's command cannot "
			    "be executed, 127 when it does not exist, else the container's own "
			    "exit status.");
	fputs(".SH ENVIRONMENT\n.TP\n.B CORACLE_ROOT\nThe same as \\-\\-root.\n", out);
}

static int write_page(int dir, const char *file, const struct cli_verb *verb, struct err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r;

	if (!out)
		return err_oom(err);
	if (verb)
		man_verb(out, verb);
	else
		man_top(out);
	r = fclose(out) != 0 ? err_oom(err) : fd_replace_file_at(dir, file, text, len, 0644, err);
	free(text);
	return r;
}

int man_write_all(const char *path, struct err *err)
{
	int dir cleanup_fd = -1, r = fd_mkdir_all(path, 0755, err);
	char file[96];

	if (r < 0)
		return r;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "open %s", path);
	r = write_page(dir, "coracle.1", NULL, err);
	for (const struct cli_route *route = cli_routes; route->name && r == 0; route++) {
		if (route->group || route->verb->internal)
			continue;
		snprintf(file, sizeof(file), "coracle-%s.1", route->name);
		r = write_page(dir, file, route->verb, err);
	}
	return r;
}
