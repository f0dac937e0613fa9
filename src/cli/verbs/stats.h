/* SPDX-License-Identifier: Apache-2.0 */
/* `stats`: measurements of all that are shown (stats_picture.c), and each as a row of text. */
#ifndef CORACLE_CLI_VERBS_STATS_H
#define CORACLE_CLI_VERBS_STATS_H

#include "engine/container/stats.h"

struct stats {
	bool all, no_stream, no_trunc;
	const char *format;
};

/* Names or ids as they were typed; none: all that run. */
struct stats_wanted {
	char **items;
	size_t count;
};

struct stats_item {
	char id[65];
	char *name, *typed;	     /* owned */
	double cpu;		     /* percent; -1: not known */
	struct container_sample now; /* owned */
};

struct stats_picture {
	struct stats_item *items; /* owned */
	size_t count;
};
void stats_picture_clear(struct stats_picture *picture);

/* Measures. A wanted one that does not exist is an error in the first picture (`before` NULL), and
 * is left out of later ones. */
int stats_take(struct engine *engine, const struct stats *v, const struct stats_wanted *wanted,
	       const struct stats_picture *before, struct stats_picture *ret, struct err *err);

int stats_make_row(const struct stats_item *item, bool no_trunc, json_t **ret, struct err *err);

#endif
