/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/load/changes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/image/load/changes_words.h"

#define SHELL "/bin/sh", "-c"

static int set(json_t *config, const char *key, json_t *value, struct err *err)
{
	return json_object_set_new(config, key, value) < 0
		   ? err_invalid(err, "%s: not UTF-8, or out of memory", key)
		   : 0;
}

/* "[…]" of strings. NULL: no such thing. */
static json_t *exec_form(const char *text)
{
	json_t *list, *item;
	size_t i;

	if (*text != '[' || js_parse(text, strlen(text), "list", &list, NULL) < 0)
		return NULL;
	json_array_foreach (list, i, item) {
		if (!json_is_string(item)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static int set_command(json_t *config, const char *key, const char *text, struct err *err)
{
	json_t *list = exec_form(text);

	if (!list)
		list = json_pack("[s,s,s]", SHELL, text);
	return set(config, key, list, err);
}

static int change_cmd(json_t *config, const char *text, struct err *err)
{
	return set_command(config, "Cmd", text, err);
}

static int change_entrypoint(json_t *config, const char *text, struct err *err)
{
	return set_command(config, "Entrypoint", text, err);
}

static int set_env(json_t *config, const char *pair, struct err *err)
{
	size_t name = (size_t)(strchr(pair, '=') - pair) + 1, i;
	json_t *env = json_object_get(config, "Env"), *item;

	if (!env) {
		env = json_array();
		if (json_object_set_new(config, "Env", env) < 0)
			return err_oom(err);
	}
	json_array_foreach (env, i, item) {
		if (strncmp(json_string_value(item), pair, name) == 0)
			return json_array_set_new(env, i, json_string(pair)) < 0 ? err_oom(err) : 0;
	}
	return json_array_append_new(env, json_string(pair)) < 0
		   ? err_invalid(err, "ENV: not UTF-8")
		   : 0;
}

static int set_label(json_t *config, const char *pair, struct err *err)
{
	const char *equals = strchr(pair, '=');
	char *key cleanup_free = strndup(pair, (size_t)(equals - pair));
	json_t *labels = json_object_get(config, "Labels");

	if (!labels) {
		labels = json_object();
		if (json_object_set_new(config, "Labels", labels) < 0)
			return err_oom(err);
	}
	if (!key)
		return err_oom(err);
	return json_object_set_new(labels, key, json_string(equals + 1)) < 0
		   ? err_invalid(err, "LABEL: not UTF-8")
		   : 0;
}

/* "A=b C=d", or of old "A b c". */
static int each_pair(json_t *config, const char *text, const char *what,
		     int (*fn)(json_t *, const char *, struct err *), struct err *err)
{
	struct strv words cleanup_strv = { 0 };
	size_t i, blank = strcspn(text, " \t");
	int r;

	if (!memchr(text, '=', blank) && text[blank]) {
		char *name cleanup_free = strndup(text, blank), *pair cleanup_free = NULL;
		const char *value = text + blank + strspn(text + blank, " \t");

		pair = name ? str_printf("%s=%s", name, value) : NULL;
		return pair ? fn(config, pair, err) : err_oom(err);
	}
	r = change_words(config, text, &words, err);
	for (i = 0; r == 0 && i < words.count; i++) {
		if (!strchr(words.items[i], '=') || words.items[i][0] == '=')
			return err_invalid(err, "%s: \"%s\" is no NAME=VALUE", what,
					   words.items[i]);
		r = fn(config, words.items[i], err);
	}
	return r;
}

static int change_env(json_t *config, const char *text, struct err *err)
{
	return each_pair(config, text, "ENV", set_env, err);
}

static int change_label(json_t *config, const char *text, struct err *err)
{
	return each_pair(config, text, "LABEL", set_label, err);
}

/* {"80/tcp": {}} */
static int add_to_set(json_t *config, const char *key, const char *member, struct err *err)
{
	json_t *all = json_object_get(config, key);

	if (!all) {
		all = json_object();
		if (json_object_set_new(config, key, all) < 0)
			return err_oom(err);
	}
	return json_object_set_new(all, member, json_object()) < 0
		   ? err_invalid(err, "%s: not UTF-8", key)
		   : 0;
}

static int change_expose(json_t *config, const char *text, struct err *err)
{
	struct strv words cleanup_strv = { 0 };
	int r = change_words(config, text, &words, err);
	size_t i;

	for (i = 0; r == 0 && i < words.count; i++) {
		const char *word = words.items[i];
		char *port cleanup_free = str_printf("%s%s", word, strchr(word, '/') ? "" : "/tcp");

		r = port ? add_to_set(config, "ExposedPorts", port, err) : err_oom(err);
	}
	return r;
}

static int change_volume(json_t *config, const char *text, struct err *err)
{
	json_t *list cleanup_json = exec_form(text), *item;
	struct strv words cleanup_strv = { 0 };
	size_t i;
	int r = 0;

	json_array_foreach (list, i, item) {
		if (strv_add(&words, json_string_value(item)) < 0)
			return err_oom(err);
	}
	if (!list)
		r = change_words(config, text, &words, err);
	for (i = 0; r == 0 && i < words.count; i++)
		r = add_to_set(config, "Volumes", words.items[i], err);
	return r;
}

/* The one word of USER, WORKDIR, STOPSIGNAL. */
static int one_word(json_t *config, const char *what, const char *text, struct strv *words,
		    struct err *err)
{
	int r = change_words(config, text, words, err);

	if (r == 0 && words->count != 1)
		return err_invalid(err, "%s takes exactly one argument", what);
	return r;
}

static int change_user(json_t *config, const char *text, struct err *err)
{
	struct strv words cleanup_strv = { 0 };
	int r = one_word(config, "USER", text, &words, err);

	return r < 0 ? r : set(config, "User", json_string(words.items[0]), err);
}

static int change_stop_signal(json_t *config, const char *text, struct err *err)
{
	struct strv words cleanup_strv = { 0 };
	int r = one_word(config, "STOPSIGNAL", text, &words, err);

	return r < 0 ? r : set(config, "StopSignal", json_string(words.items[0]), err);
}

static int change_workdir(json_t *config, const char *text, struct err *err)
{
	const char *now = json_string_value(json_object_get(config, "WorkingDir"));
	char *joined cleanup_free = NULL, *clean cleanup_free = NULL;
	struct strv words cleanup_strv = { 0 };
	int r = one_word(config, "WORKDIR", text, &words, err);

	if (r < 0)
		return r;
	if (words.items[0][0] == '/')
		joined = strdup(words.items[0]);
	else
		joined = path_join(now && *now ? now : "/", words.items[0]);
	clean = joined ? path_clean(joined) : NULL;
	return clean ? set(config, "WorkingDir", json_string(clean), err) : err_oom(err);
}

static int change_on_build(json_t *config, const char *text, struct err *err)
{
	json_t *all = json_object_get(config, "OnBuild");

	if (!all) {
		all = json_array();
		if (json_object_set_new(config, "OnBuild", all) < 0)
			return err_oom(err);
	}
	return json_array_append_new(all, json_string(text)) < 0
		   ? err_invalid(err, "ONBUILD: not UTF-8")
		   : 0;
}

/* One "--name=value" in front of CMD; *text moves behind it. */
static int health_flag(json_t *check, const char **text, struct err *err)
{
	static const struct {
		const char *name, *key;
	} flags[] = { { "--interval=", "Interval" },
		      { "--timeout=", "Timeout" },
		      { "--start-period=", "StartPeriod" },
		      { "--start-interval=", "StartInterval" },
		      { "--retries=", "Retries" } };
	size_t len = strcspn(*text, " \t"), i;
	char *word cleanup_free = strndup(*text, len);
	uint64_t count;
	int64_t value;
	int r;

	if (!word)
		return err_oom(err);
	for (i = 0; i < ARRAY_SIZE(flags) && !str_starts(word, flags[i].name); i++)
		;
	if (i == ARRAY_SIZE(flags))
		return err_invalid(err, "HEALTHCHECK: unknown flag %s", word);
	if (str_eq(flags[i].key, "Retries")) {
		r = str_to_u64(word + strlen(flags[i].name), INT32_MAX, "--retries", &count, err);
		value = (int64_t)count;
	} else {
		r = str_to_duration(word + strlen(flags[i].name), flags[i].name, &value, err);
	}
	if (r < 0)
		return r;
	*text += len;
	*text += strspn(*text, " \t");
	return set(check, flags[i].key, json_integer(value), err);
}

static int change_health(json_t *config, const char *text, struct err *err)
{
	json_t *check cleanup_json = json_object(), *test = NULL;
	int r = 0;

	while (r == 0 && str_starts(text, "--"))
		r = health_flag(check, &text, err);
	if (r < 0)
		return r;
	if (strcasecmp(text, "NONE") == 0) {
		test = json_pack("[s]", "NONE");
	} else if (strncasecmp(text, "CMD", 3) == 0 && isblank((unsigned char)text[3])) {
		text += 3 + strspn(text + 3, " \t");
		test = exec_form(text);
		if (test)
			json_array_insert_new(test, 0, json_string("CMD"));
		else
			test = json_pack("[s,s]", "CMD-SHELL", text);
	} else {
		return err_invalid(err, "HEALTHCHECK takes NONE, or CMD and a command");
	}
	r = set(check, "Test", test, err);
	return r < 0 ? r : set(config, "Healthcheck", take_ptr(&check), err);
}

int change_apply(json_t *config, const char *instruction, struct err *err)
{
	static const struct {
		const char *name;
		int (*fn)(json_t *config, const char *text, struct err *err);
	} kinds[] = {
		{ "CMD", change_cmd },
		{ "ENTRYPOINT", change_entrypoint },
		{ "ENV", change_env },
		{ "EXPOSE", change_expose },
		{ "HEALTHCHECK", change_health },
		{ "LABEL", change_label },
		{ "ONBUILD", change_on_build },
		{ "STOPSIGNAL", change_stop_signal },
		{ "USER", change_user },
		{ "VOLUME", change_volume },
		{ "WORKDIR", change_workdir },
	};
	size_t len, i;

	instruction += strspn(instruction, " \t");
	len = strcspn(instruction, " \t");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *text = instruction + len + strspn(instruction + len, " \t");

		if (strlen(kinds[i].name) != len ||
		    strncasecmp(instruction, kinds[i].name, len) != 0)
			continue;
		if (!*text)
			return err_invalid(err, "%s requires an argument", kinds[i].name);
		return kinds[i].fn(config, text, err);
	}
	return err_set(err, ERR_INVALID, EINVAL, "%.*s is not a valid change command", (int)len,
		       instruction);
}
