/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of names: by which containers find each other. */
#include <stdlib.h>
#include <string.h>

#include "engine/store/lease_rows.h"
#include "engine/store/query.h"

int store_name_add(struct store *store, const char *network, const char *name,
		   const char *container, struct err *err)
{
	return execute(store, err,
		       "INSERT OR IGNORE INTO names (network, name, container) VALUES (?1, ?2, ?3)",
		       "sss", network, name, container);
}

int store_name_change(struct store *store, const char *container, const char *old, const char *new,
		      struct err *err)
{
	return execute(store, err,
		       "UPDATE OR REPLACE names SET name = ?3 WHERE container = ?1 AND name = ?2",
		       "sss", container, old, new);
}

/* The asker's few networks first, then a name in each: two primary keys and no scan. */
int store_name_find(struct store *store, const char *asker, const char *name,
		    struct lease_row **ret, size_t *count, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err,
		      "SELECT l.network, l.container, l.ip4, l.ip6, l.mac, l.host_link, l.link,"
		      " l.position, l.endpoint, l.aliases FROM leases a"
		      " CROSS JOIN names n ON n.network = a.network AND n.name = ?2"
		      " CROSS JOIN leases l ON l.container = n.container AND l.network = n.network"
		      " WHERE a.container = ?1",
		      "ss", asker, name);

	return lease_rows_read(store, stmt, r, ret, count, err);
}

/* The default network has no names: nor does an address tell one there. */
#define HAS_NAMES                                                                           \
	" AND EXISTS (SELECT 1 FROM names n WHERE n.network = l.network AND n.container = " \
	"l.container)"

/* The container's own name where it has several: that is what Docker answers too. */
int store_name_of(struct store *store, const char *asker, const struct ip *ip, char **ret,
		  struct err *err)
{
	sqlite3_stmt *stmt;
	int r;

	if (ip->len == 4)
		r = query(
		    store, &stmt, err,
		    "SELECT c.name FROM leases a CROSS JOIN leases l ON l.network = "
		    "a.network AND l.ip4 = ?2 AND l.ip4 NOT NULL"
		    " CROSS JOIN containers c ON c.id = l.container WHERE a.container = ?1" HAS_NAMES,
		    "sa", asker, ip);
	else
		r = query(
		    store, &stmt, err,
		    "SELECT c.name FROM leases a CROSS JOIN leases l ON l.network = "
		    "a.network AND l.ip6 = ?2 AND l.ip6 NOT NULL"
		    " CROSS JOIN containers c ON c.id = l.container WHERE a.container = ?1" HAS_NAMES,
		    "sa", asker, ip);
	if (r < 0)
		return r;
	*ret = NULL;
	if (r == 0)
		return 0;
	*ret = column_dup(stmt, 0);
	sqlite3_reset(stmt);
	return *ret ? 0 : err_oom(err);
}
