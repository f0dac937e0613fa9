/* SPDX-License-Identifier: Apache-2.0 */
/* Functions over strings. */
#include <errno.h>
#include <locale.h>
#include <string.h>
#include <wctype.h>

#include "base/cleanup.h"
#include "cli/format/funcs.h"
#include "cli/format/lex.h"

/*
 * Letters past ASCII by the C library's own table, which it has only in a UTF-8 locale. That one is
 * built in, and opened for the first such letter: a program that starts in a millisecond sets no
 * locale.
 */
static unsigned change_case(unsigned code, bool up, locale_t *locale)
{
	if (code < 0x80) {
		if (up && code >= 'a' && code <= 'z')
			return code - 32;
		return !up && code >= 'A' && code <= 'Z' ? code + 32 : code;
	}
	if (!*locale)
		*locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!*locale)
		return code;
	return up ? (unsigned)towupper_l(code, *locale) : (unsigned)towlower_l(code, *locale);
}

static bool is_letter(unsigned code)
{
	return (code | 0x20) - 'a' < 26 || code - '0' < 10 || code == '_' || code == '\'' ||
	       code >= 0x80;
}

enum letters { ALL_UPPER, ALL_LOWER, FIRST_UPPER };

static int map_letters(const struct call *call, enum letters how, struct value *ret)
{
	struct buf b cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	locale_t locale = (locale_t)0;
	unsigned code, before = ' ';
	const char *text;
	char encoded[4];
	size_t len, n;
	int r = call_string(call, 0, &text, &len);

	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i += n, before = code) {
		unsigned mapped;

		n = utf8_decode(text + i, len - i, &code);
		mapped = how == FIRST_UPPER && is_letter(before)
			     ? code
			     : change_case(code, how != ALL_LOWER, &locale);
		buf_add(&b, encoded, utf8_put(mapped, encoded));
	}
	if (locale)
		freelocale(locale);
	return call_return(call, &b, ret);
}

int call_upper(const struct call *call, struct value *ret)
{
	return map_letters(call, ALL_UPPER, ret);
}

int call_lower(const struct call *call, struct value *ret)
{
	return map_letters(call, ALL_LOWER, ret);
}

int call_title(const struct call *call, struct value *ret)
{
	return map_letters(call, FIRST_UPPER, ret);
}

/* An empty separator splits into characters. */
int call_split(const struct call *call, struct value *ret)
{
	struct value parts cleanup_value = value_of(json_array());
	const char *text, *sep, *end, *at;
	size_t len, sep_len;
	unsigned code;
	int r = call_string(call, 0, &text, &len);

	if (r == 0)
		r = call_string(call, 1, &sep, &sep_len);
	if (r < 0)
		return r;
	for (end = text + len;; text = at + sep_len) {
		at = sep_len	  ? memmem(text, (size_t)(end - text), sep, sep_len)
		     : text < end ? text + utf8_decode(text, (size_t)(end - text), &code)
				  : NULL;
		if (!sep_len && text == end)
			break;
		if (!at || (!sep_len && at == end))
			at = NULL;
		if (json_array_append_new(parts.j,
					  json_stringn(text, (size_t)((at ? at : end) - text))) < 0)
			return err_oom(call->err);
		if (!at)
			break;
	}
	*ret = parts;
	parts = VALUE_NONE;
	return 0;
}

int call_join(const struct call *call, struct value *ret)
{
	struct buf b cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	const struct value *list = &call->args[0];
	const char *sep;
	size_t sep_len;
	int r = call_string(call, 1, &sep, &sep_len);

	if (r < 0)
		return r;
	if (call->env->heading && json_is_string(list->j)) {
		*ret = value_ref(list);
		return 0;
	}
	if (!json_is_array(list->j) && !(json_is_null(list->j) && list->shape == SHAPE_LIST))
		return err_invalid(call->err, "wrong type for value; expected []string; got %s",
				   value_type(list->j));
	for (size_t i = 0; i < json_array_size(list->j); i++) {
		if (i)
			buf_add(&b, sep, sep_len);
		value_print_json(&b, json_array_get(list->j, i));
	}
	return call_return(call, &b, ret);
}

/* pad TEXT BEFORE AFTER: with so many spaces; nothing for an empty text. */
int call_pad(const struct call *call, struct value *ret)
{
	struct buf b cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	json_int_t before = 0, after = 0;
	const char *text;
	size_t len;
	int r = call_string(call, 0, &text, &len);

	if (r == 0)
		r = call_int(call, 1, &before);
	if (r == 0)
		r = call_int(call, 2, &after);
	if (r < 0)
		return r;
	if (len == 0 || call->env->heading)
		before = after = 0;
	if (before < 0 || after < 0 || before > 10000 || after > 10000)
		return err_invalid(call->err, "padding is not between 0 and 10000");
	buf_printf(&b, "%*s", (int)before, "");
	buf_add(&b, text, len);
	buf_printf(&b, "%*s", (int)after, "");
	return call_return(call, &b, ret);
}

/* truncate TEXT N: at most N characters. */
int call_truncate(const struct call *call, struct value *ret)
{
	struct buf b cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	json_int_t max = 0;
	size_t len, at = 0;
	const char *text;
	unsigned code;
	int r = call_string(call, 0, &text, &len);

	if (r == 0)
		r = call_int(call, 1, &max);
	if (r < 0)
		return r;
	if (call->env->heading)
		max = TEMPLATE_OUTPUT_MAX;
	for (; at < len && max > 0; max--)
		at += utf8_decode(text + at, len - at, &code);
	buf_add(&b, text, at);
	return call_return(call, &b, ret);
}
