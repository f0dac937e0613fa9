/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of the database, as a list of migrations. Migration n takes a database of version n-1
 * (PRAGMA user_version) to version n; all that are missing run in one transaction. A migration that
 * was released is never changed: a later one corrects it.
 *
 * Each subject has its own file schema_SUBJECT.c that defines one text of SQL; migrations.c lists
 * them in order.
 */
#ifndef CORACLE_ENGINE_STORE_SCHEMA_H
#define CORACLE_ENGINE_STORE_SCHEMA_H

#include <stddef.h>

struct store_migration {
	const char *name; /* for error texts */
	const char *sql;  /* one or more statements; no BEGIN or COMMIT */
};

extern const struct store_migration store_migrations[];
extern const size_t store_migration_count; /* the newest version */

extern const char store_schema_containers[];
extern const char store_schema_images[];
extern const char store_schema_networks[];

#endif
