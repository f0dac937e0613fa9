/* SPDX-License-Identifier: Apache-2.0 */
/* Shell completions out of the tables: a verb's flags, what their values are, containers, images.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/help.h"

static const char signals[] = "HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH";

/* Each flag of a verb that works; `fn` prints it. */
static void each_flag(FILE *out, cli_tables tables,
		      void (*fn)(FILE *out, const struct cli_option *option))
{
	for (size_t t = 0; t < CLI_TABLES_MAX && tables[t]; t++)
		for (const struct cli_option *o = tables[t]; o->name; o++)
			if (!cli_option_is_refused(o))
				fn(out, o);
}

static void each_verb(FILE *out, void (*fn)(FILE *out, const struct cli_route *route))
{
	for (const struct cli_route *r = cli_routes; r->name; r++)
		if (!r->verb->internal)
			fn(out, r);
}

/* --- bash ------------------------------------------------------------------------------------ */

static void bash_flag(FILE *out, const struct cli_option *option)
{
	fprintf(out, " --%s", option->name);
	if (option->letter)
		fprintf(out, " -%c", option->letter);
}

/* "--flag|-f) what its value is ;;" */
static void bash_value(FILE *out, const struct cli_option *option)
{
	const char *what = option->complete;

	if (cli_option_is_bool(option))
		return;
	fprintf(out, "\t\t--%s", option->name);
	if (option->letter)
		fprintf(out, "|-%c", option->letter);
	fprintf(out, ") ");
	if (!what)
		fprintf(out, "COMPREPLY=()");
	else if (*what != '@')
		fprintf(out, "_coracle_words '%s'", what);
	else if (str_eq(what, "@signal"))
		fprintf(out, "_coracle_words '%s'", signals);
	else
		fprintf(out, "_coracle_%s", what + 1);
	fprintf(out, "; return ;;\n");
}

static void bash_verb(FILE *out, const struct cli_route *route)
{
	const char *what = route->verb->complete;

	fprintf(out, "\t'%s%s%s')\n", route->group ? route->group : "", route->group ? " " : "",
		route->name);
	fprintf(out, "\t\tcase $prev in\n");
	each_flag(out, route->verb->tables, bash_value);
	fprintf(out, "\t\tesac\n\t\tif [[ $cur == -* ]]; then _coracle_words '--help");
	each_flag(out, route->verb->tables, bash_flag);
	fprintf(out, "'\n\t\telse ");
	if (what && *what == '@')
		fprintf(out, "_coracle_%s", what + 1);
	else
		fprintf(out, "COMPREPLY=()");
	fprintf(out, "; fi ;;\n");
}

static void bash_top_name(FILE *out, const struct cli_route *route)
{
	if (!route->group)
		fprintf(out, " %s", route->name);
}

static void bash_groups(FILE *out)
{
	static const char *const groups[] = { "container", "image", "network", "system" };

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		fprintf(out, "\t'%s') _coracle_words '", groups[i]);
		for (const struct cli_route *r = cli_routes; r->name; r++)
			if (r->group && str_eq(r->group, groups[i]))
				fprintf(out, " %s", r->name);
		fprintf(out, "' ;;\n");
	}
}

static void bash(FILE *out)
{
	cli_tables global = (const struct cli_option *[CLI_TABLES_MAX]){ cli_global_options };

	fprintf(
	    out,
	    "# bash completion for coracle\n"
	    "_coracle_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$cur\")); }\n"
	    "_coracle_file() { compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); }\n"
	    "_coracle_dir() { compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")); }\n"
	    "_coracle_container() { _coracle_words "
	    "\"$(coracle ps -a --format '{{.Names}}' 2>/dev/null)\"; }\n"
	    "_coracle_running() { _coracle_words "
	    "\"$(coracle ps --format '{{.Names}}' 2>/dev/null)\"; }\n"
	    "_coracle_image() { _coracle_words \"host: dir: oci: oci-archive: docker-archive: "
	    "$(coracle images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)\"; }\n"
	    "_coracle_network() { _coracle_words "
	    "\"$(coracle network ls --format '{{.Name}}' 2>/dev/null)\"; }\n"
	    "_coracle() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i word "
	    "verb=\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tword=${COMP_WORDS[i]}\n"
	    "\t\tcase $word in\n"
	    "\t\t--root|--log-level|-l|--log-format|--format) ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\tcontainer|image|network|system) [ -z \"$verb\" ] && { verb=$word; continue; }; "
	    "verb+=\" $word\"; break ;;\n"
	    "\t\t*) verb+=${verb:+ }$word; break ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase $verb in\n"
	    "\t'')\n\t\tcase $prev in\n");
	each_flag(out, global, bash_value);
	fprintf(out, "\t\tesac\n\t\t_coracle_words 'help container image network system");
	each_verb(out, bash_top_name);
	each_flag(out, global, bash_flag);
	fprintf(out, "' ;;\n");
	bash_groups(out);
	each_verb(out, bash_verb);
	fprintf(out, "\tesac\n}\ncomplete -F _coracle coracle\n");
}

/* --- zsh: bash's, through zsh's own emulation ------------------------------------------------- */

static void zsh(FILE *out)
{
	fprintf(out, "#compdef coracle\n"
		     "autoload -U +X bashcompinit && bashcompinit\n"
		     "compopt() { :; }\n");
	bash(out);
}

/* --- fish ------------------------------------------------------------------------------------ */

/* Within single quotes. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

static void fish_values(FILE *out, const char *what)
{
	if (!what) {
		fprintf(out, " -x");
	} else if (str_eq(what, "@file")) {
		fprintf(out, " -r -F");
	} else if (str_eq(what, "@dir")) {
		fprintf(out, " -x -a '(__fish_complete_directories)'");
	} else if (*what == '@' && !str_eq(what, "@signal")) {
		fprintf(out, " -x -a '(__coracle_%s)'", what + 1);
	} else {
		fprintf(out, " -x -a ");
		put_quoted(out, *what == '@' ? signals : what);
	}
}

static void fish_option(FILE *out, const struct cli_option *option)
{
	fprintf(out, " -l %s", option->name);
	if (option->letter)
		fprintf(out, " -s %c", option->letter);
	fprintf(out, " -d ");
	put_quoted(out, option->help);
	if (!cli_option_is_bool(option))
		fish_values(out, option->complete);
	fputc('\n', out);
}

static void fish_verb(FILE *out, const struct cli_route *route)
{
	cli_tables tables = route->verb->tables;
	const char *what = route->verb->complete;

	if (route->group)
		return;
	fprintf(out, "complete -c coracle -n __coracle_no_verb -a %s -d ", route->name);
	put_quoted(out, route->verb->summary);
	fputc('\n', out);
	for (size_t t = 0; t < CLI_TABLES_MAX && tables[t]; t++)
		for (const struct cli_option *o = tables[t]; o->name; o++) {
			if (cli_option_is_refused(o))
				continue;
			fprintf(out, "complete -c coracle -n '__coracle_verb %s'", route->name);
			fish_option(out, o);
		}
	if (what && *what == '@' && !str_eq(what, "@file"))
		fprintf(out, "complete -c coracle -n '__coracle_verb %s' -a '(__coracle_%s)'\n",
			route->name, what + 1);
	if (what && str_eq(what, "@file"))
		fprintf(out, "complete -c coracle -n '__coracle_verb %s' -F\n", route->name);
}

static void fish_global(FILE *out, const struct cli_option *option)
{
	fprintf(out, "complete -c coracle -n __coracle_no_verb");
	fish_option(out, option);
}

static void fish(FILE *out)
{
	cli_tables global = (const struct cli_option *[CLI_TABLES_MAX]){ cli_global_options };

	fprintf(out, "# fish completion for coracle\n"
		     "function __coracle_no_verb; not __fish_seen_subcommand_from");
	each_verb(out, bash_top_name);
	fprintf(out,
		"; end\n"
		"function __coracle_verb; __fish_seen_subcommand_from $argv[1]; end\n"
		"function __coracle_container; coracle ps -a --format '{{.Names}}' "
		"2>/dev/null; end\n"
		"function __coracle_running; coracle ps --format '{{.Names}}' 2>/dev/null; end\n"
		"function __coracle_image; printf '%%s\\n' host: dir: oci: oci-archive: "
		"docker-archive:; coracle images --format '{{.Repository}}:{{.Tag}}' "
		"2>/dev/null; end\n"
		"function __coracle_network; coracle network ls --format '{{.Name}}' "
		"2>/dev/null; end\n"
		"complete -c coracle -f\n");
	each_flag(out, global, fish_global);
	each_verb(out, fish_verb);
}

int complete_write(FILE *out, const char *shell, struct err *err)
{
	if (str_eq(shell, "bash"))
		bash(out);
	else if (str_eq(shell, "zsh"))
		zsh(out);
	else if (str_eq(shell, "fish"))
		fish(out);
	else
		return err_invalid(err, "\"%s\" is none of bash, zsh, fish", shell);
	return 0;
}
