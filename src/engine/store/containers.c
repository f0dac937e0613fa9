/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/containers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/store/internal.h"
#include "engine/store/query.h"

#define COLUMNS "id, name, image, image_id, config, created_ns, wanted"

void container_row_clear(struct container_row *row)
{
	free(row->name);
	free(row->image);
	free(row->image_id);
	free(row->config);
	*row = (struct container_row){ 0 };
}

static int read_row(sqlite3_stmt *stmt, struct container_row *ret, struct err *err)
{
	struct container_row row = { 0 };
	const unsigned char *id = sqlite3_column_text(stmt, 0);

	if (!id || strlen((const char *)id) != sizeof(row.id) - 1)
		return err_set(err, ERR_ENGINE, EUCLEAN,
			       "the database is damaged: a container's id");
	memcpy(row.id, id, sizeof(row.id));
	row.name = column_dup(stmt, 1);
	row.image = column_dup(stmt, 2);
	row.image_id = column_dup(stmt, 3);
	row.config = column_dup(stmt, 4);
	row.created_ns = sqlite3_column_int64(stmt, 5);
	row.wanted = sqlite3_column_int(stmt, 6);
	if (!row.name || !row.image || !row.image_id || !row.config) {
		container_row_clear(&row);
		return err_oom(err);
	}
	*ret = row;
	return 0;
}

static int bind_text(struct store *store, sqlite3_stmt *stmt, int at, const char *text,
		     struct err *err)
{
	return sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC) == SQLITE_OK
		   ? 0
		   : store_fail(store, err);
}

/* Runs a statement of one id and one text or number. */
static int update(struct store *store, const char *sql, const char *id, const char *text,
		  int64_t number, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = store_prepare(store, sql, &stmt, err);

	if (r == 0)
		r = bind_text(store, stmt, 1, id, err);
	if (r == 0 && sqlite3_bind_parameter_count(stmt) > 1) {
		if (text)
			r = bind_text(store, stmt, 2, text, err);
		else if (sqlite3_bind_int64(stmt, 2, number) != SQLITE_OK)
			r = store_fail(store, err);
	}
	if (r == 0)
		r = store_step(store, stmt, err);
	if (r < 0)
		return r;
	if (store_changes(store) == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "No such container: %s", id);
	return 0;
}

/* Fills *ret_id (65 bytes) with the owner of a name: 1, or 0 when it is free. */
static int name_owner(struct store *store, const char *name, char *ret_id, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = store_prepare(store, "SELECT id FROM containers WHERE name = ?1", &stmt, err);

	if (r == 0)
		r = bind_text(store, stmt, 1, name, err);
	if (r == 0)
		r = store_step(store, stmt, err);
	if (r == 1) {
		snprintf(ret_id, 65, "%s", (const char *)sqlite3_column_text(stmt, 0));
		sqlite3_reset(stmt);
	}
	return r;
}

/* Turns the violated UNIQUE into a text that says who has the name. */
static int explain_conflict(struct store *store, const char *name, int r, struct err *err)
{
	char owner[65];

	if (r != -EEXIST || name_owner(store, name, owner, NULL) != 1)
		return r;
	return err_set(
	    err, ERR_CONFLICT, EEXIST,
	    "Conflict. The container name \"/%s\" is already in use by container \"%s\". "
	    "You have to remove (or rename) that container to be able to reuse that name.",
	    name, owner);
}

int store_container_add(struct store *store, const struct container_row *row, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = store_prepare(
	    store, "INSERT INTO containers (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    &stmt, err);

	if (r < 0)
		return r;
	if (bind_text(store, stmt, 1, row->id, err) < 0 ||
	    bind_text(store, stmt, 2, row->name, err) < 0 ||
	    bind_text(store, stmt, 3, row->image, err) < 0 ||
	    bind_text(store, stmt, 4, row->image_id, err) < 0 ||
	    bind_text(store, stmt, 5, row->config, err) < 0)
		return -ENOMEM;
	if (sqlite3_bind_int64(stmt, 6, row->created_ns) != SQLITE_OK ||
	    sqlite3_bind_int(stmt, 7, row->wanted) != SQLITE_OK)
		return store_fail(store, err);
	return explain_conflict(store, row->name, store_step(store, stmt, err), err);
}

int store_container_remove(struct store *store, const char *id, struct err *err)
{
	return update(store, "DELETE FROM containers WHERE id = ?1", id, NULL, 0, err);
}

int store_container_rename(struct store *store, const char *id, const char *name, struct err *err)
{
	return explain_conflict(
	    store, name,
	    update(store, "UPDATE containers SET name = ?2 WHERE id = ?1", id, name, 0, err), err);
}

int store_container_set_wanted(struct store *store, const char *id, bool wanted, struct err *err)
{
	return update(store, "UPDATE containers SET wanted = ?2 WHERE id = ?1", id, NULL, wanted,
		      err);
}

int store_container_set_config(struct store *store, const char *id, const char *config,
			       struct err *err)
{
	return update(store, "UPDATE containers SET config = ?2 WHERE id = ?1", id, config, 0, err);
}

static int find_by(struct store *store, const char *sql, const char *what,
		   struct container_row *ret, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = store_prepare(store, sql, &stmt, err);

	if (r == 0)
		r = bind_text(store, stmt, 1, what, err);
	if (r == 0)
		r = store_step(store, stmt, err);
	if (r <= 0)
		return r;
	r = read_row(stmt, ret, err);
	sqlite3_reset(stmt);
	return r < 0 ? r : 1;
}

/* Ids are lower-case hex, so the ids that begin with a prefix are those between it and it followed
 * by 'g': an index range, where LIKE would scan and read '_' and '%' in it. */
static int find_prefix(struct store *store, const char *prefix, struct container_row *ret,
		       struct err *err)
{
	struct container_row row = { 0 };
	sqlite3_stmt *stmt;
	int r;

	if (strspn(prefix, "0123456789abcdef") != strlen(prefix) || strlen(prefix) > 64)
		return 0;
	r = store_prepare(store,
			  "SELECT " COLUMNS " FROM containers WHERE id >= ?1 AND id < ?1 || 'g'"
			  " ORDER BY id LIMIT 2",
			  &stmt, err);
	if (r == 0)
		r = bind_text(store, stmt, 1, prefix, err);
	if (r == 0)
		r = store_step(store, stmt, err);
	if (r <= 0)
		return r;
	r = read_row(stmt, &row, err);
	if (r == 0)
		r = store_step(store, stmt, err);
	sqlite3_reset(stmt);
	if (r != 0) {
		container_row_clear(&row);
		return r < 0 ? r
			     : err_set(err, ERR_INVALID, EINVAL,
				       "Multiple IDs found with provided prefix: %s", prefix);
	}
	*ret = row;
	return 1;
}

int store_container_find(struct store *store, const char *what, struct container_row *ret,
			 struct err *err)
{
	const char *name = what[0] == '/' ? what + 1 : what;
	int r = 0;

	if (*name == '\0')
		return err_set(err, ERR_INVALID, EINVAL,
			       "a container's name or ID may not be empty");
	if (strlen(what) == 64)
		r = find_by(store, "SELECT " COLUMNS " FROM containers WHERE id = ?1", what, ret,
			    err);
	if (r == 0)
		r = find_by(store, "SELECT " COLUMNS " FROM containers WHERE name = ?1", name, ret,
			    err);
	if (r == 0)
		r = find_prefix(store, what, ret, err);
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "No such container: %s", what);
	return r < 0 ? r : 0;
}

int store_container_list(struct store *store, struct container_row **ret, size_t *count,
			 struct err *err)
{
	struct container_row *rows = NULL, *more;
	size_t n = 0, room = 0;
	sqlite3_stmt *stmt;
	int r = store_prepare(
	    store, "SELECT " COLUMNS " FROM containers ORDER BY created_ns DESC, rowid DESC", &stmt,
	    err);

	if (r < 0)
		return r;
	while ((r = store_step(store, stmt, err)) == 1) {
		if (n == room) {
			room = room ? room * 2 : 16;
			more = reallocarray(rows, room, sizeof(*rows));
			r = more ? 0 : err_oom(err);
			rows = more ? more : rows;
		} else {
			r = 0;
		}
		if (r == 0)
			r = read_row(stmt, &rows[n], err);
		if (r < 0)
			break;
		n++;
	}
	sqlite3_reset(stmt);
	if (r < 0) {
		while (n > 0)
			container_row_clear(&rows[--n]);
		free(rows);
		return r;
	}
	*ret = rows;
	*count = n;
	return 0;
}
