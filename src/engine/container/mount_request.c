/* SPDX-License-Identifier: Apache-2.0 */
/* The long form: HostConfig.Mounts. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/container/mount_options.h"
#include "engine/container/mounts.h"
#include "engine/container/request.h"

struct request {
	const char *type, *source, *target;
	bool readonly;
	json_t *bind, *tmpfs;
};

static int refuse_members(const json_t *object, const char *where, const char *const *known,
			  struct err *err)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)object, name, value) {
		for (i = 0; known[i] && !str_eq(known[i], name); i++)
			;
		if (!known[i] && !request_is_nothing(value))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "%s.%s is not supported",
				       where, name);
	}
	return 0;
}

static int read_request(const json_t *mount, struct request *ret, struct err *err)
{
	static const char *const known[] = { "Type",	     "Source",	    "Target",
					     "ReadOnly",     "Consistency", "BindOptions",
					     "TmpfsOptions", NULL };
	struct request q = { .type = "", .source = "", .target = "" };

	if (!json_is_object(mount))
		return err_invalid(err, "Mounts: each must be an object");
	if (js_get_str(mount, "Mounts", "Type", &q.type, err) < 0)
		return -EINVAL;
	if (str_eq(q.type, "volume"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "mount type \"volume\" is not supported: use bind or tmpfs");
	if (refuse_members(mount, "Mounts", known, err) < 0)
		return -ENOTSUP;
	if (js_get_str(mount, "Mounts", "Source", &q.source, err) < 0 ||
	    js_get_str(mount, "Mounts", "Target", &q.target, err) < 0 ||
	    js_get_bool(mount, "Mounts", "ReadOnly", &q.readonly, err) < 0 ||
	    js_get_obj(mount, "Mounts", "BindOptions", &q.bind, err) < 0 ||
	    js_get_obj(mount, "Mounts", "TmpfsOptions", &q.tmpfs, err) < 0)
		return -EINVAL;
	if (!*q.target)
		return err_invalid(err,
				   "invalid mount config for type \"%s\": field Target must "
				   "not be empty",
				   q.type);
	*ret = q;
	return 0;
}

static int read_bind(const struct request *q, struct bind_options *o, bool *create, struct err *err)
{
	static const char *const known[] = {
		"Propagation",		"NonRecursive",		  "CreateMountpoint",
		"ReadOnlyNonRecursive", "ReadOnlyForceRecursive", NULL
	};
	const char *propagation = "";
	bool force = false;

	o->readonly = q->readonly;
	if (refuse_members(q->bind, "Mounts.BindOptions", known, err) < 0)
		return -ENOTSUP;
	if (js_get_str(q->bind, "BindOptions", "Propagation", &propagation, err) < 0 ||
	    js_get_bool(q->bind, "BindOptions", "NonRecursive", &o->nonrecursive, err) < 0 ||
	    js_get_bool(q->bind, "BindOptions", "CreateMountpoint", create, err) < 0 ||
	    js_get_bool(q->bind, "BindOptions", "ReadOnlyNonRecursive", &o->readonly_nonrecursive,
			err) < 0 ||
	    js_get_bool(q->bind, "BindOptions", "ReadOnlyForceRecursive", &force, err) < 0)
		return -EINVAL;
	if (*propagation) {
		o->propagation = bind_propagation(propagation);
		if (!o->propagation)
			return err_invalid(err, "invalid propagation mode: %s", propagation);
	}
	if ((o->readonly_nonrecursive || force) && !q->readonly)
		return err_invalid(err, "a recursive read-only option needs ReadOnly");
	if (force && (o->readonly_nonrecursive || o->nonrecursive))
		return err_invalid(err, "ReadOnlyForceRecursive contradicts a non-recursive "
					"option");
	return 0;
}

static int bind_request(const struct request *q, json_t **ret, struct err *err)
{
	char *source cleanup_free = NULL, *target cleanup_free = NULL;
	struct bind_options o = BIND_OPTIONS_INIT;
	json_t *words cleanup_json = NULL;
	bool create = false;
	struct stat st;
	int r;

	if (q->tmpfs)
		return err_invalid(err, "field TmpfsOptions must not be specified");
	if (*q->source != '/')
		return err_invalid(err, "invalid mount path: '%s' mount path must be absolute",
				   q->source);
	r = read_bind(q, &o, &create, err);
	if (r == 0)
		r = mounts_destination(q->target, &target, err);
	if (r == 0)
		r = bind_options_words(&o, &words, err);
	if (r < 0)
		return r;
	source = path_clean(q->source);
	if (!source)
		return err_oom(err);
	if (!create && stat(source, &st) < 0)
		return err_invalid(err, "bind source path does not exist: %s", source);
	*ret = json_pack("{ss ss ss ss sb ss sO sb}", "Type", "bind", "Source", source,
			 "Destination", target, "Mode", "", "RW", !q->readonly, "Propagation",
			 o.propagation, "Options", words, "Create", create);
	return *ret ? 0 : err_oom(err);
}

/* [["noexec"],["nr_inodes","100"]] */
static int tmpfs_extra(const json_t *options, struct buf *text, struct err *err)
{
	json_t *pair, *word;
	size_t i, k;

	json_array_foreach (options, i, pair) {
		if (json_array_size(pair) < 1 || json_array_size(pair) > 2)
			return err_invalid(err, "TmpfsOptions.Options: each must be one or two "
						"strings");
		json_array_foreach (pair, k, word) {
			if (!json_is_string(word) || strchr(json_string_value(word), ','))
				return err_invalid(err, "TmpfsOptions.Options: each must be one "
							"or two strings");
			buf_printf(text, "%s%s",
				   k	       ? "="
				   : text->len ? ","
					       : "",
				   json_string_value(word));
		}
	}
	return text->failed ? err_oom(err) : 0;
}

static int tmpfs_request(const struct request *q, json_t **ret, struct err *err)
{
	static const char *const known[] = { "SizeBytes", "Mode", "Options", NULL };
	struct buf text cleanup_buf = BUF_INIT(65536);
	int64_t size = 0, mode = 0;
	json_t *options = NULL;

	if (q->bind)
		return err_invalid(err, "field BindOptions must not be specified");
	if (*q->source)
		return err_invalid(err, "field Source must not be specified");
	if (refuse_members(q->tmpfs, "Mounts.TmpfsOptions", known, err) < 0)
		return -ENOTSUP;
	if (js_get_i64(q->tmpfs, "TmpfsOptions", "SizeBytes", 0, INT64_MAX, &size, err) < 0 ||
	    js_get_i64(q->tmpfs, "TmpfsOptions", "Mode", 0, 07777, &mode, err) < 0 ||
	    js_get_arr(q->tmpfs, "TmpfsOptions", "Options", &options, err) < 0)
		return -EINVAL;
	if (tmpfs_extra(options, &text, err) < 0)
		return -EINVAL;
	if (size)
		buf_printf(&text, "%ssize=%" PRId64, text.len ? "," : "", size);
	if (mode)
		buf_printf(&text, "%smode=%o", text.len ? "," : "", (unsigned)mode);
	if (q->readonly)
		buf_printf(&text, "%sro", text.len ? "," : "");
	return mounts_parse_tmpfs(q->target, buf_str(&text), ret, err);
}

int mounts_parse_mount(const json_t *mount, json_t **ret, struct err *err)
{
	struct request q = { 0 };
	int r = read_request(mount, &q, err);

	if (r < 0)
		return r;
	if (str_eq(q.type, "bind"))
		r = bind_request(&q, ret, err);
	else if (str_eq(q.type, "tmpfs"))
		r = tmpfs_request(&q, ret, err);
	else
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "mount type \"%s\" is not supported: use bind or tmpfs", q.type);
	return r < 0 ? err_wrap(err, "invalid mount config for type \"%s\"", q.type) : 0;
}
