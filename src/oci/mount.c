/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of "mounts" (config.md, Mounts). */
#include <stdlib.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "oci/parse.h"

static int parse_options(const json_t *item, const char *where, struct oci_mount *m,
			 struct err *err)
{
	json_t *list = NULL, *option;
	size_t i;
	int r = js_get_arr(item, where, "options", &list, err);

	if (r < 0)
		return r;
	json_array_foreach (list, i, option) {
		if (!json_is_string(option))
			return err_invalid(err, "%s: options must be an array of strings", where);
		r = oci_mount_option(m, json_string_value(option), where, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_bind(const struct oci_mount *m, const char *where, struct err *err)
{
	bool remount = m->sb_flags & MS_REMOUNT;

	if (!m->source && !remount)
		return err_invalid(err, "%s: a bind mount needs a source", where);
	/* a bind mount has no super block of its own that they could mean */
	if (m->data.count)
		return err_invalid(err, "%s: unknown option \"%s\" of a bind mount", where,
				   m->data.items[0]);
	if (m->tmpcopyup)
		return err_invalid(err, "%s: tmpcopyup needs a tmpfs", where);
	return 0;
}

static int check_fs(const struct oci_mount *m, const char *where, struct err *err)
{
	if (!m->type && !(m->sb_flags & MS_REMOUNT))
		return err_invalid(err, "%s: type is required unless it is a bind mount", where);
	if (m->tmpcopyup && !str_eq(m->type, "tmpfs"))
		return err_invalid(err, "%s: tmpcopyup needs a tmpfs", where);
	if (m->copy_symlink)
		return err_invalid(err, "%s: copy-symlink needs a bind mount", where);
	if (m->idmap)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "%s: id mappings are supported for bind mounts only", where);
	return 0;
}

static int check(struct oci_mount *m, const char *where, struct err *err)
{
	/* config.md: both or neither */
	if (!m->uid_maps.count != !m->gid_maps.count)
		return err_invalid(err, "%s: uidMappings and gidMappings must be given together",
				   where);
	if (m->uid_maps.count)
		m->idmap = true;
	return m->bind ? check_bind(m, where, err) : check_fs(m, where, err);
}

int oci_mount_parse(const json_t *item, const char *where, void *ret, struct err *err)
{
	struct oci_mount *m = ret;
	int r = oci_dup_required(item, where, "destination", &m->destination, err);

	if (r == 0)
		r = js_dup_str(item, where, "source", &m->source, err);
	if (r == 0)
		r = js_dup_str(item, where, "type", &m->type, err);
	if (r == 0)
		r = parse_options(item, where, m, err);
	if (r == 0)
		r = oci_id_maps_parse(item, where, "uidMappings", &m->uid_maps, err);
	if (r == 0)
		r = oci_id_maps_parse(item, where, "gidMappings", &m->gid_maps, err);
	if (r < 0)
		return r;
	/* Go's omitempty has taught writers that "" is "not set" */
	if (m->source && !*m->source)
		free(take_ptr(&m->source));
	if (m->type && !*m->type)
		free(take_ptr(&m->type));
	if (m->type && str_eq(m->type, "bind"))
		m->bind = true;
	return check(m, where, err);
}

void oci_mount_clear(struct oci_mount *m)
{
	free(m->destination);
	free(m->source);
	free(m->type);
	strv_free(&m->data);
	free(m->uid_maps.items);
	free(m->gid_maps.items);
	*m = (struct oci_mount){ 0 };
}
