/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cli/run/run.h"

/* Takes `value` over. What is not UTF-8 has no place in JSON, and comes here as NULL. */
int run_set(json_t *object, const char *key, json_t *value, struct err *err)
{
	if (!value)
		return err_invalid(err, "%s: not UTF-8", key);
	return json_object_set_new(object, key, value) < 0 ? err_oom(err) : 0;
}

int run_set_str(json_t *object, const char *key, const char *text, struct err *err)
{
	return text ? run_set(object, key, json_string(text), err) : 0;
}

int run_set_list(json_t *object, const char *key, const struct strv *list, struct err *err)
{
	json_t *array;

	if (list->count == 0)
		return 0;
	array = json_array();
	for (size_t i = 0; array && i < list->count; i++) {
		if (json_array_append_new(array, json_string(list->items[i])) < 0) {
			json_decref(array);
			return err_invalid(err, "%s: not UTF-8", key);
		}
	}
	return run_set(object, key, array, err);
}

int run_set_int(json_t *object, const char *key, int64_t value, int64_t unset, struct err *err)
{
	return value == unset ? 0 : run_set(object, key, json_integer(value), err);
}

int run_set_map(json_t *object, const char *key, const struct strv *list, const char *flag,
		bool bare_ok, struct err *err)
{
	json_t *map;
	int r = 0;

	if (list->count == 0)
		return 0;
	map = json_object();
	for (size_t i = 0; map && r == 0 && i < list->count; i++) {
		const char *item = list->items[i], *equals = strchr(item, '=');
		char *name cleanup_free =
		    strndup(item, equals ? (size_t)(equals - item) : strlen(item));

		if (!name)
			r = err_oom(err);
		else if (!*name || (!equals && !bare_ok))
			r = err_invalid(err, "%s: \"%s\" is not KEY=VALUE", flag, item);
		else
			r = run_set(map, name, json_string(equals ? equals + 1 : ""), err);
	}
	if (r < 0) {
		json_decref(map);
		return r;
	}
	return run_set(object, key, map, err);
}
