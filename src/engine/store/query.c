/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/query.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "engine/store/internal.h"

static int bind_ip(sqlite3_stmt *stmt, int at, const struct ip *ip)
{
	if (!ip || !ip_is_set(ip))
		return sqlite3_bind_null(stmt, at);
	return sqlite3_bind_blob(stmt, at, ip->bytes, ip->len, SQLITE_STATIC);
}

static int start(struct store *store, const char *sql, const char *types, va_list args,
		 sqlite3_stmt **ret, struct err *err)
{
	int r = store_prepare(store, sql, ret, err), at, code;

	for (at = 1; r == 0 && types[at - 1]; at++) {
		if (types[at - 1] == 's')
			code = sqlite3_bind_text(*ret, at, va_arg(args, const char *), -1,
						 SQLITE_STATIC);
		else if (types[at - 1] == 'a')
			code = bind_ip(*ret, at, va_arg(args, const struct ip *));
		else
			code = sqlite3_bind_int64(*ret, at, va_arg(args, int64_t));
		if (code != SQLITE_OK)
			return store_fail(store, err);
	}
	return r < 0 ? r : store_step(store, *ret, err);
}

int query(struct store *store, sqlite3_stmt **ret, struct err *err, const char *sql,
	  const char *types, ...)
{
	va_list args;
	int r;

	va_start(args, types);
	r = start(store, sql, types, args, ret, err);
	va_end(args);
	return r;
}

int execute(struct store *store, struct err *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list args;
	int r;

	va_start(args, types);
	r = start(store, sql, types, args, &stmt, err);
	va_end(args);
	return r < 0 ? r : 0;
}

char *column_dup(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return strdup(text ? (const char *)text : "");
}

bool column_copy(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	if (!text || strlen((const char *)text) != size - 1)
		return false;
	memcpy(out, text, size);
	return true;
}

struct ip column_ip(sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_blob(stmt, column);
	int len = sqlite3_column_bytes(stmt, column);
	struct ip ip = { 0 };

	if (bytes && (len == 4 || len == 16)) {
		ip.len = (uint8_t)len;
		memcpy(ip.bytes, bytes, (size_t)len);
	}
	return ip;
}
