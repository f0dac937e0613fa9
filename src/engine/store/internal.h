/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#ifndef CORACLE_ENGINE_STORE_INTERNAL_H
#define CORACLE_ENGINE_STORE_INTERNAL_H

#include "engine/store/store.h"

#define STORE_FILE "coracle.db"

/* "Cora": tells our database from somebody else's. */
enum { STORE_APPLICATION_ID = 0x436f7261 };

/* Opens an existing file; nothing is read or changed yet. */
int store_connect(const char *lib_path, struct store **ret, struct err *err);
/* The settings of every connection. The first that reads the file. */
int store_configure(struct store *store, struct err *err);

/* Translates the connection's last error; returns -err->code. */
int store_fail(struct store *store, struct err *err);
int store_exec(struct store *store, const char *sql, struct err *err);
int store_get_int(struct store *store, const char *sql, int64_t *ret, struct err *err);
/* Rows that the last INSERT, UPDATE or DELETE of this connection touched. */
int store_changes(struct store *store);
const char *store_path(const struct store *store);

/* Empties the log where nobody is in its way, and pays for the new one's header. */
void store_truncate_log(struct store *store);

static inline void store_close_ptr(struct store **store)
{
	store_close(*store);
}

#endif
