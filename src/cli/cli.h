/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs share: the command's own state, the shape of a verb, and how they are found. */
#ifndef CORACLE_CLI_CLI_H
#define CORACLE_CLI_CLI_H

#include <jansson.h>

#include "base/err.h"
#include "cli/option.h"
#include "engine/engine.h"

enum { /* exit statuses of our own; a container's pass through */
       EXIT_FAILED = 1,
       EXIT_ENGINE = 125,
       EXIT_NOT_INVOKED = 126,
       EXIT_CMD_NOT_FOUND = 127,
};

struct cli {
	const char *root, *log_level, *log_format, *format; /* global flags; NULL: not given */
	char *const *argv;				    /* of main() */
	struct engine *engine;				    /* by cli_engine() */
};

/* The engine, opened at first use. */
int cli_engine(struct cli *cli, struct engine **ret, struct err *err);

struct cli_verb {
	const char *name;	 /* "run"; in a group's own verb "container prune" */
	const char *usage;	 /* "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
	const char *summary;	 /* one line */
	const char *description; /* paragraphs for the man page, NULL: the summary is all */
	const struct cli_option *tables[CLI_TABLES_MAX];
	int min_args, max_args; /* of positionals; max -1: any number */
	bool flags_first;	/* flags end at the first positional */
	size_t values_size;
	const void *defaults; /* initial values; NULL: all zero */
	int fail_status;      /* exit status of an error that has none of its own */
	bool command_status;  /* a container's command that is missing or cannot run: 127, 126 */
	/* Returns an exit status, or a negative number with *err filled. */
	int (*run)(struct cli *cli, const void *values, int argc, char **argv, struct err *err);
	const char *complete; /* what positionals are, as in struct cli_option */
	bool internal;	      /* no help, no man page */
	bool starts;	      /* a process in a container: our program must be out of its reach */
};

/* A way to say a verb: "ps", "container ls". The first route of a verb is its own name. */
struct cli_route {
	const char *group; /* NULL: top level */
	const char *name;
	const struct cli_verb *verb;
};
extern const struct cli_route cli_routes[]; /* ended by a NULL name */
const struct cli_verb *cli_find_verb(const char *group, const char *name);
bool cli_is_group(const char *name);
/* Whether the route is the first of its verb: what listings show. */
bool cli_route_is_first(const struct cli_route *route);

extern const struct cli_option cli_global_options[];

int cli_main(int argc, char **argv);

/* "coracle: TEXT" on standard error: for warnings, and for errors of one of many arguments. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs fn(cli, argument) for each; an error is complained about and makes the result EXIT_FAILED.
 * Success prints the argument as the user wrote it, as Docker does, unless fn returned
 * CLI_EACH_SILENT. */
enum { CLI_EACH_SILENT = 2 };
typedef int (*cli_each_fn)(struct cli *cli, const char *what, const void *values, struct err *err);
int cli_each(struct cli *cli, int argc, char **argv, const void *values, cli_each_fn fn);
/* The same with a process for each argument, so that one that waits does not hold up the others.
 * The engine must not have been opened yet. */
int cli_each_at_once(struct cli *cli, int argc, char **argv, const void *values, cli_each_fn fn);

#endif
