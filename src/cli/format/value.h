/* SPDX-License-Identifier: Apache-2.0 */
/* A value while a template runs: JSON, and what JSON does not say. */
#ifndef CORACLE_CLI_FORMAT_VALUE_H
#define CORACLE_CLI_FORMAT_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "cli/format/template.h"

struct value {
	json_t *j; /* a reference; NULL: no value at all ("<no value>") */
	enum template_shape shape;
	const char *key; /* the member it was reached as, "" for none; lives in the data */
};

#define VALUE_NONE ((struct value){ .key = "" })

void value_clear(struct value *v);
#define cleanup_value __attribute__((cleanup(value_clear)))
struct value value_ref(const struct value *v);
/* Takes over the reference. */
struct value value_of(json_t *j);

/* Go's truth: not false, 0, "", an empty list or map, or nothing. */
bool value_true(const struct value *v);

/* Appends as Go's fmt prints with %v. */
void value_print(struct buf *out, const struct value *v);
void value_print_json(struct buf *out, const json_t *j);
/* As Go's strconv.Quote. */
void value_quote(struct buf *out, const char *text, size_t len);
/* The shortest decimal that reads back as the same number, as %v has it. */
void value_print_real(struct buf *out, double real);

/* For error texts: "string", "int", "map", … */
const char *value_type(const json_t *j);

/* An object's keys in order (byte-wise); borrowed. *ret is malloc'ed. */
int value_sorted_keys(const json_t *object, const char ***ret);

#endif
