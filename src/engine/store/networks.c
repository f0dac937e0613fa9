/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of networks. */
#include "engine/store/networks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/store/query.h"

#define COLUMNS "id, name, driver, config, created_ns"

void network_row_clear(struct network_row *row)
{
	free(row->name);
	free(row->driver);
	free(row->config);
	*row = (struct network_row){ 0 };
}

static int read_row(sqlite3_stmt *stmt, struct network_row *ret, struct err *err)
{
	struct network_row row = { 0 };

	if (!column_copy(stmt, 0, row.id, sizeof(row.id)))
		return err_set(err, ERR_ENGINE, EUCLEAN, "the database is damaged: a network's id");
	row.name = column_dup(stmt, 1);
	row.driver = column_dup(stmt, 2);
	row.config = column_dup(stmt, 3);
	row.created_ns = sqlite3_column_int64(stmt, 4);
	if (!row.name || !row.driver || !row.config) {
		network_row_clear(&row);
		return err_oom(err);
	}
	*ret = row;
	return 0;
}

int store_network_add(struct store *store, const struct network_row *row, struct err *err)
{
	struct err why = { 0 };
	int r =
	    execute(store, &why, "INSERT INTO networks (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5)",
		    "ssssi", row->id, row->name, row->driver, row->config, row->created_ns);

	if (r == -EEXIST)
		return err_set(err, ERR_CONFLICT, EEXIST, "network with name %s already exists",
			       row->name);
	if (r < 0 && err)
		*err = why;
	return r;
}

int store_network_set_config(struct store *store, const char *id, const char *config,
			     struct err *err)
{
	return execute(store, err, "UPDATE networks SET config = ?2 WHERE id = ?1", "ss", id,
		       config);
}

int store_network_remove(struct store *store, const char *id, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err, "SELECT count(*) FROM leases WHERE network = ?1", "s", id);
	int64_t count;

	if (r < 0)
		return r;
	count = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	if (count > 0)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "network %.12s has active endpoints (%lld)", id, (long long)count);
	return execute(store, err, "DELETE FROM networks WHERE id = ?1", "s", id);
}

static int take_one(sqlite3_stmt *stmt, int r, struct network_row *ret, struct err *err)
{
	if (r <= 0)
		return r;
	r = read_row(stmt, ret, err);
	sqlite3_reset(stmt);
	return r < 0 ? r : 1;
}

static int find_by_prefix(struct store *store, const char *what, struct network_row *ret,
			  struct err *err)
{
	struct network_row row cleanup_with(network_row_clear) = { 0 };
	sqlite3_stmt *stmt;
	int r;

	if (!*what || strspn(what, "0123456789abcdef") != strlen(what))
		return 0;
	r = query(store, &stmt, err,
		  "SELECT " COLUMNS " FROM networks WHERE substr(id, 1, length(?1)) = ?1", "s",
		  what);
	if (r <= 0)
		return r;
	r = read_row(stmt, &row, err);
	if (r == 0)
		r = store_step(store, stmt, err);
	sqlite3_reset(stmt);
	if (r > 0)
		return err_invalid(err, "network %s is ambiguous: more than one id begins so",
				   what);
	if (r < 0)
		return r;
	*ret = row;
	row = (struct network_row){ 0 };
	return 1;
}

int store_network_find(struct store *store, const char *what, struct network_row *ret,
		       struct err *err)
{
	static const char *const exact[] = {
		"SELECT " COLUMNS " FROM networks WHERE id = ?1",
		"SELECT " COLUMNS " FROM networks WHERE name = ?1",
	};
	sqlite3_stmt *stmt;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(exact); i++) {
		r = query(store, &stmt, err, exact[i], "s", what);
		r = take_one(stmt, r, ret, err);
	}
	if (r == 0)
		r = find_by_prefix(store, what, ret, err);
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "network %s not found", what);
	return r < 0 ? r : 0;
}

int store_network_list(struct store *store, struct network_row **ret, size_t *count,
		       struct err *err)
{
	struct network_row *rows = NULL, *more;
	sqlite3_stmt *stmt;
	size_t n = 0;
	int r = query(store, &stmt, err, "SELECT " COLUMNS " FROM networks ORDER BY created_ns, id",
		      "");

	for (; r == 1; r = store_step(store, stmt, err)) {
		more = realloc(rows, (n + 1) * sizeof(*rows));
		if (!more) {
			r = err_oom(err);
			break;
		}
		rows = more;
		r = read_row(stmt, &rows[n], err);
		if (r < 0)
			break;
		n++;
	}
	if (r < 0) {
		sqlite3_reset(stmt);
		while (n > 0)
			network_row_clear(&rows[--n]);
		free(rows);
		return r;
	}
	*ret = rows;
	*count = n;
	return 0;
}

int store_network_cursor(struct store *store, const char *network, int family, struct ip *ret,
			 struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err, "SELECT cursor4, cursor6 FROM networks WHERE id = ?1", "s",
		      network);

	if (r < 0)
		return r;
	*ret = (struct ip){ 0 };
	if (r > 0) {
		*ret = column_ip(stmt, family == 4 ? 0 : 1);
		sqlite3_reset(stmt);
	}
	return 0;
}

int store_network_set_cursor(struct store *store, const char *network, int family,
			     const struct ip *ip, struct err *err)
{
	if (family == 4)
		return execute(store, err, "UPDATE networks SET cursor4 = ?2 WHERE id = ?1", "sa",
			       network, ip);
	return execute(store, err, "UPDATE networks SET cursor6 = ?2 WHERE id = ?1", "sa", network,
		       ip);
}
