/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources.unified: raw v2 files (config-linux.md, Unified). */
#include "runtime/cgroup/controllers.h"

#include <string.h>

#include "base/path.h"
#include "base/str.h"

/* Files of the core that limit; the others move processes and controllers about, which is ours. */
static bool is_settable(const char *file)
{
	return !str_starts(file, "cgroup.") || str_eq(file, "cgroup.max.depth") ||
	       str_eq(file, "cgroup.max.descendants") || str_eq(file, "cgroup.pressure");
}

int cg_v2_unified_set(const struct cg_set *s, struct err *err)
{
	for (size_t i = 0; i < s->r->unified_count; i++) {
		const struct oci_key_value *u = &s->r->unified[i];
		int ret;

		if (!path_is_component(u->key) || !strchr(u->key, '.') || !is_settable(u->key))
			return err_invalid(err, "unified: \"%s\" is not a cgroup v2 limit", u->key);
		if (!cg_has(s->dir, u->key))
			return err_set(err, ERR_UNSUPPORTED, ENOENT,
				       "unified: this host's cgroup v2 has no %s", u->key);
		ret = cg_put(s, u->key, u->value, err);
		if (ret < 0)
			return err_wrap(err, "unified");
	}
	return 0;
}
