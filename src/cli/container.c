/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/time.h"

int cli_load(struct cli *cli, const char *what, bool lock, struct engine **ret_engine,
	     struct container **ret, struct err *err)
{
	int r = cli_engine(cli, ret_engine, err);

	return r < 0 ? r : container_load(*ret_engine, what, lock, ret, err);
}

int cli_timeout(int64_t given, int *ret, struct err *err)
{
	if (given == CLI_UNSET) {
		*ret = -1;
		return 0;
	}
	if (given > INT_MAX)
		return err_invalid(err, "--timeout: %lld is not a number of seconds",
				   (long long)given);
	*ret = given < 0 ? INT_MAX : (int)given;
	return 0;
}

/* A date, or a date and time without an offset, in the local zone. */
static bool parse_local(const char *text, int64_t *ret_ns)
{
	static const char *const layouts[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
					       "%Y-%m-%dZ" };

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, layouts[i], &tm);

		if (!end || *end)
			continue;
		*ret_ns = (int64_t)(i == 3 ? timegm(&tm) : mktime(&tm)) * 1000000000;
		return true;
	}
	return false;
}

int cli_parse_time(const char *text, const char *flag, int64_t *ret_ns, struct err *err)
{
	int64_t before = 0;

	if (str_to_duration(text, flag, &before, NULL) == 0 && !str_eq(text, "0")) {
		*ret_ns = time_now_ns() - before;
		return 0;
	}
	if (parse_local(text, ret_ns))
		return 0;
	if (time_parse(text, ret_ns, NULL) == 0)
		return 0;
	return err_invalid(err, "%s: \"%s\" is neither a time nor a duration (as 10m)", flag, text);
}

int cli_check_filters(const struct strv *filters, const char *const *known, struct err *err)
{
	for (size_t i = 0; i < filters->count; i++) {
		const char *filter = filters->items[i], *equals = strchr(filter, '=');
		size_t k = 0;

		if (!equals || equals == filter)
			return err_invalid(err, "invalid filter \"%s\": KEY=VALUE is expected",
					   filter);
		while (known[k] && !(strlen(known[k]) == (size_t)(equals - filter) &&
				     str_starts(filter, known[k])))
			k++;
		if (!known[k])
			return err_invalid(err, "invalid filter '%.*s'", (int)(equals - filter),
					   filter);
	}
	return 0;
}

bool cli_filter(const struct strv *filters, const char *key,
		bool (*match)(const void *arg, const char *value), const void *arg)
{
	size_t len = strlen(key);
	bool any = false;

	for (size_t i = 0; i < filters->count; i++) {
		const char *filter = filters->items[i];

		if (strncmp(filter, key, len) != 0 || filter[len] != '=')
			continue;
		if (match(arg, filter + len + 1))
			return true;
		any = true;
	}
	return !any;
}

bool cli_label_matches(const json_t *labels, const char *wanted)
{
	const char *equals = strchr(wanted, '='), *value;
	char *key cleanup_free =
	    strndup(wanted, equals ? (size_t)(equals - wanted) : strlen(wanted));

	value = key ? json_string_value(json_object_get(labels, key)) : NULL;
	return value && (!equals || str_eq(value, equals + 1));
}

int cli_label_method(const void *labels, const char *name, const json_t *args, json_t **ret,
		     struct err *err)
{
	const json_t *key = json_array_get(args, 0);
	const char *value;

	if (!str_eq(name, "Label"))
		return 1;
	if (json_array_size(args) != 1 || !json_is_string(key))
		return err_invalid(err, "the name of one label is expected");
	if (!labels) {
		*ret = json_incref((json_t *)key);
		return 0;
	}
	value = json_string_value(json_object_get(labels, json_string_value(key)));
	*ret = json_string(value ? value : "");
	return 0;
}

char *cli_join_labels(const json_t *labels)
{
	struct buf b = BUF_INIT(4 << 20);
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)labels, key, value)
		buf_printf(&b, "%s%s=%s", b.len ? "," : "", key, json_string_value(value));
	return buf_take(&b);
}

char *cli_short_id(const char *id, char out[13])
{
	if (str_starts(id, "sha256:"))
		id += strlen("sha256:");
	snprintf(out, 13, "%s", id);
	return out;
}

char *cli_list_size(double bytes, char out[32])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	size_t i = 0;

	for (; bytes >= 1000 && i + 1 < ARRAY_SIZE(units); i++)
		bytes /= 1000;
	snprintf(out, 32, "%.3g%s", bytes, units[i]);
	return out;
}

char *cli_local_time(int64_t seconds, char out[64])
{
	time_t t = seconds;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(out, 64, "%Y-%m-%d %H:%M:%S %z %Z", &tm))
		*out = '\0';
	return out;
}
