/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_CLI_FORMAT_CONSTANT_H
#define CORACLE_CLI_FORMAT_CONSTANT_H

#include <jansson.h>
#include <stddef.h>

/* A string ("…" or `…`), character or number as Go writes it. Returns NULL with a new reference in
 * *ret (NULL when out of memory), or what is wrong with it. */
const char *constant_parse(const char *text, size_t len, json_t **ret);

#endif
