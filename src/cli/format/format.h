/* SPDX-License-Identifier: Apache-2.0 */
/* --format: "table …" with a heading and columns, "json", or a template for each row. */
#ifndef CORACLE_CLI_FORMAT_FORMAT_H
#define CORACLE_CLI_FORMAT_FORMAT_H

#include "base/json.h"
#include "cli/format/template.h"

struct formatter;

/* What a list prints. Rows are objects; `headings` has the title of each of their fields, and is
 * what the first line of a table is made from. */
struct list_format {
	const char *table; /* the table that is printed by default: "table {{.ID}}\t{{.Names}}" */
	const char *quiet; /* template for --quiet, NULL: none */
	const char *const (*headings)[2]; /* {"ID", "CONTAINER ID"}, …, {NULL} */
	/* see struct template_env; its arg is NULL for the heading */
	int (*method)(const void *arg, const char *name, const json_t *args, json_t **ret,
		      struct err *err);
};

/* `text` NULL or "table": the default. Prepares before rows are made, so that a wrong format fails
 * at once. */
int formatter_new(const struct list_format *list, const char *text, bool quiet,
		  struct formatter **ret, struct err *err);
void formatter_free(struct formatter *f);
static inline void formatter_free_ptr(struct formatter **f)
{
	formatter_free(*f);
}
#define cleanup_formatter __attribute__((cleanup(formatter_free_ptr)))

/* Whether the format's text names the field: what is costly is computed only then. */
bool formatter_uses(const struct formatter *f, const char *field);
int formatter_row(struct formatter *f, json_t *row, const void *method_arg, struct err *err);
/* Prints it all to standard output. */
int formatter_end(struct formatter *f, struct err *err);

/* One value by a template or "json", with a newline behind: info, version, events, inspect. */
int format_value(const char *text, json_t *value, const struct template_env *env, struct err *err);

/* The shapes of inspect's documents and what they leave out, for struct template_env. */
enum template_shape format_inspect_shape(const char *parent, const char *key);
json_t *format_inspect_omitted(const char *parent, const char *key);

#endif
