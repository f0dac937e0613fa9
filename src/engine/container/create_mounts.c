/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/create_internal.h"
#include "engine/container/mounts.h"

/* Steals `point`. */
static int add_point(struct create *c, json_t *point, struct err *err)
{
	const char *destination = member_str(point, "Destination");
	json_t *other;
	size_t i;

	json_array_foreach (c->mount_points, i, other) {
		if (!str_eq(member_str(other, "Destination"), destination))
			continue;
		err_invalid(err, "Duplicate mount point: %s", destination);
		json_decref(point);
		return -EINVAL;
	}
	return json_array_append_new(c->mount_points, point) < 0 ? err_oom(err) : 0;
}

int create_check_mounts(struct create *c, struct err *err)
{
	const char *destination;
	json_t *item, *point;
	size_t i;
	int r;

	json_array_foreach (json_object_get(c->host, "Binds"), i, item) {
		r = mounts_parse_bind(json_string_value(item), &point, err);
		if (r == 0)
			r = add_point(c, point, err);
		if (r < 0)
			return r;
	}
	json_array_foreach (json_object_get(c->host, "Mounts"), i, item) {
		r = mounts_parse_mount(item, &point, err);
		if (r == 0)
			r = add_point(c, point, err);
		if (r < 0)
			return r;
	}
	json_object_foreach (json_object_get(c->host, "Tmpfs"), destination, item) {
		r = mounts_parse_tmpfs(destination, json_string_value(item), &point, err);
		if (r == 0)
			r = add_point(c, point, err);
		if (r < 0)
			return r;
		/* Docker does not list these among the mounts */
		json_object_set_new(point, "Hidden", json_true());
	}
	return 0;
}
