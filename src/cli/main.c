/* SPDX-License-Identifier: Apache-2.0 */
/* Global flags, the way to a verb, and what its result is as an exit status. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/help.h"
#include "runtime/runtime.h"

struct global {
	const char *root, *log_level, *log_format, *format;
	bool version, debug;
};

const struct cli_option cli_global_options[] = {
	OPT(global, debug, "debug", 'D', CLI_BOOL, NULL, "The same as --log-level debug", NULL),
	OPT(global, format, "format", 0, CLI_STRING, "string",
	    "How to print, for every command that takes --format: json, table, or a template",
	    "json table"),
	OPT(global, log_format, "log-format", 0, CLI_STRING, "string",
	    "How diagnostics are written: text or json", "text json"),
	OPT(global, log_level, "log-level", 'l', CLI_STRING, "string",
	    "Which diagnostics are written: error, warn, info or debug", "error warn info debug"),
	OPT(global, root, "root", 0, CLI_STRING, "directory",
	    "Where containers and images are kept, instead of CORACLE_ROOT or the default", "@dir"),
	OPT(global, version, "version", 'v', CLI_BOOL, NULL, "Print the version and quit", NULL),
	{ 0 },
};

void cli_complain(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "coracle: ");
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\n");
}

int cli_engine(struct cli *cli, struct engine **ret, struct err *err)
{
	int r = 0;

	if (!cli->engine)
		r = engine_open(cli->root, &cli->engine, err);
	if (r == 0)
		*ret = cli->engine;
	return r;
}

static int set_logging(const struct cli *cli, bool debug, struct err *err)
{
	static const char *const levels[] = { "error", "warn", "info", "debug" };
	enum log_level level = debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN;
	enum log_format format = LOG_FORMAT_TEXT;
	size_t i = 0;

	if (cli->log_level) {
		while (i < ARRAY_SIZE(levels) && !str_eq(cli->log_level, levels[i]))
			i++;
		if (i == ARRAY_SIZE(levels))
			return err_invalid(
			    err, "--log-level: \"%s\" is none of error, warn, info, debug",
			    cli->log_level);
		level = (enum log_level)i;
	}
	if (cli->log_format && str_eq(cli->log_format, "json"))
		format = LOG_FORMAT_JSON;
	else if (cli->log_format && !str_eq(cli->log_format, "text"))
		return err_invalid(err, "--log-format: \"%s\" is neither text nor json",
				   cli->log_format);
	log_open(STDERR_FILENO, level, format);
	return 0;
}

static int exit_status(const struct cli_verb *verb, const struct err *err)
{
	if (verb->command_status && err->class == ERR_CMD_NOT_FOUND)
		return EXIT_CMD_NOT_FOUND;
	if (verb->command_status && err->class == ERR_CMD_NOT_INVOKED)
		return EXIT_NOT_INVOKED;
	return verb->fail_status;
}

static int check_count(const struct cli_verb *verb, int count)
{
	const char *how = verb->min_args == verb->max_args ? "exactly" : "at least";
	int wanted = verb->min_args;

	if (count >= verb->min_args && (verb->max_args < 0 || count <= verb->max_args))
		return 0;
	if (verb->max_args == 0) {
		cli_complain("'coracle %s' accepts no arguments", verb->name);
	} else {
		if (count > verb->min_args && verb->min_args != verb->max_args) {
			how = "at most";
			wanted = verb->max_args;
		}
		cli_complain("'coracle %s' requires %s %d argument%s", verb->name, how, wanted,
			     wanted == 1 ? "" : "s");
	}
	fprintf(stderr, "See 'coracle %s --help'.\n", verb->name);
	return EXIT_FAILED;
}

static int run_parsed(struct cli *cli, const struct cli_verb *verb, void *values, int argc,
		      char **argv)
{
	char **positional cleanup_free = calloc((size_t)argc + 1, sizeof(*positional));
	struct err err = { 0 };
	int count = 0, r;

	if (!positional) {
		cli_complain("out of memory");
		return EXIT_ENGINE;
	}
	r = cli_parse(verb->tables, verb->flags_first, argc, argv, values, positional, &count,
		      &err);
	if (r == 1) {
		help_verb(stdout, verb);
		return EXIT_SUCCESS;
	}
	if (r < 0) {
		cli_complain("%s", err.text);
		if (err.class == ERR_INVALID)
			fprintf(stderr, "See 'coracle %s --help'.\n", verb->name);
		return EXIT_ENGINE;
	}
	r = check_count(verb, count);
	if (r != 0)
		return r;
	r = verb->starts ? rt_seal_self(cli->argv, &err) : 0;
	if (r == 0)
		r = verb->run(cli, values, count, positional, &err);
	if (r >= 0)
		return r;
	cli_complain("%s", err.text);
	return exit_status(verb, &err);
}

static int run_verb(struct cli *cli, const struct cli_verb *verb, int argc, char **argv)
{
	void *values = calloc(1, verb->values_size ? verb->values_size : 1);
	int status;

	if (!values) {
		cli_complain("out of memory");
		return EXIT_ENGINE;
	}
	if (verb->defaults)
		memcpy(values, verb->defaults, verb->values_size);
	status = run_parsed(cli, verb, values, argc, argv);
	cli_values_clear(verb->tables, values);
	free(values);
	return status;
}

static int unknown(const char *group, const char *name)
{
	const char *space = group ? " " : "";

	group = group ? group : "";
	cli_complain("'%s%s%s' is not a coracle command", group, space, name);
	fprintf(stderr, "See 'coracle %s%s--help'.\n", group, space);
	return EXIT_FAILED;
}

static int show_help(int argc, char **argv)
{
	const struct cli_verb *verb;

	if (argc == 0) {
		help_top(stdout);
		return EXIT_SUCCESS;
	}
	if (cli_is_group(argv[0]) && argc == 1) {
		help_group(stdout, argv[0]);
		return EXIT_SUCCESS;
	}
	verb = argc > 1 && cli_is_group(argv[0]) ? cli_find_verb(argv[0], argv[1])
						 : cli_find_verb(NULL, argv[0]);
	if (!verb)
		return unknown(NULL, argv[0]);
	help_verb(stdout, verb);
	return EXIT_SUCCESS;
}

static int dispatch(struct cli *cli, int argc, char **argv)
{
	const char *group = NULL;
	const struct cli_verb *verb;

	if (argc == 0) {
		help_top(stderr);
		return EXIT_FAILED;
	}
	if (str_eq(argv[0], "help"))
		return show_help(argc - 1, argv + 1);
	if (cli_is_group(argv[0])) {
		group = argv[0];
		if (argc == 1 || str_eq(argv[1], "--help") || str_eq(argv[1], "-h")) {
			help_group(argc == 1 ? stderr : stdout, group);
			return argc == 1 ? EXIT_FAILED : EXIT_SUCCESS;
		}
		argc--;
		argv++;
	}
	verb = cli_find_verb(group, argv[0]);
	if (!verb)
		return unknown(group, argv[0]);
	return run_verb(cli, verb, argc - 1, argv + 1);
}

static int run_command(struct cli *cli, int argc, char **argv, char **words)
{
	cli_tables tables = (const struct cli_option *[CLI_TABLES_MAX]){ cli_global_options };
	struct global global = { 0 };
	struct err err = { 0 };
	int count = 0;
	int r = cli_parse(tables, true, argc - 1, argv + 1, &global, words, &count, &err);

	if (r == 1) {
		help_top(stdout);
		return EXIT_SUCCESS;
	}
	*cli = (struct cli){
		.root = global.root,
		.log_level = global.log_level,
		.log_format = global.log_format,
		.format = global.format,
		.argv = argv,
	};
	if (r == 0)
		r = set_logging(cli, global.debug, &err);
	if (r < 0) {
		cli_complain("%s", err.text);
		fprintf(stderr, "See 'coracle --help'.\n");
		return EXIT_ENGINE;
	}
	if (global.version) {
		printf("Coracle version %s\n", CORACLE_VERSION);
		return EXIT_SUCCESS;
	}
	return dispatch(cli, count, words);
}

int cli_main(int argc, char **argv)
{
	char **words cleanup_free = calloc((size_t)argc + 1, sizeof(*words));
	struct cli cli = { 0 };
	int status;

	if (!words || argc < 1)
		return EXIT_ENGINE;
	fd_fill_standard();
	status = run_command(&cli, argc, argv, words);
	if (cli.engine)
		engine_close(cli.engine);
	/* A full disk or a closed reader must not look like success. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == EXIT_SUCCESS) {
		cli_complain("cannot write to standard output: %s", strerror(errno));
		status = EXIT_FAILED;
	}
	return status;
}
