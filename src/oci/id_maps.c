/* SPDX-License-Identifier: Apache-2.0 */
/* uidMappings and gidMappings: what /proc/PID/uid_map will take (user_namespaces(7)). */
#include "oci/parse.h"

enum { EXTENTS_MAX = 340 }; /* UID_GID_MAP_MAX_EXTENTS of the kernel */

static int parse_map(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_id_map *map = ret;
	int r = oci_require(item, where, "containerID", err);

	if (r == 0)
		r = oci_require(item, where, "hostID", err);
	if (r == 0)
		r = oci_require(item, where, "size", err);
	if (r == 0)
		r = oci_get_u32(item, where, "containerID", UINT32_MAX, &map->container, err);
	if (r == 0)
		r = oci_get_u32(item, where, "hostID", UINT32_MAX, &map->host, err);
	if (r == 0)
		r = oci_get_u32(item, where, "size", UINT32_MAX, &map->size, err);
	if (r < 0)
		return r;
	if (map->size == 0)
		return err_invalid(err, "%s: size must not be 0", where);
	/* 4294967295 is (uid_t)-1: no id */
	if (map->size > UINT32_MAX - map->container || map->size > UINT32_MAX - map->host)
		return err_invalid(err, "%s: the range ends past 4294967294", where);
	return 0;
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < b ? b - a < a_size : a - b < b_size;
}

int oci_id_maps_parse(const json_t *object, const char *where, const char *key,
		      struct oci_id_maps *ret, struct err *err)
{
	int r = oci_get_items(object, where, key, sizeof(*ret->items), parse_map, &ret->items,
			      &ret->count, err);

	if (r < 0)
		return r;
	if (ret->count > EXTENTS_MAX)
		return err_invalid(err, "%s: %s has more than %d entries", where, key, EXTENTS_MAX);
	for (size_t i = 0; i < ret->count; i++) {
		const struct oci_id_map *a = &ret->items[i];

		for (size_t k = 0; k < i; k++) {
			const struct oci_id_map *b = &ret->items[k];

			if (overlap(a->container, a->size, b->container, b->size) ||
			    overlap(a->host, a->size, b->host, b->size))
				return err_invalid(err, "%s: %s[%zu] overlaps with %s[%zu]", where,
						   key, i, key, k);
		}
	}
	return 0;
}
