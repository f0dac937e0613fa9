/* SPDX-License-Identifier: Apache-2.0 */
/* What can be made from the tables of flags: help, man pages, shell completions. */
#ifndef CORACLE_CLI_HELP_H
#define CORACLE_CLI_HELP_H

#include <stdio.h>

#include "cli/cli.h"

void help_top(FILE *out);
void help_group(FILE *out, const char *group);
void help_verb(FILE *out, const struct cli_verb *verb);

/* roff(7) with the man(7) macros: coracle(1), or a verb's page. */
void man_top(FILE *out);
void man_verb(FILE *out, const struct cli_verb *verb);
/* Writes coracle.1 and coracle-VERB.1 below `dir`. */
int man_write_all(const char *dir, struct err *err);

/* `shell` is bash, zsh or fish. */
int complete_write(FILE *out, const char *shell, struct err *err);

#endif
