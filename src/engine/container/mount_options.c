/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/mount_options.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

const char *bind_propagation(const char *name)
{
	static const char *const names[] = { "private", "rprivate", "shared",
					     "rshared", "slave",    "rslave" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i], name))
			return names[i];
	return NULL;
}

enum { SEEN_ACCESS = 1, SEEN_PROPAGATION = 2, SEEN_LABEL = 4, SEEN_CONSISTENCY = 8 };

/* What an option is about, with its effect on *o; 0: not one of a bind's. */
static unsigned apply_bind(const char *word, struct bind_options *o)
{
	if (str_eq(word, "ro") || str_eq(word, "rw")) {
		o->readonly = str_eq(word, "ro");
		return SEEN_ACCESS;
	}
	if (bind_propagation(word)) {
		o->propagation = bind_propagation(word);
		return SEEN_PROPAGATION;
	}
	if (str_eq(word, "z") || str_eq(word, "Z"))
		return SEEN_LABEL;
	/* hints for machines where the engine's files are not the host's */
	if (str_eq(word, "consistent") || str_eq(word, "cached") || str_eq(word, "delegated"))
		return SEEN_CONSISTENCY;
	return 0;
}

int bind_options_parse(const char *text, struct bind_options *ret, struct err *err)
{
	struct strv words cleanup_strv = { 0 };
	struct bind_options o = BIND_OPTIONS_INIT;
	unsigned seen = 0, kind;
	size_t i;

	if (strv_split(&words, text, ',') < 0)
		return err_oom(err);
	for (i = 0; i < words.count; i++) {
		kind = apply_bind(words.items[i], &o);
		if (!kind || seen & kind)
			return err_invalid(err, "invalid mode: %s", text);
		if (kind == SEEN_LABEL && access("/sys/fs/selinux/enforce", F_OK) == 0)
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "mount option %s is not supported: SELinux labels",
				       words.items[i]);
		seen |= kind;
	}
	*ret = o;
	return 0;
}

int bind_options_words(const struct bind_options *o, json_t **ret, struct err *err)
{
	json_t *words = json_array();

	json_array_append_new(words, json_string(o->nonrecursive ? "bind" : "rbind"));
	json_array_append_new(words, json_string(o->propagation));
	/* what is mounted below a read-only directory is read-only too, unless asked otherwise */
	if (o->readonly)
		json_array_append_new(
		    words, json_string(o->nonrecursive || o->readonly_nonrecursive ? "ro" : "rro"));
	*ret = words;
	return words ? 0 : err_oom(err);
}

/* --- tmpfs ----------------------------------------------------------------------------------- */

/* Pairs that undo each other; the defaults are the right ones of the first three. */
static const char *const flag_pairs[][2] = {
	{ "suid", "nosuid" }, { "dev", "nodev" },     { "exec", "noexec" },	    { "rw", "ro" },
	{ "async", "sync" },  { "atime", "noatime" }, { "diratime", "nodiratime" },
};
enum { TMPFS_DEFAULTS = 3 };

static bool is_number(const char *text, bool percent)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 18)
		return false;
	text += digits;
	return !*text ||
	       (text[1] == '\0' && (strchr("kKmMgG", *text) || (percent && *text == '%')));
}

static bool is_octal(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= 5 && strspn(text, "01234567") == len;
}

static bool is_id(const char *text)
{
	uint64_t id;

	return str_to_u64(text, UINT32_MAX - 1, "id", &id, NULL) == 0;
}

/* The kernel's own options; mpol is left to its parser. */
static bool is_valued_option(const char *word)
{
	const char *value = strchr(word, '=');
	size_t len;

	if (!value++)
		return false;
	len = (size_t)(value - word);
	if (strncmp(word, "size=", len) == 0)
		return is_number(value, true);
	if (strncmp(word, "mode=", len) == 0)
		return is_octal(value);
	if (strncmp(word, "uid=", len) == 0 || strncmp(word, "gid=", len) == 0)
		return is_id(value);
	if (strncmp(word, "nr_inodes=", len) == 0 || strncmp(word, "nr_blocks=", len) == 0)
		return is_number(value, false);
	return strncmp(word, "mpol=", len) == 0 && *value;
}

static int set_flag(const char *word, int8_t chosen[ARRAY_SIZE(flag_pairs)])
{
	size_t i, side;

	for (i = 0; i < ARRAY_SIZE(flag_pairs); i++)
		for (side = 0; side < 2; side++)
			if (str_eq(flag_pairs[i][side], word)) {
				chosen[i] = (int8_t)side;
				return 1;
			}
	return 0;
}

int tmpfs_options_words(const char *text, json_t **ret, bool *ret_readonly, struct err *err)
{
	struct strv words cleanup_strv = { 0 };
	json_t *out cleanup_json = json_array();
	int8_t chosen[ARRAY_SIZE(flag_pairs)];
	size_t i;

	memset(chosen, -1, sizeof(chosen));
	memset(chosen, 1, TMPFS_DEFAULTS);
	if (strv_split(&words, text, ',') < 0)
		return err_oom(err);
	for (i = 0; i < words.count; i++) {
		const char *word = words.items[i];

		if (set_flag(word, chosen) || str_eq(word, "defaults"))
			continue;
		if (!is_valued_option(word))
			return err_invalid(err, "invalid tmpfs option \"%s\"", word);
		json_array_append_new(out, json_string(word));
	}
	for (i = 0; i < ARRAY_SIZE(flag_pairs); i++)
		if (chosen[i] >= 0)
			json_array_append_new(out, json_string(flag_pairs[i][chosen[i]]));
	*ret_readonly = chosen[3] == 1;
	*ret = take_ptr(&out);
	return 0;
}
