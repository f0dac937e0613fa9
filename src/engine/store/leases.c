/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of leases: who has which address. */
#include "engine/store/networks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/store/lease_rows.h"
#include "engine/store/query.h"

void lease_row_clear(struct lease_row *row)
{
	json_decref(row->aliases);
	*row = (struct lease_row){ 0 };
}

void lease_list_free(struct lease_row *rows, size_t count)
{
	for (size_t i = 0; rows && i < count; i++)
		lease_row_clear(&rows[i]);
	free(rows);
}

static void copy_short(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

static int read_row(sqlite3_stmt *stmt, struct lease_row *ret, struct err *err)
{
	const unsigned char *aliases = sqlite3_column_text(stmt, 9);
	struct lease_row row = { 0 };

	if (!column_copy(stmt, 0, row.network, sizeof(row.network)) ||
	    !column_copy(stmt, 1, row.container, sizeof(row.container)) ||
	    sqlite3_column_bytes(stmt, 4) != MAC_LEN)
		return err_set(err, ERR_ENGINE, EUCLEAN, "the database is damaged: a lease");
	row.ip4 = column_ip(stmt, 2);
	row.ip6 = column_ip(stmt, 3);
	memcpy(row.mac, sqlite3_column_blob(stmt, 4), MAC_LEN);
	copy_short(stmt, 5, row.host_link, sizeof(row.host_link));
	copy_short(stmt, 6, row.link, sizeof(row.link));
	row.position = sqlite3_column_int(stmt, 7);
	copy_short(stmt, 8, row.endpoint, sizeof(row.endpoint));
	row.aliases = aliases && *aliases ? json_loads((const char *)aliases, 0, NULL) : NULL;
	*ret = row;
	return 0;
}

int lease_rows_read(struct store *store, sqlite3_stmt *stmt, int r, struct lease_row **ret,
		    size_t *count, struct err *err)
{
	struct lease_row *rows = NULL, *more;
	size_t n = 0;

	for (; r == 1; r = store_step(store, stmt, err)) {
		more = realloc(rows, (n + 1) * sizeof(*rows));
		if (more)
			rows = more;
		r = more ? read_row(stmt, &rows[n], err) : err_oom(err);
		if (r < 0)
			break;
		n++;
	}
	if (r < 0) {
		sqlite3_reset(stmt);
		lease_list_free(rows, n);
		return r;
	}
	*ret = rows;
	*count = n;
	return 0;
}

static int taken(struct store *store, const struct lease_row *row, struct err *err)
{
	char address[IP_TEXT];
	struct lease_row other cleanup_with(lease_row_clear) = { 0 };
	const struct ip *ip = &row->ip4;

	if (store_lease_at(store, row->network, ip, &other, NULL) != 1)
		ip = &row->ip6;
	return err_set(err, ERR_CONFLICT, EADDRINUSE, "address %s is in use on network %.12s",
		       ip_format(ip, address), row->network);
}

int store_lease_add(struct store *store, const struct lease_row *row, struct err *err)
{
	/* the type 'a' binds any short string of bytes */
	struct ip mac = { .len = MAC_LEN };
	char *aliases cleanup_free = row->aliases ? js_dump(row->aliases, JSON_COMPACT) : NULL;
	struct err why = { 0 };
	int r;

	memcpy(mac.bytes, row->mac, MAC_LEN);
	r = execute(store, &why,
		    "INSERT INTO leases (" LEASE_COLUMNS ") VALUES "
		    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		    "ssaaassiss", row->network, row->container, &row->ip4, &row->ip6, &mac,
		    row->host_link, row->link, (int64_t)row->position, row->endpoint,
		    aliases ? aliases : "");
	if (r == -EEXIST)
		return taken(store, row, err);
	if (r < 0 && err)
		*err = why;
	return r;
}

/* Moves *at past the addresses that are never given out; false where that leads past the last. */
static bool pass_skipped(struct ip *at, const struct ip *skip, size_t skip_count)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < skip_count; i++) {
			if (!ip_equal(at, &skip[i]))
				continue;
			if (!ip_add(at, 1, at))
				return false;
			moved = true;
		}
	}
	return true;
}

/* Rows come in order, so a candidate moves up past each that it meets. */
int store_lease_free_address(struct store *store, const char *network, const struct ip *from,
			     const struct ip *last, const struct ip *skip, size_t skip_count,
			     struct ip *ret, struct err *err)
{
	struct ip at = *from, used;
	sqlite3_stmt *stmt;
	bool room = true;
	int r;

	if (from->len == 4)
		r = query(store, &stmt, err,
			  "SELECT ip4 FROM leases WHERE network = ?1 AND ip4 >= ?2 AND ip4 NOT "
			  "NULL ORDER BY ip4",
			  "sa", network, from);
	else
		r = query(store, &stmt, err,
			  "SELECT ip6 FROM leases WHERE network = ?1 AND ip6 >= ?2 AND ip6 NOT "
			  "NULL ORDER BY ip6",
			  "sa", network, from);
	room = pass_skipped(&at, skip, skip_count);
	for (; r == 1 && room; r = store_step(store, stmt, err)) {
		used = column_ip(stmt, 0);
		if (used.len != at.len || ip_compare(&used, &at) > 0)
			break;
		if (ip_equal(&used, &at))
			room = ip_add(&at, 1, &at) && pass_skipped(&at, skip, skip_count);
	}
	sqlite3_reset(stmt);
	if (r < 0)
		return r;
	if (!room || ip_compare(&at, last) > 0)
		return -ENOSPC;
	*ret = at;
	return 0;
}

int store_lease_list(struct store *store, const char *network, const char *container,
		     struct lease_row **ret, size_t *count, struct err *err)
{
	sqlite3_stmt *stmt;
	int r;

	if (container && network)
		r = query(store, &stmt, err,
			  "SELECT " LEASE_COLUMNS " FROM leases WHERE container = ?1 AND network = "
			  "?2",
			  "ss", container, network);
	else if (container)
		r = query(store, &stmt, err,
			  "SELECT " LEASE_COLUMNS
			  " FROM leases WHERE container = ?1 ORDER BY position",
			  "s", container);
	else if (network)
		r = query(store, &stmt, err,
			  "SELECT " LEASE_COLUMNS " FROM leases WHERE network = ?1", "s", network);
	else
		r = query(store, &stmt, err, "SELECT " LEASE_COLUMNS " FROM leases", "");
	return lease_rows_read(store, stmt, r, ret, count, err);
}

int store_lease_at(struct store *store, const char *network, const struct ip *ip,
		   struct lease_row *ret, struct err *err)
{
	sqlite3_stmt *stmt;
	int r;

	if (ip->len == 4)
		r = query(store, &stmt, err,
			  "SELECT " LEASE_COLUMNS
			  " FROM leases WHERE network = ?1 AND ip4 = ?2 AND ip4 NOT NULL",
			  "sa", network, ip);
	else
		r = query(store, &stmt, err,
			  "SELECT " LEASE_COLUMNS
			  " FROM leases WHERE network = ?1 AND ip6 = ?2 AND ip6 NOT NULL",
			  "sa", network, ip);
	if (r <= 0)
		return r;
	r = read_row(stmt, ret, err);
	sqlite3_reset(stmt);
	return r < 0 ? r : 1;
}

int store_lease_count(struct store *store, const char *network, int64_t *ret, struct err *err)
{
	sqlite3_stmt *stmt;
	int r;

	if (network)
		r = query(store, &stmt, err, "SELECT count(*) FROM leases WHERE network = ?1", "s",
			  network);
	else
		r = query(store, &stmt, err, "SELECT count(*) FROM leases", "");
	if (r < 0)
		return r;
	*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

int store_lease_remove(struct store *store, const char *network, const char *container,
		       struct err *err)
{
	int r = execute(store, err, "DELETE FROM names WHERE network = ?1 AND container = ?2", "ss",
			network, container);

	if (r < 0)
		return r;
	return execute(store, err, "DELETE FROM leases WHERE network = ?1 AND container = ?2", "ss",
		       network, container);
}

int store_network_release(struct store *store, const char *container, struct err *err)
{
	static const char *const texts[] = {
		"DELETE FROM names WHERE container = ?1",
		"DELETE FROM leases WHERE container = ?1",
		"DELETE FROM ports WHERE container = ?1",
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
		r = execute(store, err, texts[i], "s", container);
	return r;
}
