/* SPDX-License-Identifier: Apache-2.0 */
/* `images`: which of them (images_filter.c). */
#ifndef CORACLE_CLI_VERBS_IMAGES_H
#define CORACLE_CLI_VERBS_IMAGES_H

#include <jansson.h>

#include "cli/cli.h"

struct images {
	bool all, digests, no_trunc, quiet;
	const char *format;
	struct strv filters;
	const char *reference; /* the argument; NULL: none */
};

int images_check(const struct images *v, struct err *err);
/* Takes out of `list` what the filters do not want. */
int images_select(struct engine *engine, const struct images *v, json_t *list, struct err *err);
bool images_tag_matches(const struct images *v, const char *tag);

#endif
