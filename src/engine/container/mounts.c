/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/mounts.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/container/mount_options.h"

int mounts_destination(const char *text, char **ret, struct err *err)
{
	char *clean cleanup_free = NULL;

	if (*text != '/')
		return err_invalid(err, "invalid mount path: '%s' mount path must be absolute",
				   text);
	clean = path_clean(text);
	if (!clean)
		return err_oom(err);
	if (str_eq(clean, "/"))
		return err_invalid(err, "invalid specification: destination can't be '/'");
	*ret = take_ptr(&clean);
	return 0;
}

/* A name where a path should be: Docker would make a volume of it. */
static int refuse_volume(const char *source, struct err *err)
{
	static const char chars[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (strspn(source, chars) == strlen(source) && *source != '.' && *source != '-')
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "named volumes are not supported: \"%s\" (for a directory of the "
			       "host use an absolute path)",
			       source);
	return err_invalid(err,
			   "\"%s\" is neither an absolute path nor a volume's name: a directory "
			   "of the host needs an absolute path",
			   source);
}

static int bind_point(const char *source, const char *destination, const char *mode,
		      struct bind_options *o, bool create, json_t **ret, struct err *err)
{
	char *clean cleanup_free = path_clean(source), *target cleanup_free = NULL;
	json_t *options cleanup_json = NULL;
	int r;

	if (!clean)
		return err_oom(err);
	r = mounts_destination(destination, &target, err);
	if (r == 0)
		r = bind_options_words(o, &options, err);
	if (r < 0)
		return r;
	*ret = json_pack("{ss ss ss ss sb ss sO sb}", "Type", "bind", "Source", clean,
			 "Destination", target, "Mode", mode, "RW", !o->readonly, "Propagation",
			 o->propagation, "Options", options, "Create", create);
	return *ret ? 0 : err_oom(err);
}

int mounts_parse_bind(const char *text, json_t **ret, struct err *err)
{
	struct strv parts cleanup_strv = { 0 };
	struct bind_options o = BIND_OPTIONS_INIT;
	const char *mode = "";
	int r;

	if (strv_split(&parts, text, ':') < 0)
		return err_oom(err);
	if (parts.count < 2 || parts.count > 3 || !*parts.items[0] || !*parts.items[1])
		return err_invalid(err, "invalid volume specification: '%s'", text);
	if (*parts.items[0] != '/')
		return refuse_volume(parts.items[0], err);
	if (parts.count == 3) {
		mode = parts.items[2];
		r = bind_options_parse(mode, &o, err);
		if (r < 0)
			return r;
	}
	r = bind_point(parts.items[0], parts.items[1], mode, &o, true, ret, err);
	return r < 0 ? err_wrap(err, "invalid volume specification: '%s'", text) : 0;
}

int mounts_parse_tmpfs(const char *destination, const char *options, json_t **ret, struct err *err)
{
	json_t *words cleanup_json = NULL;
	char *target cleanup_free = NULL;
	bool readonly;
	int r = mounts_destination(destination, &target, err);

	if (r == 0)
		r = tmpfs_options_words(options, &words, &readonly, err);
	if (r < 0)
		return r;
	*ret = json_pack("{ss ss ss ss sb ss sO}", "Type", "tmpfs", "Source", "", "Destination",
			 target, "Mode", "", "RW", !readonly, "Propagation", "", "Options", words);
	return *ret ? 0 : err_oom(err);
}
