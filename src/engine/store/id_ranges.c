/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "engine/store/containers.h"
#include "engine/store/query.h"

/* The first place that is free: rows come in order, so a candidate moves up past each that it would
 * overlap. */
int store_id_range_take(struct store *store, const char *id, uint32_t first, uint32_t room,
			uint32_t size, uint32_t *ret_start, struct err *err)
{
	int64_t candidate = first, taken;
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err,
		      "SELECT start FROM id_ranges WHERE start > ?1 AND start < ?2 ORDER BY start",
		      "ii", (int64_t)first - size, (int64_t)first + room);

	for (; r == 1; r = store_step(store, stmt, err)) {
		taken = sqlite3_column_int64(stmt, 0);
		if (taken >= candidate + size)
			break;
		while (taken + size > candidate)
			candidate += size;
	}
	sqlite3_reset(stmt);
	if (r < 0)
		return r;
	if (candidate + size > (int64_t)first + room)
		return err_set(err, ERR_CONFLICT, ENOSPC,
			       "no range of %u ids is left for another user namespace", size);
	r = execute(store, err, "INSERT INTO id_ranges (start, container) VALUES (?1, ?2)", "is",
		    candidate, id);
	if (r == 0)
		*ret_start = (uint32_t)candidate;
	return r;
}

int store_meta_get(struct store *store, const char *key, char **ret, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err, "SELECT value FROM meta WHERE key = ?1", "s", key);
	char *value;

	if (r <= 0)
		return r < 0 ? r : err_set(err, ERR_NOT_FOUND, ENOENT, "no %s in the store", key);
	value = column_dup(stmt, 0);
	sqlite3_reset(stmt);
	if (!value)
		return err_oom(err);
	*ret = value;
	return 0;
}
