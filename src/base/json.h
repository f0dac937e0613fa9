/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Glue over jansson: bounded parsing with line and column, and typed getters that say where a
 * wrong value stands. A getter with a missing or null member returns 0 and leaves *ret untouched,
 * so that the caller's default stands; a member of the wrong type is ERR_INVALID ("linux.resources:
 * memory must be an object").
 */
#ifndef CORACLE_BASE_JSON_H
#define CORACLE_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

static inline void json_unref(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}
#define cleanup_json __attribute__((cleanup(json_unref)))

/* Parses one document; `what` names it in errors. Duplicate keys, NUL in strings and nesting of
 * more than jansson's limit are refused. Returns a new reference in *ret. Whole numbers past
 * INT64_MAX are kept as strings of digits, which js_get_u64 (only) takes as numbers. */
int js_parse(const char *text, size_t len, const char *what, json_t **ret, struct err *err);

/* Reads and parses a file of at most `max` bytes. */
int js_read_file_at(int dirfd, const char *name, size_t max, json_t **ret, struct err *err);

/* Writes a document compactly with fd_replace_file_at. */
int js_replace_file_at(int dirfd, const char *name, const json_t *j, mode_t mode, struct err *err);

/* `where` is the path of `object` for error texts ("linux.resources"). */
int js_get_str(const json_t *object, const char *where, const char *key, const char **ret,
	       struct err *err);
/* A malloc'ed copy; frees what *ret held. */
int js_dup_str(const json_t *object, const char *where, const char *key, char **ret,
	       struct err *err);
int js_get_bool(const json_t *object, const char *where, const char *key, bool *ret,
		struct err *err);
int js_get_i64(const json_t *object, const char *where, const char *key, int64_t min, int64_t max,
	       int64_t *ret, struct err *err);
int js_get_u64(const json_t *object, const char *where, const char *key, uint64_t max,
	       uint64_t *ret, struct err *err);
/* Borrowed references. */
int js_get_obj(const json_t *object, const char *where, const char *key, json_t **ret,
	       struct err *err);
int js_get_arr(const json_t *object, const char *where, const char *key, json_t **ret,
	       struct err *err);
/* An array of strings, appended to *ret. */
int js_get_strv(const json_t *object, const char *where, const char *key, struct strv *ret,
		struct err *err);

/* json_dumps with the given flags; malloc'ed, NULL when out of memory. */
char *js_dump(const json_t *j, size_t flags);

#endif
