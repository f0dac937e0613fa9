/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"

/* The end of a number token of digits only that is past INT64_MAX and fits 64 bits, or NULL. */
static const char *big_integer_end(const char *p, const char *end)
{
	const char *start = p;
	uint64_t value = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return NULL;
	if (value <= INT64_MAX || *start == '0' || (p < end && strchr(".eE+-", *p)))
		return NULL;
	return p;
}

static bool starts_number(const char *p, const char *begin)
{
	return *p >= '0' && *p <= '9' && (p == begin || !strchr("0123456789.eE+-", p[-1]));
}

/*
 * jansson keeps integers in 63 bits and refuses a whole document for one number past that, but
 * 18446744073709551615 (RLIM_INFINITY, a seccomp argument) is an honest value of the runtime
 * specification. Such numbers become strings of digits, which js_get_u64 takes back.
 */
static int quote_big_integers(const char *text, size_t len, struct buf *out)
{
	const char *p = text, *end = text + len, *stop;
	bool in_string = false;

	while (p < end) {
		stop = !in_string && starts_number(p, text) ? big_integer_end(p, end) : NULL;
		if (stop) {
			buf_add_char(out, '"');
			buf_add(out, p, (size_t)(stop - p));
			buf_add_char(out, '"');
			p = stop;
			continue;
		}
		if (*p == '"')
			in_string = !in_string;
		else if (in_string && *p == '\\' && p + 1 < end)
			buf_add_char(out, *p++);
		buf_add_char(out, *p++);
	}
	return out->failed;
}

int js_parse(const char *text, size_t len, const char *what, json_t **ret, struct err *err)
{
	struct buf quoted cleanup_buf = BUF_INIT(2 * len + 2);
	json_error_t e;
	json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);

	if (!j && json_error_code(&e) == json_error_numeric_overflow) {
		if (quote_big_integers(text, len, &quoted) < 0)
			return err_oom(err);
		j = json_loadb(buf_str(&quoted), quoted.len, JSON_REJECT_DUPLICATES, &e);
	}
	if (!j)
		return err_invalid(err, "%s: line %d, column %d: %s", what, e.line, e.column,
				   e.text);
	*ret = j;
	return 0;
}

int js_read_file_at(int dirfd, const char *name, size_t max, json_t **ret, struct err *err)
{
	struct buf b cleanup_buf = BUF_INIT(max);
	int r = fd_read_file_at(dirfd, name, max, &b, err);

	return r < 0 ? r : js_parse(buf_str(&b), b.len, name, ret, err);
}

int js_replace_file_at(int dirfd, const char *name, const json_t *j, mode_t mode, struct err *err)
{
	char *text cleanup_free = js_dump(j, JSON_COMPACT);

	if (!text)
		return err_oom(err);
	return fd_replace_file_at(dirfd, name, text, strlen(text), mode, err);
}

static int wrong(const char *where, const char *key, const char *must, struct err *err)
{
	return err_invalid(err, "%s%s%s must be %s", where, *where ? ": " : "", key, must);
}

/* The member, or NULL where it is missing or null. */
static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

int js_get_str(const json_t *object, const char *where, const char *key, const char **ret,
	       struct err *err)
{
	json_t *value = member(object, key);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return wrong(where, key, "a string", err);
	*ret = json_string_value(value);
	return 0;
}

int js_dup_str(const json_t *object, const char *where, const char *key, char **ret,
	       struct err *err)
{
	const char *text = NULL;
	int r = js_get_str(object, where, key, &text, err);
	char *copy;

	if (r < 0 || !text)
		return r;
	copy = strdup(text);
	if (!copy)
		return err_oom(err);
	free(*ret);
	*ret = copy;
	return 0;
}

int js_get_bool(const json_t *object, const char *where, const char *key, bool *ret,
		struct err *err)
{
	json_t *value = member(object, key);

	if (!value)
		return 0;
	if (!json_is_boolean(value))
		return wrong(where, key, "true or false", err);
	*ret = json_boolean_value(value);
	return 0;
}

int js_get_i64(const json_t *object, const char *where, const char *key, int64_t min, int64_t max,
	       int64_t *ret, struct err *err)
{
	json_t *value = member(object, key);
	char must[96];
	int64_t number;

	if (!value)
		return 0;
	number = json_integer_value(value);
	if (!json_is_integer(value) || number < min || number > max) {
		snprintf(must, sizeof(must), "a whole number from %" PRId64 " to %" PRId64, min,
			 max);
		return wrong(where, key, must, err);
	}
	*ret = number;
	return 0;
}

int js_get_u64(const json_t *object, const char *where, const char *key, uint64_t max,
	       uint64_t *ret, struct err *err)
{
	json_t *value = member(object, key);
	uint64_t number = 0;
	char must[96];
	bool ok;

	if (!value)
		return 0;
	if (json_is_integer(value)) {
		ok = json_integer_value(value) >= 0;
		number = (uint64_t)json_integer_value(value);
	} else {
		/* quote_big_integers; a small number in quotes stays a string */
		ok = json_is_string(value) &&
		     str_to_u64(json_string_value(value), UINT64_MAX, key, &number, NULL) == 0;
		ok = ok && number > INT64_MAX;
	}
	if (!ok || number > max) {
		snprintf(must, sizeof(must), "a whole number from 0 to %" PRIu64, max);
		return wrong(where, key, must, err);
	}
	*ret = number;
	return 0;
}

int js_get_obj(const json_t *object, const char *where, const char *key, json_t **ret,
	       struct err *err)
{
	json_t *value = member(object, key);

	if (!value)
		return 0;
	if (!json_is_object(value))
		return wrong(where, key, "an object", err);
	*ret = value;
	return 0;
}

int js_get_arr(const json_t *object, const char *where, const char *key, json_t **ret,
	       struct err *err)
{
	json_t *value = member(object, key);

	if (!value)
		return 0;
	if (!json_is_array(value))
		return wrong(where, key, "an array", err);
	*ret = value;
	return 0;
}

int js_get_strv(const json_t *object, const char *where, const char *key, struct strv *ret,
		struct err *err)
{
	json_t *array = NULL, *item;
	size_t i;
	int r = js_get_arr(object, where, key, &array, err);

	if (r < 0)
		return r;
	json_array_foreach (array, i, item) {
		if (!json_is_string(item))
			return wrong(where, key, "an array of strings", err);
	}
	json_array_foreach (array, i, item) {
		if (strv_add(ret, json_string_value(item)) < 0)
			return err_oom(err);
	}
	return 0;
}

char *js_dump(const json_t *j, size_t flags)
{
	return json_dumps(j, flags);
}
