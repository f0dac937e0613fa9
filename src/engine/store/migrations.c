/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/schema.h"

#include "base/cleanup.h"

const struct store_migration store_migrations[] = {
	{ "containers", store_schema_containers },
	{ "images", store_schema_images },
	{ "networks", store_schema_networks },
};
const size_t store_migration_count = ARRAY_SIZE(store_migrations);
