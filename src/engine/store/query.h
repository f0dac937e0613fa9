/* SPDX-License-Identifier: Apache-2.0 */
/* Statements with their bindings in one call, for files of this folder. `types` has a letter per
 * binding: s a string (const char *, must live until the next step), i a number (int64_t),
 * a an address (const struct ip *, of the same life; NULL or not set: NULL). */
#ifndef CORACLE_ENGINE_STORE_QUERY_H
#define CORACLE_ENGINE_STORE_QUERY_H

#include <stdbool.h>

#include "base/ip.h"
#include "engine/store/store.h"

/* Prepares, binds and makes the first step: 1 with a row, 0 without, or an error. `sql` is a
 * literal (it is the key of the statement cache). Who does not step on to the end must
 * sqlite3_reset() the statement: it holds a read mark in the log until then. */
int query(struct store *store, sqlite3_stmt **ret, struct err *err, const char *sql,
	  const char *types, ...);

/* The same for a statement without rows: 0 or an error. */
int execute(struct store *store, struct err *err, const char *sql, const char *types, ...);

/* A copy of a column's text; NULL when out of memory. */
char *column_dup(sqlite3_stmt *stmt, int column);
/* Into an array that the text must fill exactly (size - 1 bytes). */
bool column_copy(sqlite3_stmt *stmt, int column, char *out, size_t size);
/* An address; not set for NULL. */
struct ip column_ip(sqlite3_stmt *stmt, int column);

#endif
