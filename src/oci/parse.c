/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/parse.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

const char *oci_where(char out[OCI_WHERE_MAX], const char *where, const char *key)
{
	snprintf(out, OCI_WHERE_MAX, "%s%s%s", where, *where ? "." : "", key);
	return out;
}

const char *oci_where_at(char out[OCI_WHERE_MAX], const char *where, const char *key, size_t index)
{
	snprintf(out, OCI_WHERE_MAX, "%s%s%s[%zu]", where, *where ? "." : "", key, index);
	return out;
}

bool oci_has(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value && !json_is_null(value);
}

int oci_require(const json_t *object, const char *where, const char *key, struct err *err)
{
	if (oci_has(object, key))
		return 0;
	return err_invalid(err, "%s%s%s is required", where, *where ? ": " : "", key);
}

int oci_dup_required(const json_t *object, const char *where, const char *key, char **ret,
		     struct err *err)
{
	int r = oci_require(object, where, key, err);

	if (r < 0)
		return r;
	r = js_dup_str(object, where, key, ret, err);
	if (r < 0)
		return r;
	if (**ret == '\0')
		return err_invalid(err, "%s%s%s must not be empty", where, *where ? ": " : "", key);
	return 0;
}

int oci_dup_absolute(const json_t *object, const char *where, const char *key, char **ret,
		     struct err *err)
{
	int r = oci_dup_required(object, where, key, ret, err);

	if (r < 0)
		return r;
	if (**ret != '/')
		return err_invalid(err, "%s: %s \"%s\" must be an absolute path", where, key, *ret);
	return 0;
}

int oci_get_u32(const json_t *object, const char *where, const char *key, uint32_t max,
		uint32_t *ret, struct err *err)
{
	uint64_t number = *ret;
	int r = js_get_u64(object, where, key, max, &number, err);

	if (r == 0)
		*ret = (uint32_t)number;
	return r;
}

int oci_get_int(const json_t *object, const char *where, const char *key, int min, int max,
		int *ret, struct err *err)
{
	int64_t number = *ret;
	int r = js_get_i64(object, where, key, min, max, &number, err);

	if (r == 0)
		*ret = (int)number;
	return r;
}

int oci_get_enum(const json_t *object, const char *where, const char *key, const char *const *names,
		 int *ret, struct err *err)
{
	const char *text = NULL;
	int r = js_get_str(object, where, key, &text, err);

	if (r < 0 || !text)
		return r;
	for (int i = 0; names[i]; i++) {
		if (str_eq(names[i], text)) {
			*ret = i;
			return 0;
		}
	}
	return err_invalid(err, "%s: unknown %s \"%s\"", where, key, text);
}

int oci_get_items(const json_t *object, const char *where, const char *key, size_t item_size,
		  oci_item_fn fn, void *items, size_t *count, struct err *err)
{
	json_t *array = NULL, *item;
	char at[OCI_WHERE_MAX], *base;
	size_t i;
	int r = js_get_arr(object, where, key, &array, err);

	if (r < 0 || json_array_size(array) == 0)
		return r;
	if (json_array_size(array) > OCI_ITEMS_MAX)
		return err_invalid(err, "%s: %s has more than %d entries", where, key,
				   OCI_ITEMS_MAX);
	base = calloc(json_array_size(array), item_size);
	if (!base)
		return err_oom(err);
	memcpy(items, &base, sizeof(base));
	*count = json_array_size(array);
	json_array_foreach (array, i, item) {
		oci_where_at(at, where, key, i);
		if (!json_is_object(item))
			return err_invalid(err, "%s must be an object", at);
		r = fn(item, at, base + i * item_size, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void oci_key_values_free(struct oci_key_value *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(items[i].key);
		free(items[i].value);
	}
	free(items);
}

int oci_get_pairs(const json_t *object, const char *where, const char *key,
		  struct oci_key_value **items, size_t *count, struct err *err)
{
	json_t *map = NULL, *value;
	const char *name;
	char at[OCI_WHERE_MAX];
	size_t i = 0;
	int r = js_get_obj(object, where, key, &map, err);

	if (r < 0 || json_object_size(map) == 0)
		return r;
	oci_where(at, where, key);
	if (json_object_size(map) > OCI_ITEMS_MAX)
		return err_invalid(err, "%s has more than %d entries", at, OCI_ITEMS_MAX);
	*items = calloc(json_object_size(map), sizeof(**items));
	if (!*items)
		return err_oom(err);
	*count = json_object_size(map);
	json_object_foreach (map, name, value) {
		if (!*name)
			return err_invalid(err, "%s: a key is empty", at);
		if (!json_is_string(value))
			return err_invalid(err, "%s: %s must be a string", at, name);
		(*items)[i].key = strdup(name);
		(*items)[i].value = strdup(json_string_value(value));
		if (!(*items)[i].key || !(*items)[i].value)
			return err_oom(err);
		i++;
	}
	return 0;
}

int oci_get_paths(const json_t *object, const char *where, const char *key, struct strv *ret,
		  struct err *err)
{
	int r = js_get_strv(object, where, key, ret, err);

	for (size_t i = 0; r == 0 && i < ret->count; i++)
		if (ret->items[i][0] != '/')
			r = err_invalid(err, "%s: %s[%zu] \"%s\" must be an absolute path", where,
					key, i, ret->items[i]);
	return r;
}

int oci_check_cpulist(const char *text, const char *where, const char *key, struct err *err)
{
	if (text[strspn(text, "0123456789,-:/ ")] == '\0')
		return 0;
	return err_invalid(err, "%s: %s \"%s\" is not a list like \"0-3,7\"", where, key, text);
}

int oci_check_env(const struct strv *env, const char *where, struct err *err)
{
	for (size_t i = 0; i < env->count; i++) {
		const char *equals = strchr(env->items[i], '=');

		if (!equals || equals == env->items[i])
			return err_invalid(err,
					   "%s: env[%zu] \"%s\" must be of the form NAME=value",
					   where, i, env->items[i]);
	}
	return 0;
}
