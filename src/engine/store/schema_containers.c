/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/schema.h"

/*
 * meta       single facts: "id" (this engine's own id), "checkpoint" (rewritten by each checkpoint,
 *            see store_checkpoint()).
 * containers what was asked for; `config` is the document of engine/container/container.h.
 * id_ranges  host ids that the user namespaces of containers take (`--userns auto`); `start` is
 *            unique and ranges are all of one size, so that none overlap.
 */
const char store_schema_containers[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('id', lower(hex(randomblob(16))));"
    "CREATE TABLE containers ("
    "	id TEXT PRIMARY KEY,"
    "	name TEXT NOT NULL UNIQUE,"
    "	image TEXT NOT NULL,"
    "	image_id TEXT NOT NULL,"
    "	config TEXT NOT NULL,"
    "	created_ns INTEGER NOT NULL,"
    "	wanted INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX containers_by_image ON containers (image_id) WHERE image_id != '';"
    "CREATE TABLE id_ranges ("
    "	start INTEGER PRIMARY KEY,"
    "	container TEXT NOT NULL UNIQUE REFERENCES containers (id) ON DELETE CASCADE);";
