/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one description of a verb's flags: the parser, --help, the man page and the shell completions
 * are all made from it. Values land in a struct of the verb's own, by offset.
 */
#ifndef CORACLE_CLI_OPTION_H
#define CORACLE_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* What a number's member holds while its flag was not given, where zero is a value of its own. */
#define CLI_UNSET INT64_MIN

enum cli_kind {		       /* the type of the member */
		CLI_BOOL,      /* bool: --flag, --flag=false */
		CLI_STRING,    /* const char *, into argv; the last one wins */
		CLI_LIST,      /* struct strv: one item per use */
		CLI_INT,       /* int64_t */
		CLI_SIZE,      /* int64_t, bytes: "64m" */
		CLI_SIZE_FREE, /* the same, or -1: unlimited */
		CLI_CPUS,      /* int64_t, 1e-9 CPUs: "0.5" */
		CLI_REFUSED,   /* Docker has it and takes a value; we refuse it, `help` says why */
		CLI_REFUSED_BOOL,
};

struct cli_option {
	const char *name; /* without dashes; NULL ends a table */
	char letter;	  /* 0: none */
	enum cli_kind kind;
	size_t offset;	      /* of the member in the verb's values */
	const char *arg;      /* what the value is, for --help: "string", "list", "bytes" */
	const char *help;     /* one line; no final full stop */
	const char *complete; /* "@container", "@running", "@image", "@file", "@dir", "@signal", or
				 words separated by a space; NULL: nothing */
};

#define OPT(type, member, name, letter, kind, arg, help, complete)                     \
	{                                                                              \
		name, letter, kind, offsetof(struct type, member), arg, help, complete \
	}
#define OPT_REFUSED(name, letter, why)                           \
	{                                                        \
		name, letter, CLI_REFUSED, 0, "value", why, NULL \
	}
#define OPT_REFUSED_BOOL(name, letter, why)                        \
	{                                                          \
		name, letter, CLI_REFUSED_BOOL, 0, NULL, why, NULL \
	}

enum { CLI_TABLES_MAX = 4 };

/* The tables that make up a verb's flags: at most CLI_TABLES_MAX, ended by NULL before that. */
typedef const struct cli_option *const *cli_tables;

bool cli_option_is_bool(const struct cli_option *option);
bool cli_option_is_refused(const struct cli_option *option);
const struct cli_option *cli_option_find(cli_tables tables, const char *name, size_t len);
const struct cli_option *cli_option_find_letter(cli_tables tables, char letter);

/* "-m, --memory", as error texts name a flag. Returns `out`. */
char *cli_option_spelled(const struct cli_option *option, char out[64]);

/*
 * Parses argv[0..argc) (without the verb) into `values`. Flags and their values are taken as pflag
 * takes them: --opt=value, --opt value, -o value, -ovalue, -o=value, -abc; "--" ends the flags, and
 * with `flags_first` the first positional does. *positional (room for argc) gets the others.
 * Returns 1 when help was asked for (-h where the verb has no such flag of its own, or --help).
 */
int cli_parse(cli_tables tables, bool flags_first, int argc, char **argv, void *values,
	      char **positional, int *ret_count, struct err *err);

/* Releases the lists in `values`. */
void cli_values_clear(cli_tables tables, void *values);

/* "0.5" as 500000000; ERR_INVALID for what is not decimal or finer than a billionth. */
int cli_parse_cpus(const char *text, int64_t *ret, struct err *err);

#endif
