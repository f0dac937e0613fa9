/* SPDX-License-Identifier: Apache-2.0 */
/* --volume, --mount and --tmpfs. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "cli/run/run.h"

/* A path as the user means it from where they stand; malloc'ed, NULL when out of memory. */
static char *absolute(const char *path)
{
	char *cwd cleanup_free = NULL, *joined cleanup_free = NULL;

	if (*path == '/')
		return path_clean(path);
	cwd = getcwd(NULL, 0);
	joined = cwd ? path_join(cwd, path) : NULL;
	return joined ? path_clean(joined) : NULL;
}

static int no_volumes(const char *what, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "%s: volumes are not supported yet: they do not exist in this version (bind "
		       "mounts begin with / or .)",
		       what);
}

/* "PATH:PATH_INSIDE[:OPTIONS]"; the engine checks the rest. */
static int add_bind(json_t *binds, const char *text, struct err *err)
{
	struct strv parts cleanup_strv = { 0 };
	char *source cleanup_free = NULL;
	json_t *bind;

	if (strv_split(&parts, text, ':') < 0)
		return err_oom(err);
	if (parts.count == 0 || parts.count > 3)
		return err_invalid(err, "invalid volume specification: '%s'", text);
	for (size_t i = 0; i < parts.count; i++)
		if (!*parts.items[i])
			return err_invalid(err, "invalid spec: %s: empty section between colons",
					   text);
	if (parts.count == 1 || !strchr("/.", *parts.items[0]))
		return no_volumes(text, err);
	source = absolute(parts.items[0]);
	if (!source)
		return err_oom(err);
	bind = parts.count == 3 ? json_sprintf("%s:%s:%s", source, parts.items[1], parts.items[2])
				: json_sprintf("%s:%s", source, parts.items[1]);
	if (!bind)
		return err_invalid(err, "--volume: not UTF-8");
	return json_array_append_new(binds, bind) < 0 ? err_oom(err) : 0;
}

/* One record of CSV: fields may be in double quotes, which are doubled within. */
static int split_csv(const char *text, struct strv *ret, struct err *err)
{
	struct buf field cleanup_buf = BUF_INIT(65536);
	const char *p = text;

	for (;;) {
		buf_clear(&field);
		if (*p == '"') {
			for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
				if (*p == '"')
					p++;
				buf_add_char(&field, *p);
			}
			if (*p++ != '"' || (*p && *p != ','))
				return err_invalid(err, "--mount: %s: wrong quotes", text);
		} else {
			for (; *p && *p != ','; p++)
				buf_add_char(&field, *p);
		}
		if (field.failed || strv_add(ret, buf_str(&field)) < 0)
			return err_invalid(err, "--mount: too long");
		if (!*p++)
			return 0;
	}
}

struct mount {
	json_t *object, *bind, *tmpfs;
	const char *type;
	bool source, target;
};

static int set_flag(json_t *object, const char *member, const char *key, const char *value,
		    struct err *err)
{
	bool on = true;
	int r = value ? str_to_bool(value, key, &on, err) : 0;

	if (r < 0)
		return err_invalid(err, "invalid value for %s: %s", key, value);
	return run_set(object, member, json_boolean(on), err);
}

static int set_recursive(struct mount *m, const char *value, struct err *err)
{
	static const struct {
		const char *value, *member;
	} ways[] = {
		{ "enabled", NULL },
		{ "disabled", "NonRecursive" },
		{ "writable", "ReadOnlyNonRecursive" },
		{ "readonly", "ReadOnlyForceRecursive" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (str_eq(value, ways[i].value))
			return ways[i].member ? run_set(m->bind, ways[i].member, json_true(), err)
					      : 0;
	return err_invalid(err,
			   "invalid value for bind-recursive: %s (must be \"enabled\", "
			   "\"disabled\", \"writable\", or \"readonly\")",
			   value);
}

static int set_source(struct mount *m, const char *value, struct err *err)
{
	char *path cleanup_free = NULL;

	m->source = true;
	/* what a type other than bind makes of it is the engine's to say */
	path = strchr("/.", *value) && *value ? absolute(value) : strdup(value);
	return path ? run_set(m->object, "Source", json_string(path), err) : err_oom(err);
}

static int set_number(json_t *object, const char *member, const char *key, const char *value,
		      struct err *err)
{
	int64_t size = 0;
	char *end;

	if (str_eq(member, "Mode")) {
		size = strtol(value, &end, 8);
		if (!*value || *end || size < 0 || size > 07777)
			return err_invalid(err, "invalid value for %s: %s", key, value);
	} else if (str_to_size(value, key, &size, NULL) < 0) {
		return err_invalid(err, "invalid value for %s: %s", key, value);
	}
	return run_set(object, member, json_integer(size), err);
}

/* `value` NULL: the key stood alone. */
static int set_field(struct mount *m, const char *key, const char *value, const char *field,
		     struct err *err)
{
	if (str_eq(key, "readonly") || str_eq(key, "ro"))
		return set_flag(m->object, "ReadOnly", key, value, err);
	if (str_eq(key, "bind-nonrecursive"))
		return set_flag(m->bind, "NonRecursive", key, value, err);
	if (str_eq(key, "bind-create-src"))
		return set_flag(m->bind, "CreateMountpoint", key, value, err);
	if (str_starts(key, "volume-"))
		return no_volumes(field, err);
	if (!value)
		return err_invalid(err, "invalid field '%s' must be a key=value pair", field);
	if (str_eq(key, "type"))
		return run_set(m->object, "Type", json_string(value), err);
	if (str_eq(key, "source") || str_eq(key, "src"))
		return set_source(m, value, err);
	if (str_eq(key, "target") || str_eq(key, "dst") || str_eq(key, "destination")) {
		m->target = true;
		return run_set(m->object, "Target", json_string(value), err);
	}
	if (str_eq(key, "consistency"))
		return run_set(m->object, "Consistency", json_string(value), err);
	if (str_eq(key, "bind-propagation"))
		return run_set(m->bind, "Propagation", json_string(value), err);
	if (str_eq(key, "bind-recursive"))
		return set_recursive(m, value, err);
	if (str_eq(key, "tmpfs-size"))
		return set_number(m->tmpfs, "SizeBytes", key, value, err);
	if (str_eq(key, "tmpfs-mode"))
		return set_number(m->tmpfs, "Mode", key, value, err);
	return err_invalid(err, "unexpected key '%s' in '%s'", key, field);
}

/* Options of another type are mistakes, not to be dropped. */
static int finish_mount(struct mount *m, const char *text, struct err *err)
{
	const char *type = json_string_value(json_object_get(m->object, "Type"));

	if (!m->target)
		return err_invalid(err, "--mount: target is required in '%s'", text);
	if (str_eq(type, "volume"))
		return no_volumes(text, err);
	if (json_object_size(m->bind) && !str_eq(type, "bind"))
		return err_invalid(err, "cannot mix 'bind-*' options with mount type '%s'", type);
	if (json_object_size(m->tmpfs) && !str_eq(type, "tmpfs"))
		return err_invalid(err, "cannot mix 'tmpfs-*' options with mount type '%s'", type);
	if (str_eq(type, "bind") && !m->source)
		return err_invalid(err, "--mount: source is required in '%s'", text);
	if (json_object_size(m->bind))
		json_object_set(m->object, "BindOptions", m->bind);
	if (json_object_size(m->tmpfs))
		json_object_set(m->object, "TmpfsOptions", m->tmpfs);
	return 0;
}

static int parse_mount(const char *text, json_t *object, struct err *err)
{
	json_t *bind cleanup_json = json_object(), *tmpfs cleanup_json = json_object();
	struct mount m = { .object = object, .bind = bind, .tmpfs = tmpfs };
	struct strv fields cleanup_strv = { 0 };
	int r;

	if (!bind || !tmpfs)
		return err_oom(err);
	/* Docker's default; a mount without a type asks for a volume. */
	r = run_set(object, "Type", json_string("volume"), err);
	if (r == 0)
		r = split_csv(text, &fields, err);
	for (size_t i = 0; r == 0 && i < fields.count; i++) {
		char *key cleanup_free = strdup(fields.items[i]);
		char *equals = key ? strchr(key, '=') : NULL;

		if (!key)
			return err_oom(err);
		if (equals)
			*equals = '\0';
		r = set_field(&m, key, equals ? equals + 1 : NULL, fields.items[i], err);
	}
	return r < 0 ? r : finish_mount(&m, text, err);
}

static int add_mounts(const struct strv *list, json_t *host, struct err *err)
{
	json_t *mounts = json_array();
	int r = mounts ? 0 : err_oom(err);

	for (size_t i = 0; r == 0 && i < list->count; i++) {
		json_t *object = json_object();

		r = json_array_append_new(mounts, object) < 0
			? err_oom(err)
			: parse_mount(list->items[i], object, err);
	}
	if (r < 0) {
		json_decref(mounts);
		return r;
	}
	return run_set(host, "Mounts", mounts, err);
}

static int add_tmpfs(const struct strv *list, json_t *host, struct err *err)
{
	json_t *map = json_object();
	int r = map ? 0 : err_oom(err);

	for (size_t i = 0; r == 0 && i < list->count; i++) {
		const char *text = list->items[i], *colon = strchrnul(text, ':');
		char *path cleanup_free = strndup(text, (size_t)(colon - text));

		r = path ? run_set(map, path, json_string(*colon ? colon + 1 : ""), err)
			 : err_oom(err);
	}
	if (r < 0) {
		json_decref(map);
		return r;
	}
	return run_set(host, "Tmpfs", map, err);
}

int run_mounts(const struct run *v, json_t *host, struct err *err)
{
	json_t *binds = NULL;
	int r = 0;

	if (v->volume.count) {
		binds = json_array();
		r = run_set(host, "Binds", binds, err);
	}
	for (size_t i = 0; r == 0 && i < v->volume.count; i++)
		r = add_bind(binds, v->volume.items[i], err);
	if (r == 0 && v->mount.count)
		r = add_mounts(&v->mount, host, err);
	if (r == 0 && v->tmpfs.count)
		r = add_tmpfs(&v->tmpfs, host, err);
	return r;
}
