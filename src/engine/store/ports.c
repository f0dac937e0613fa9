/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of published ports. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/store/networks.h"
#include "engine/store/query.h"

#define COLUMNS "container, proto, host, first, last, target"

static const char *proto_name(int proto)
{
	return proto == IPPROTO_TCP ? "tcp" : proto == IPPROTO_UDP ? "udp" : "sctp";
}

/* Two addresses are in each other's way when they are the same or one of them means any; of
 * different families never. */
static bool collides(const struct ip *a, const struct ip *b)
{
	return a->len == b->len && (ip_equal(a, b) || ip_is_any(a) || ip_is_any(b));
}

/* Steps through rows "host, container's name, first" for one that is in the way: 1, with `err`
 * filled. */
static int look(struct store *store, sqlite3_stmt *stmt, int r, const struct port_row *row,
		struct err *err)
{
	struct ip host;

	for (; r == 1; r = store_step(store, stmt, err)) {
		host = column_ip(stmt, 0);
		if (!collides(&host, &row->host))
			continue;
		if (err) {
			char text[IP_TEXT];
			int port = sqlite3_column_int(stmt, 2);

			err_set(err, ERR_CONFLICT, EADDRINUSE,
				"port %d/%s on %s is already published by container %s",
				port > row->first ? port : row->first, proto_name(row->proto),
				ip_format(&host, text), sqlite3_column_text(stmt, 1));
		}
		sqlite3_reset(stmt);
		return 1;
	}
	return r;
}

/* Single ports lie in order in the index; ranges are few, and are all looked at. */
static int find_conflict(struct store *store, const struct port_row *row, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err,
		      "SELECT p.host, c.name, p.first FROM ports p JOIN containers c ON c.id = "
		      "p.container WHERE p.proto = ?1 AND p.single = 1 AND p.first BETWEEN ?2 AND "
		      "?3",
		      "iii", (int64_t)row->proto, (int64_t)row->first, (int64_t)row->last);

	r = look(store, stmt, r, row, err);
	if (r != 0)
		return r;
	r = query(store, &stmt, err,
		  "SELECT p.host, c.name, p.first FROM ports p JOIN containers c ON c.id = "
		  "p.container WHERE p.proto = ?1 AND p.single = 0 AND p.first <= ?3 AND p.last >= "
		  "?2",
		  "iii", (int64_t)row->proto, (int64_t)row->first, (int64_t)row->last);
	return look(store, stmt, r, row, err);
}

int store_port_add(struct store *store, const struct port_row *row, struct err *err)
{
	int r = find_conflict(store, row, err);

	if (r != 0)
		return r < 0 ? r : -EADDRINUSE;
	return execute(store, err,
		       "INSERT INTO ports (proto, single, first, last, host, target, container) "
		       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		       "iiiiais", (int64_t)row->proto, (int64_t)(row->first == row->last),
		       (int64_t)row->first, (int64_t)row->last, &row->host, (int64_t)row->target,
		       row->container);
}

static int read_row(sqlite3_stmt *stmt, struct port_row *ret, struct err *err)
{
	struct port_row row = { .proto = sqlite3_column_int(stmt, 1),
				.host = column_ip(stmt, 2),
				.first = (uint16_t)sqlite3_column_int(stmt, 3),
				.last = (uint16_t)sqlite3_column_int(stmt, 4),
				.target = (uint16_t)sqlite3_column_int(stmt, 5) };

	if (!column_copy(stmt, 0, row.container, sizeof(row.container)) || !ip_is_set(&row.host) ||
	    row.first > row.last)
		return err_set(err, ERR_ENGINE, EUCLEAN, "the database is damaged: a port");
	*ret = row;
	return 0;
}

int store_port_list(struct store *store, const char *container, struct port_row **ret,
		    size_t *count, struct err *err)
{
	struct port_row *rows cleanup_free = NULL, *more;
	size_t n = 0, room = 0;
	sqlite3_stmt *stmt;
	int r;

	if (container)
		r = query(store, &stmt, err,
			  "SELECT " COLUMNS " FROM ports WHERE container = ?1 ORDER BY rowid", "s",
			  container);
	else
		r = query(store, &stmt, err, "SELECT " COLUMNS " FROM ports ORDER BY rowid", "");
	for (; r == 1; r = store_step(store, stmt, err)) {
		if (n == room) {
			room = room ? room * 2 : 16;
			more = realloc(rows, room * sizeof(*rows));
			if (more)
				rows = more;
			r = more ? 0 : err_oom(err);
		} else {
			r = 0;
		}
		if (r == 0)
			r = read_row(stmt, &rows[n], err);
		if (r < 0)
			break;
		n++;
	}
	if (r < 0) {
		sqlite3_reset(stmt);
		return r;
	}
	*ret = take_ptr(&rows);
	*count = n;
	return 0;
}

int store_port_is_taken(struct store *store, int proto, const struct ip *host, uint16_t port,
			bool *ret, struct err *err)
{
	struct port_row row = { .proto = proto, .host = *host, .first = port, .last = port };
	int r = find_conflict(store, &row, NULL);

	if (r < 0)
		return err_set(err, ERR_ENGINE, EIO, "the database: published ports");
	*ret = r > 0;
	return 0;
}
