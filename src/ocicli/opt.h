/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a verb: one table for parser and help. */
#ifndef CORACLE_OCICLI_OPT_H
#define CORACLE_OCICLI_OPT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum opt_kind {
	OPT_BOOL,    /* bool * */
	OPT_STRING,  /* const char ** */
	OPT_LIST,    /* struct strv *: may be given again */
	OPT_INT,     /* int *: from 0 to OPT_INT_MAX */
	OPT_REFUSED, /* known to other runtimes and refused by name */
};
enum { OPT_INT_MAX = 1 << 20 };

struct opt {
	const char *name; /* long, without the dashes */
	char letter;	  /* short, or 0 */
	enum opt_kind kind;
	void *dest;
	const char *help; /* what it does; for OPT_REFUSED: why not */
};

/* How a verb is used; the options end with a NULL name. */
struct opt_usage {
	const char *verb, *operands, *about;
	const struct opt *options;
	int min, max;	 /* operands; max -1: any number */
	bool first_ends; /* options end at the first operand, as for a command */
};

enum { OPT_HELPED = 1 }; /* --help was given and answered */

/* Removes the options from argv (argv[0] is the first word behind the verb); what is left are the
 * operands, *argc of them. 0, OPT_HELPED, or ERR_INVALID. */
int opt_parse(const struct opt_usage *usage, int *argc, char **argv, struct err *err);

#endif
