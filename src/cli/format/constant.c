/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format/constant.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/format/lex.h"

static const char bad_syntax[] = "invalid syntax";

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* `count` digits of a base at *p. */
static bool scan_code(const char **p, const char *end, int count, int base, unsigned *ret)
{
	unsigned code = 0;

	for (; count > 0; count--, (*p)++) {
		if (*p >= end || digit_of(**p) >= base)
			return false;
		code = code * (unsigned)base + (unsigned)digit_of(**p);
	}
	*ret = code;
	return true;
}

/* Behind a backslash. A byte escape (\x41, \101) gives one byte, the others a code point. */
static bool scan_escape(const char **p, const char *end, char quote, unsigned *ret, bool *byte)
{
	static const char letters[] = "abfnrtv\\", codes[] = "\a\b\f\n\r\t\v\\";
	char c = *p < end ? *(*p)++ : '\0';
	const char *at = c ? strchr(letters, c) : NULL;

	*byte = false;
	if (at || c == quote) {
		*ret = (unsigned char)(at ? codes[at - letters] : quote);
		return true;
	}
	if (c == 'u')
		return scan_code(p, end, 4, 16, ret);
	if (c == 'U')
		return scan_code(p, end, 8, 16, ret) && *ret <= 0x10ffff;
	*byte = true;
	if (c == 'x')
		return scan_code(p, end, 2, 16, ret);
	(*p)--;
	return c >= '0' && c <= '7' && scan_code(p, end, 3, 8, ret) && *ret <= 255;
}

static const char *parse_string(const char *p, const char *end, json_t **ret)
{
	struct buf b cleanup_buf = BUF_INIT((size_t)(end - p) * 4 + 1);
	char encoded[4];
	unsigned code;
	bool byte;

	while (p < end) {
		if (*p != '\\') {
			buf_add_char(&b, *p++);
			continue;
		}
		p++;
		if (!scan_escape(&p, end, '"', &code, &byte))
			return bad_syntax;
		if (byte)
			buf_add_char(&b, (char)code);
		else
			buf_add(&b, encoded, utf8_put(code, encoded));
	}
	*ret = json_stringn(buf_str(&b), b.len);
	return *ret || b.failed ? NULL : "not UTF-8";
}

static const char *parse_char(const char *p, const char *end, json_t **ret)
{
	unsigned code;
	bool byte;

	if (p >= end)
		return bad_syntax;
	if (*p == '\\') {
		p++;
		if (!scan_escape(&p, end, '\'', &code, &byte))
			return bad_syntax;
	} else {
		p += utf8_decode(p, (size_t)(end - p), &code);
	}
	if (p != end)
		return bad_syntax;
	*ret = json_integer((json_int_t)code);
	return NULL;
}

/* Go's underscores between digits and the prefix 0o are what strtoll does not know. */
static const char *parse_number(const char *text, size_t len, json_t **ret)
{
	char digits[64], *end;
	size_t n = 0, sign;
	long long whole;
	double real;
	int base = 10;

	if (len >= sizeof(digits))
		return "bad number syntax";
	for (size_t i = 0; i < len; i++)
		if (text[i] != '_')
			digits[n++] = text[i];
	digits[n] = '\0';
	sign = *digits == '+' || *digits == '-';
	if (digits[sign] == '0' && strchr("xXbBoO", digits[sign + 1]) && digits[sign + 1]) {
		base = (digits[sign + 1] | 0x20) == 'x'	  ? 16
		       : (digits[sign + 1] | 0x20) == 'b' ? 2
							  : 8;
		memmove(digits + sign, digits + sign + 2, n - sign - 1);
	} else if (digits[sign] == '0' && digits[sign + 1]) {
		base = 8;
	}
	if (digit_of(digits[sign]) >= base && digits[sign] != '.')
		return "bad number syntax";
	errno = 0;
	whole = strtoll(digits, &end, base);
	if (!*end && errno == 0) {
		*ret = json_integer(whole);
		return NULL;
	}
	if (!*end)
		return "integer overflow";
	if (base != 10 && base != 8)
		return "bad number syntax";
	real = strtod(digits, &end);
	if (*end || end == digits || strpbrk(digits, "xXpPnN"))
		return "bad number syntax";
	*ret = json_real(real);
	return *ret ? NULL : "bad number syntax";
}

const char *constant_parse(const char *text, size_t len, json_t **ret)
{
	const char *inner = text + 1, *end = text + len - 1;

	*ret = NULL;
	if (*text == '"')
		return parse_string(inner, end, ret);
	if (*text == '`') {
		*ret = json_stringn(inner, (size_t)(end - inner));
		return *ret ? NULL : "not UTF-8";
	}
	if (*text == '\'')
		return parse_char(inner, end, ret);
	return parse_number(text, len, ret);
}
