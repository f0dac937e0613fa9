/* SPDX-License-Identifier: Apache-2.0 */
/* Between leases.c and lease_names.c: reading rows of leases. */
#ifndef CORACLE_ENGINE_STORE_LEASE_ROWS_H
#define CORACLE_ENGINE_STORE_LEASE_ROWS_H

#include "engine/store/networks.h"

#define LEASE_COLUMNS \
	"network, container, ip4, ip6, mac, host_link, link, position, endpoint, aliases"

/* All rows of a statement whose first step gave `r`. */
int lease_rows_read(struct store *store, sqlite3_stmt *stmt, int r, struct lease_row **ret,
		    size_t *count, struct err *err);

#endif
