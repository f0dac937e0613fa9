/* SPDX-License-Identifier: Apache-2.0 */
/* `ps`: which containers (ps_filter.c), and each as a row of text (ps_row.c, ps_ports.c). */
#ifndef CORACLE_CLI_VERBS_PS_H
#define CORACLE_CLI_VERBS_PS_H

#include "cli/container.h"

struct ps {
	bool all, latest, no_trunc, quiet, size;
	int64_t last;
	const char *format;
	struct strv filters;
};

struct ps_selection {
	struct container **all; /* as listed; owned */
	size_t all_count;
	struct container **items; /* those chosen, newest first; the array is owned */
	size_t count;
};
void ps_selection_clear(struct ps_selection *s);

/* Wrong filters are refused before anything is looked at. */
int ps_check(const struct ps *v, struct err *err);
int ps_select(struct engine *engine, const struct ps *v, struct ps_selection *ret, struct err *err);

/* From Docker's ContainerSummary to the fields that templates know. */
int ps_make_row(const json_t *summary, bool no_trunc, bool size, json_t **ret, struct err *err);
/* The column of ports, from its array of ports; NULL: no memory. */
json_t *ps_ports(const json_t *summary);

#endif
