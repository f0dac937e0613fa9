/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database: what was asked for. SQLite in WAL mode; see docs/store.md for what is synced when
 * (nothing on the start path). Migrations run inside one transaction; a database of a newer version
 * is refused.
 */
#ifndef CORACLE_ENGINE_STORE_STORE_H
#define CORACLE_ENGINE_STORE_STORE_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct store;

int store_open(int lib_dirfd, const char *lib_path, struct store **ret, struct err *err);
void store_close(struct store *store);

/* Transactions: BEGIN IMMEDIATE; commit or, where `ok` is false, rollback. */
int store_begin(struct store *store, struct err *err);
int store_end(struct store *store, bool ok, struct err *err);

/* For the files of this folder (containers.c, images.c): a prepared statement, cached by its text
 * for the life of the connection, reset and with bindings cleared. */
int store_prepare(struct store *store, const char *sql, sqlite3_stmt **ret, struct err *err);
/* SQLITE_ROW -> 1, SQLITE_DONE -> 0, else an error. */
int store_step(struct store *store, sqlite3_stmt *stmt, struct err *err);

/* The clean-up step's checkpoint: does nothing while the log is short. */
void store_checkpoint(struct store *store);
/* Whether a clean-up should come by for that. */
bool store_log_is_long(const struct store *store);

#endif
