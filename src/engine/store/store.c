/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the database is opened and what is synced when.
 *
 * In WAL mode with synchronous=NORMAL a commit appends to the log and syncs nothing: after a crash
 * of the machine the last commits may be missing, but what is there is consistent. Three things
 * would sync behind our back, and all are moved off the start path:
 *   - the checkpoint at the last close of a connection: switched off (NO_CKPT_ON_CLOSE), and the
 *     log is kept across closes (PERSIST_WAL);
 *   - the automatic checkpoint of a commit that finds a long log: switched off;
 *   - the header of a log that begins anew, after a checkpoint: whoever checkpoints writes the
 *     first frame himself (store_checkpoint(), and the making of the database).
 */
#include "engine/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/store/internal.h"

enum {
	BUSY_TIMEOUT_MS = 30000,
	CHECKPOINT_BYTES = 128 << 10, /* what a command reads first when no other has it open */
	STATEMENTS_MAX = 32,
};

struct cached {
	const char *sql; /* a literal: compared by address first */
	sqlite3_stmt *stmt;
};

struct store {
	sqlite3 *db;
	char *path;
	int64_t busy_since_ms;
	bool busy_never; /* the checkpoint waits for nobody */
	struct cached statements[STATEMENTS_MAX];
	size_t statement_count;
};

int store_fail(struct store *store, struct err *err)
{
	int code = sqlite3_extended_errcode(store->db), number = sqlite3_system_errno(store->db);

	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(err, ERR_ENGINE, EUCLEAN, "the database %s is damaged: %s",
			       store->path, sqlite3_errmsg(store->db));
	case SQLITE_FULL:
		return err_set(err, ERR_ENGINE, ENOSPC, "%s: no space left on device", store->path);
	case SQLITE_BUSY:
		return err_set(err, ERR_ENGINE, EBUSY,
			       "the database %s was in use by other commands for %d s", store->path,
			       BUSY_TIMEOUT_MS / 1000);
	case SQLITE_NOMEM:
		return err_oom(err);
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_TRIGGER)
			return err_set(err, ERR_CONFLICT, ESTALE, "%s", sqlite3_errmsg(store->db));
		return err_set(err, ERR_CONFLICT, EEXIST, "%s: %s", store->path,
			       sqlite3_errmsg(store->db));
	default:
		return err_set(err, ERR_ENGINE, number ? number : EIO, "%s: %s%s%s", store->path,
			       sqlite3_errmsg(store->db), number ? ": " : "",
			       number ? strerror(number) : "");
	}
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* SQLite's own handler sleeps up to 100 ms between two tries; a commit here holds the lock for less
 * than one. */
static int on_busy(void *arg, int tries)
{
	struct store *store = arg;
	struct timespec pause = { .tv_nsec = tries < 20 ? 200000 : 2000000 };

	if (store->busy_never)
		return 0;
	if (tries == 0)
		store->busy_since_ms = monotonic_ms();
	if (monotonic_ms() - store->busy_since_ms > BUSY_TIMEOUT_MS)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

int store_exec(struct store *store, const char *sql, struct err *err)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
									   : store_fail(store, err);
}

/* Once per process, before the first connection. A command reads a dozen pages: a cache that is
 * made in one piece, for a hundred, costs more page faults than it saves allocations. */
static void configure_library(void)
{
	static bool done;

	if (done)
		return;
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	done = true;
}

int store_connect(const char *lib_path, struct store **ret, struct err *err)
{
	struct store *store cleanup_with(store_close_ptr) = calloc(1, sizeof(*store));
	int keep = 1;

	if (!store)
		return err_oom(err);
	configure_library();
	store->path = path_join(lib_path, STORE_FILE);
	if (!store->path)
		return err_oom(err);
	if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK) {
		if (!store->db)
			return err_oom(err);
		return store_fail(store, err);
	}
	sqlite3_busy_handler(store->db, on_busy, store);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	*ret = take_ptr(&store);
	return 0;
}

int store_configure(struct store *store, struct err *err)
{
	return store_exec(store,
			  "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
			  "PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON",
			  err);
}

void store_close(struct store *store)
{
	size_t i;

	if (!store)
		return;
	for (i = 0; i < store->statement_count; i++)
		sqlite3_finalize(store->statements[i].stmt);
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

int store_begin(struct store *store, struct err *err)
{
	return store_exec(store, "BEGIN IMMEDIATE", err);
}

int store_end(struct store *store, bool ok, struct err *err)
{
	int r = 0;

	if (ok)
		r = store_exec(store, "COMMIT", err);
	/* A failed COMMIT leaves the transaction open. */
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int store_prepare(struct store *store, const char *sql, sqlite3_stmt **ret, struct err *err)
{
	struct cached *c;
	size_t i;

	for (i = 0; i < store->statement_count; i++) {
		c = &store->statements[i];
		if (c->sql != sql && !str_eq(c->sql, sql))
			continue;
		sqlite3_reset(c->stmt);
		sqlite3_clear_bindings(c->stmt);
		*ret = c->stmt;
		return 0;
	}
	if (store->statement_count == STATEMENTS_MAX) {
		/* The oldest goes; the start path never has so many. */
		sqlite3_finalize(store->statements[0].stmt);
		memmove(&store->statements[0], &store->statements[1],
			sizeof(store->statements[0]) * (STATEMENTS_MAX - 1));
		store->statement_count--;
	}
	c = &store->statements[store->statement_count];
	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->stmt, NULL) !=
	    SQLITE_OK)
		return store_fail(store, err);
	c->sql = sqlite3_sql(c->stmt);
	store->statement_count++;
	*ret = c->stmt;
	return 0;
}

int store_step(struct store *store, sqlite3_stmt *stmt, struct err *err)
{
	int r = sqlite3_step(stmt);

	if (r == SQLITE_ROW)
		return 1;
	if (r != SQLITE_DONE)
		store_fail(store, err);
	/* A statement that is not reset keeps its read mark in the log, and its lock. */
	sqlite3_reset(stmt);
	return r == SQLITE_DONE ? 0 : err ? -err->code : -EIO;
}

int store_get_int(struct store *store, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = store_prepare(store, sql, &stmt, err);

	if (r == 0)
		r = store_step(store, stmt, err);
	if (r <= 0)
		return r < 0 ? r : err_set(err, ERR_ENGINE, EIO, "%s: no answer", sql);
	*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

int store_changes(struct store *store)
{
	return sqlite3_changes(store->db);
}

const char *store_path(const struct store *store)
{
	return store->path;
}

/*
 * Both steps write to the database file and sync. PASSIVE copies what nobody reads; TRUNCATE then
 * empties the log if nobody else is in it, without waiting. The log's next first frame carries a
 * new header that is synced: a small write pays for it here, so that no start does.
 */
void store_truncate_log(struct store *store)
{
	store->busy_never = true;
	sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
	    SQLITE_OK)
		sqlite3_exec(store->db,
			     "INSERT OR REPLACE INTO meta VALUES ('checkpoint', unixepoch())", NULL,
			     NULL, NULL);
	store->busy_never = false;
}

bool store_log_is_long(const struct store *store)
{
	char *log cleanup_free = str_printf("%s-wal", store->path);
	struct stat st;

	return log && stat(log, &st) == 0 && st.st_size >= CHECKPOINT_BYTES;
}

void store_checkpoint(struct store *store)
{
	if (store_log_is_long(store))
		store_truncate_log(store);
}
