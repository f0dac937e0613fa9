/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/format/lex.h"

void value_clear(struct value *v)
{
	json_decref(v->j);
	*v = VALUE_NONE;
}

struct value value_ref(const struct value *v)
{
	struct value copy = *v;

	json_incref(copy.j);
	return copy;
}

struct value value_of(json_t *j)
{
	return (struct value){ .j = j, .key = "" };
}

bool value_true(const struct value *v)
{
	switch (v->j ? json_typeof(v->j) : JSON_NULL) {
	case JSON_OBJECT:
		return json_object_size(v->j) > 0;
	case JSON_ARRAY:
		return json_array_size(v->j) > 0;
	case JSON_STRING:
		return json_string_length(v->j) > 0;
	case JSON_INTEGER:
		return json_integer_value(v->j) != 0;
	case JSON_REAL:
		return json_real_value(v->j) != 0;
	case JSON_TRUE:
		return true;
	case JSON_FALSE:
	case JSON_NULL:
		break;
	}
	return false;
}

const char *value_type(const json_t *j)
{
	switch (j ? json_typeof(j) : JSON_NULL) {
	case JSON_OBJECT:
		return "map";
	case JSON_ARRAY:
		return "slice";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
		return "int";
	case JSON_REAL:
		return "float64";
	case JSON_TRUE:
	case JSON_FALSE:
		return "bool";
	case JSON_NULL:
		break;
	}
	return "nil";
}

void value_print_real(struct buf *out, double real)
{
	char digits[40], *exponent;
	int precision = 1;

	if (isinf(real) || isnan(real)) {
		buf_add_str(out, isnan(real) ? "NaN" : real > 0 ? "+Inf" : "-Inf");
		return;
	}
	do
		snprintf(digits, sizeof(digits), "%.*e", precision - 1, real);
	while (strtod(digits, NULL) != real && precision++ < 17);
	exponent = strchr(digits, 'e');
	if (atoi(exponent + 1) >= -4 && atoi(exponent + 1) < 21) {
		int decimals = precision - 1 - atoi(exponent + 1);

		buf_printf(out, "%.*f", decimals > 0 ? decimals : 0, real);
	} else {
		buf_add_str(out, digits);
	}
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int value_sorted_keys(const json_t *object, const char ***ret)
{
	const char **keys = calloc(json_object_size(object) + 1, sizeof(*keys)), *key;
	json_t *member;
	size_t n = 0;

	if (!keys)
		return -ENOMEM;
	json_object_foreach ((json_t *)object, key, member)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), compare_keys);
	*ret = keys;
	return 0;
}

static void print_object(struct buf *out, const json_t *object)
{
	const char **keys cleanup_free = NULL;

	if (value_sorted_keys(object, &keys) < 0) {
		out->failed = -ENOMEM;
		return;
	}
	buf_add_str(out, "map[");
	for (size_t i = 0; keys[i] && !out->failed; i++) {
		buf_printf(out, "%s%s:", i ? " " : "", keys[i]);
		value_print_json(out, json_object_get(object, keys[i]));
	}
	buf_add_char(out, ']');
}

static void print_array(struct buf *out, const json_t *array)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < json_array_size(array) && !out->failed; i++) {
		if (i)
			buf_add_char(out, ' ');
		value_print_json(out, json_array_get(array, i));
	}
	buf_add_char(out, ']');
}

void value_print_json(struct buf *out, const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		print_object(out, j);
		break;
	case JSON_ARRAY:
		print_array(out, j);
		break;
	case JSON_STRING:
		buf_add(out, json_string_value(j), json_string_length(j));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%lld", (long long)json_integer_value(j));
		break;
	case JSON_REAL:
		value_print_real(out, json_real_value(j));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_add_str(out, json_is_true(j) ? "true" : "false");
		break;
	case JSON_NULL:
		buf_add_str(out, "<nil>");
		break;
	}
}

void value_print(struct buf *out, const struct value *v)
{
	if (v->j && !json_is_null(v->j))
		value_print_json(out, v->j);
	else if (v->shape == SHAPE_LIST)
		buf_add_str(out, "[]");
	else if (v->shape == SHAPE_MAP || v->shape == SHAPE_STRING_MAP)
		buf_add_str(out, "map[]");
	else
		buf_add_str(out, v->j ? "<nil>" : "<no value>");
}

void value_quote(struct buf *out, const char *text, size_t len)
{
	static const char codes[] = "\a\b\f\n\r\t\v\"\\", letters[] = "abfnrtv\"\\";
	unsigned code;
	size_t n;

	buf_add_char(out, '"');
	for (size_t i = 0; i < len && !out->failed; i += n) {
		const char *at = text[i] ? strchr(codes, text[i]) : NULL;

		n = utf8_decode(text + i, len - i, &code);
		if (at)
			buf_printf(out, "\\%c", letters[at - codes]);
		else if (code < 0x20 || code == 0x7f)
			buf_printf(out, "\\x%02x", code);
		else if (code == 0xfffd && n == 1)
			buf_printf(out, "\\x%02x", (unsigned char)text[i]);
		else if ((code >= 0x80 && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
			 code == 0xfeff)
			buf_printf(out, "\\u%04x", code);
		else
			buf_add(out, text + i, n);
	}
	buf_add_char(out, '"');
}
