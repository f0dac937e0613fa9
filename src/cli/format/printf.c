/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print, println and printf as Go's fmt has them. A directive that does not fit its argument is no
 * error there but shows up in the output (%!d(string=x)), and so it does here.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/format/funcs.h"
#include "cli/format/lex.h"

enum { WIDTH_MAX = 100000, NESTED_MAX = 32 };

struct directive {
	bool minus, plus, sharp, space, zero;
	int width, precision; /* -1: not given */
	unsigned verb;
	int depth;
};

static size_t count_runes(const char *text, size_t len)
{
	size_t n = 0;
	unsigned code;

	for (size_t i = 0; i < len; n++)
		i += utf8_decode(text + i, len - i, &code);
	return n;
}

/* Appends `text` padded to the width; `sign_len` bytes of it stay in front of padding zeros. */
static void pad(struct buf *out, const struct directive *d, const char *text, size_t len,
		size_t sign_len, bool zero)
{
	size_t runes = count_runes(text, len);
	size_t fill = d->width > 0 && (size_t)d->width > runes ? (size_t)d->width - runes : 0;

	if (d->minus)
		zero = false;
	if (zero)
		buf_add(out, text, sign_len);
	else
		sign_len = 0;
	for (size_t i = 0; i < fill && !d->minus; i++)
		buf_add_char(out, zero ? '0' : ' ');
	buf_add(out, text + sign_len, len - sign_len);
	for (size_t i = 0; i < fill && d->minus; i++)
		buf_add_char(out, ' ');
}

static void bad_verb(struct buf *out, unsigned verb, const json_t *j)
{
	char encoded[4];

	buf_add_str(out, "%!");
	buf_add(out, encoded, utf8_put(verb, encoded));
	buf_add_char(out, '(');
	if (!j || json_is_null(j)) {
		buf_add_str(out, "<nil>");
	} else {
		buf_printf(out, "%s=", value_type(j));
		value_print_json(out, j);
	}
	buf_add_char(out, ')');
}

static void format_char(struct buf *out, const struct directive *d, json_int_t value)
{
	unsigned code = value < 0 || value > 0x10ffff ? 0xfffd : (unsigned)value;
	struct buf text cleanup_buf = BUF_INIT(64);
	char encoded[4];
	size_t n = utf8_put(code, encoded);

	if (d->verb == 'U') {
		buf_printf(&text, "U+%04llX", (unsigned long long)value);
	} else if (d->verb == 'q') {
		buf_add_char(&text, '\'');
		if (code == '\'' || code == '\\')
			buf_add_char(&text, '\\');
		buf_add(&text, encoded, n);
		buf_add_char(&text, '\'');
	} else {
		buf_add(&text, encoded, n);
	}
	pad(out, d, buf_str(&text), text.len, 0, d->zero);
}

static const char *prefix_of(unsigned verb, bool sharp)
{
	if (verb == 'O')
		return "0o";
	if (!sharp)
		return "";
	return verb == 'x'   ? "0x"
	       : verb == 'X' ? "0X"
	       : verb == 'o' ? "0"
	       : verb == 'b' ? "0b"
			     : "";
}

static void format_integer(struct buf *out, const struct directive *d, json_int_t value)
{
	static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	unsigned base = d->verb == 'b'			   ? 2
			: d->verb == 'o' || d->verb == 'O' ? 8
			: d->verb == 'x' || d->verb == 'X' ? 16
							   : 10;
	unsigned long long rest =
	    value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
	struct buf text cleanup_buf = BUF_INIT(WIDTH_MAX + 128);
	char reversed[64];
	int n = 0;
	size_t head;

	do
		reversed[n++] = (d->verb == 'X' ? upper : digits)[rest % base];
	while ((rest /= base));
	buf_add_str(&text, value < 0 ? "-" : d->plus ? "+" : d->space ? " " : "");
	buf_add_str(&text, prefix_of(d->verb, d->sharp));
	head = text.len;
	for (int i = n; i < d->precision; i++)
		buf_add_char(&text, '0');
	while (n > 0)
		buf_add_char(&text, reversed[--n]);
	pad(out, d, buf_str(&text), text.len, head, d->zero && d->precision < 0);
}

static void format_real(struct buf *out, const struct directive *d, double value)
{
	char format[] = { '%', '.', '*', (char)(d->verb == 'F' ? 'f' : d->verb), '\0' };
	struct buf text cleanup_buf = BUF_INIT(WIDTH_MAX + 512);
	bool shortest = d->verb == 'v' || ((d->verb == 'g' || d->verb == 'G') && d->precision < 0);

	if (!signbit(value))
		buf_add_str(&text, d->plus ? "+" : d->space ? " " : "");
	if (shortest)
		value_print_real(&text, value);
	else
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		buf_printf(&text, format, d->precision < 0 ? 6 : d->precision, value);
#pragma GCC diagnostic pop
	pad(out, d, buf_str(&text), text.len, strchr("+- ", *buf_str(&text)) ? 1 : 0, d->zero);
}

static void format_hex(struct buf *out, const struct directive *d, const char *text, size_t len)
{
	struct buf hex cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);

	if (d->precision >= 0 && (size_t)d->precision < len)
		len = (size_t)d->precision;
	if (d->sharp && !d->space && len)
		buf_add_str(&hex, d->verb == 'x' ? "0x" : "0X");
	for (size_t i = 0; i < len && !hex.failed; i++) {
		if (d->space && i)
			buf_add_char(&hex, ' ');
		if (d->space && d->sharp)
			buf_add_str(&hex, d->verb == 'x' ? "0x" : "0X");
		buf_printf(&hex, d->verb == 'x' ? "%02x" : "%02X", (unsigned char)text[i]);
	}
	pad(out, d, buf_str(&hex), hex.len, 0, d->zero);
}

/* The quoted text with everything past ASCII as \u. */
static void ascii_only(struct buf *out, const char *text, size_t len)
{
	unsigned code;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &code);
		if (code < 0x80)
			buf_add_char(out, text[i]);
		else
			buf_printf(out, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
	}
}

static void format_quoted(struct buf *out, const struct directive *d, const char *text, size_t len)
{
	struct buf quoted cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	struct buf ascii cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);

	if (d->sharp && d->verb == 'q' && !memchr(text, '`', len) && !memchr(text, '\n', len)) {
		buf_add_char(&quoted, '`');
		buf_add(&quoted, text, len);
		buf_add_char(&quoted, '`');
	} else {
		value_quote(&quoted, text, len);
	}
	if (d->plus && d->verb == 'q')
		ascii_only(&ascii, buf_str(&quoted), quoted.len);
	else
		buf_add(&ascii, buf_str(&quoted), quoted.len);
	pad(out, d, buf_str(&ascii), ascii.len, 0, d->zero);
}

static void format_string(struct buf *out, const struct directive *d, const char *text, size_t len)
{
	unsigned code;

	if (d->precision >= 0 && d->verb != 'x' && d->verb != 'X') {
		size_t at = 0;

		for (int i = 0; i < d->precision && at < len; i++)
			at += utf8_decode(text + at, len - at, &code);
		len = at;
	}
	if (d->verb == 'q' || (d->verb == 'v' && d->sharp))
		format_quoted(out, d, text, len);
	else if (d->verb == 'x' || d->verb == 'X')
		format_hex(out, d, text, len);
	else
		pad(out, d, text, len, 0, d->zero);
}

static void format_value(struct buf *out, const struct directive *d, const json_t *j);

static void format_list(struct buf *out, const struct directive *d, const json_t *j)
{
	struct directive inner = *d;
	const char **keys cleanup_free = NULL;

	if (++inner.depth > NESTED_MAX) {
		out->failed = -E2BIG;
		return;
	}
	if (json_is_array(j)) {
		buf_add_char(out, '[');
		for (size_t i = 0; i < json_array_size(j) && !out->failed; i++) {
			if (i)
				buf_add_char(out, ' ');
			format_value(out, &inner, json_array_get(j, i));
		}
		buf_add_char(out, ']');
		return;
	}
	if (value_sorted_keys(j, &keys) < 0) {
		out->failed = -ENOMEM;
		return;
	}
	buf_add_str(out, "map[");
	for (size_t i = 0; keys[i] && !out->failed; i++) {
		if (i)
			buf_add_char(out, ' ');
		format_string(out, &inner, keys[i], strlen(keys[i]));
		buf_add_char(out, ':');
		format_value(out, &inner, json_object_get(j, keys[i]));
	}
	buf_add_char(out, ']');
}

static bool verb_is(const struct directive *d, const char *verbs)
{
	return d->verb < 0x80 && strchr(verbs, (int)d->verb);
}

static void format_value(struct buf *out, const struct directive *d, const json_t *j)
{
	if (d->verb == 'T') {
		const char *type = value_type(j);

		pad(out, d, type, strlen(type), 0, false);
	} else if ((!j || json_is_null(j)) && d->verb == 'v') {
		pad(out, d, "<nil>", 5, 0, false);
	} else if (json_is_array(j) || json_is_object(j)) {
		format_list(out, d, j);
	} else if (json_is_string(j) && verb_is(d, "vsxXq")) {
		format_string(out, d, json_string_value(j), json_string_length(j));
	} else if (json_is_boolean(j) && verb_is(d, "tv")) {
		pad(out, d, json_is_true(j) ? "true" : "false", json_is_true(j) ? 4 : 5, 0,
		    d->zero);
	} else if (json_is_integer(j) && verb_is(d, "vdboOxX")) {
		format_integer(out, d, json_integer_value(j));
	} else if (json_is_integer(j) && verb_is(d, "cqU")) {
		format_char(out, d, json_integer_value(j));
	} else if (json_is_real(j) && verb_is(d, "veEfFgG")) {
		format_real(out, d, json_real_value(j));
	} else {
		bad_verb(out, d->verb, j);
	}
}

struct arguments {
	const struct value *items;
	size_t count, next;
	bool reordered;
};

static bool parse_digits(const char **p, const char *end, int *ret)
{
	const char *start = *p;
	int value = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
		if (value < WIDTH_MAX)
			value = value * 10 + (**p - '0');
	if (*p == start)
		return false;
	*ret = value > WIDTH_MAX ? WIDTH_MAX : value;
	return true;
}

/* "[3]": which argument comes next. */
static void parse_index(const char **p, const char *end, struct arguments *args)
{
	const char *at = *p + 1;
	int index = 0;

	if (*p >= end || **p != '[' || !parse_digits(&at, end, &index) || at >= end || *at != ']')
		return;
	*p = at + 1;
	args->reordered = true;
	args->next = index > 0 ? (size_t)index - 1 : args->count;
}

/* Digits, or * for an argument. */
static void parse_number(const char **p, const char *end, struct arguments *args, int *ret)
{
	const json_t *j;

	parse_index(p, end, args);
	if (*p >= end || **p != '*') {
		parse_digits(p, end, ret);
		return;
	}
	(*p)++;
	j = args->next < args->count ? args->items[args->next++].j : NULL;
	if (json_is_integer(j) && llabs(json_integer_value(j)) <= WIDTH_MAX)
		*ret = (int)json_integer_value(j);
}

static const char *parse_directive(const char *p, const char *end, struct arguments *args,
				   struct directive *d)
{
	*d = (struct directive){ .width = -1, .precision = -1 };
	for (; p < end && *p && strchr("-+# 0", *p); p++) {
		d->minus |= *p == '-';
		d->plus |= *p == '+';
		d->sharp |= *p == '#';
		d->space |= *p == ' ';
		d->zero |= *p == '0';
	}
	parse_number(&p, end, args, &d->width);
	if (d->width < -1) {
		d->minus = true;
		d->width = -d->width;
	}
	if (p < end && *p == '.') {
		p++;
		d->precision = 0;
		parse_number(&p, end, args, &d->precision);
	}
	parse_index(&p, end, args);
	if (p < end)
		p += utf8_decode(p, (size_t)(end - p), &d->verb);
	return p;
}

static void format_all(struct buf *out, const char *p, size_t len, struct arguments *args)
{
	const char *end = p + len, *percent;
	struct directive d;

	while (p < end && !out->failed) {
		percent = memchr(p, '%', (size_t)(end - p));
		buf_add(out, p, (size_t)((percent ? percent : end) - p));
		if (!percent)
			break;
		p = parse_directive(percent + 1, end, args, &d);
		if (d.verb == 0)
			buf_add_str(out, "%!(NOVERB)");
		else if (d.verb == '%')
			buf_add_char(out, '%');
		else if (args->next < args->count)
			format_value(out, &d, args->items[args->next++].j);
		else
			buf_printf(out, "%%!%c(%s)", (char)d.verb,
				   args->reordered ? "BADINDEX" : "MISSING");
	}
	if (args->reordered || args->next >= args->count)
		return;
	for (size_t i = args->next; i < args->count; i++) {
		const json_t *j = args->items[i].j;

		buf_add_str(out, i == args->next ? "%!(EXTRA " : ", ");
		buf_printf(out, "%s=", value_type(j));
		value_print(out, &args->items[i]);
	}
	buf_add_char(out, ')');
}

int call_printf(const struct call *call, struct value *ret)
{
	struct buf out cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	struct arguments args = { .items = call->args + 1, .count = call->count - 1 };
	const char *format;
	size_t len;
	int r = call_string(call, 0, &format, &len);

	if (r < 0)
		return r;
	format_all(&out, format, len, &args);
	return call_return(call, &out, ret);
}

static void print_argument(struct buf *out, const struct value *v)
{
	if (v->j)
		value_print_json(out, v->j);
	else
		buf_add_str(out, "<nil>");
}

/* A space between two of which neither is a string. */
int call_print(const struct call *call, struct value *ret)
{
	struct buf out cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);

	for (size_t i = 0; i < call->count; i++) {
		if (i && !json_is_string(call->args[i].j) && !json_is_string(call->args[i - 1].j))
			buf_add_char(&out, ' ');
		print_argument(&out, &call->args[i]);
	}
	return call_return(call, &out, ret);
}

int call_println(const struct call *call, struct value *ret)
{
	struct buf out cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);

	for (size_t i = 0; i < call->count; i++) {
		if (i)
			buf_add_char(&out, ' ');
		print_argument(&out, &call->args[i]);
	}
	buf_add_char(&out, '\n');
	return call_return(call, &out, ret);
}
