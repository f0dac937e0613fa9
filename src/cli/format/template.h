/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's text/template language over JSON values, as users write it after --format:
 *
 *     text {{.Field.Field}} {{$v := pipeline}} {{if}} {{else if}} {{else}} {{with}} {{range}}
 *     {{break}} {{continue}} {{end}} {{- trim -}} comments (parentheses) | pipes
 *
 * and the functions named in functions.c. `define`, `template`, `block` and every other function
 * are refused by name. A template is at most TEMPLATE_MAX bytes, nests TEMPLATE_DEPTH deep, and its
 * execution has a budget of work, so that no template runs for ever or fills memory.
 */
#ifndef CORACLE_CLI_FORMAT_TEMPLATE_H
#define CORACLE_CLI_FORMAT_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	TEMPLATE_MAX = 65536,
	TEMPLATE_DEPTH = 64,
	TEMPLATE_OUTPUT_MAX = 16 << 20,
};

struct template;

/* What Go's types would say of a member, and JSON does not: an object with fixed fields, a map
 * whose keys are data (a missing key is no error there), a list (null prints as []). */
enum template_shape { SHAPE_STRUCT, SHAPE_MAP, SHAPE_STRING_MAP, SHAPE_LIST };

struct template_env {
	/* The shape of member `key` of an object that was itself reached as `parent` ("" at the
	 * top). NULL: all are SHAPE_STRUCT. */
	enum template_shape (*shape)(const char *parent, const char *key);
	/* What Go's type says of a member that JSON leaves out where it is empty (omitempty): its
	 * zero value, a new reference; NULL: there is no such member. The hook itself may be NULL.
	 */
	json_t *(*omitted)(const char *parent, const char *key);
	/* A field of the top value that takes arguments ({{.Label "x"}}): returns 1 when there is
	 * no such method. NULL: none. */
	int (*method)(const void *arg, const char *name, const json_t *args, json_t **ret,
		      struct err *err);
	const void *method_arg;
	bool heading; /* the first line of a table: functions pass their text through */
};

/* ERR_INVALID "template: :LINE: …" for what is no template. */
int template_parse(const char *text, struct template **ret, struct err *err);

/* Appends to *out. ERR_INVALID "template: :LINE:COLUMN: executing "" at <…>: …". */
int template_execute(const struct template *t, json_t *data, const struct template_env *env,
		     struct buf *out, struct err *err);

void template_free(struct template *t);
static inline void template_free_ptr(struct template **t)
{
	template_free(*t);
}
#define cleanup_template __attribute__((cleanup(template_free_ptr)))

#endif
