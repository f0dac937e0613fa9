/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in C strings with ' for ", so that tables of it can be read. */
#ifndef CORACLE_TESTS_QUOTED_H
#define CORACLE_TESTS_QUOTED_H

#include "base/json.h"

/* A new reference; what cannot be parsed is a mistake of the test. */
static inline json_t *quoted(const char *text)
{
	char *copy = strdup(text);
	struct err err = { 0 };
	json_t *j = NULL;

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (js_parse(copy, strlen(copy), "test", &j, &err) < 0)
		fail_msg("%s: %s", copy, err.text);
	free(copy);
	return j;
}

#endif
