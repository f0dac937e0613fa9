/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>

bool str_ends(const char *text, const char *suffix)
{
	size_t text_len = strlen(text), suffix_len = strlen(suffix);

	return text_len >= suffix_len && str_eq(text + text_len - suffix_len, suffix);
}

/* Returns 0, -EINVAL for what is no digit, -ERANGE past UINT64_MAX. */
static int parse_digits(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

int str_to_u64(const char *text, uint64_t max, const char *what, uint64_t *ret, struct err *err)
{
	uint64_t value = 0;
	int r = parse_digits(text, &value);

	if (r == -EINVAL)
		return err_invalid(err, "%s: \"%s\" is not a number", what, text);
	if (r < 0 || value > max)
		return err_invalid(err, "%s: %s is more than %llu", what, text,
				   (unsigned long long)max);
	*ret = value;
	return 0;
}

int str_to_i64(const char *text, int64_t min, int64_t max, const char *what, int64_t *ret,
	       struct err *err)
{
	bool negative = *text == '-';
	uint64_t magnitude = 0, limit = (uint64_t)INT64_MAX + negative;
	int64_t value;
	int r = parse_digits(text + negative, &magnitude);

	if (r == -EINVAL)
		return err_invalid(err, "%s: \"%s\" is not a number", what, text);
	if (r == 0 && magnitude <= limit) {
		value = (int64_t)(negative ? 0 - magnitude : magnitude);
		if (value >= min && value <= max) {
			*ret = value;
			return 0;
		}
	}
	return err_invalid(err, "%s: %s is not between %lld and %lld", what, text, (long long)min,
			   (long long)max);
}

int str_to_bool(const char *text, const char *what, bool *ret, struct err *err)
{
	if (str_eq(text, "1") || !strcasecmp(text, "t") || !strcasecmp(text, "true")) {
		*ret = true;
		return 0;
	}
	if (str_eq(text, "0") || !strcasecmp(text, "f") || !strcasecmp(text, "false")) {
		*ret = false;
		return 0;
	}
	return err_invalid(err, "%s: \"%s\" is neither true nor false", what, text);
}

char *str_printf(const char *format, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}

int str_random_hex(char *out, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char chunk[64];
	size_t done = 0;

	while (done < bytes) {
		size_t want = bytes - done < sizeof(chunk) ? bytes - done : sizeof(chunk);
		ssize_t got = getrandom(chunk, want, 0);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		for (ssize_t i = 0; i < got; i++) {
			out[2 * (done + i)] = digits[chunk[i] >> 4];
			out[2 * (done + i) + 1] = digits[chunk[i] & 15];
		}
		done += (size_t)got;
	}
	out[2 * bytes] = '\0';
	return 0;
}

void strv_free(struct strv *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->items[i]);
	free(v->items);
	*v = (struct strv){ 0 };
}

int strv_add_owned(struct strv *v, char *text)
{
	char **items;

	if (!text)
		return -ENOMEM;
	/* Full whenever count + 1 (for the NULL) is a power of two, or nothing is there yet. */
	if ((v->count & (v->count + 1)) == 0) {
		items = reallocarray(v->items, 2 * (v->count + 1), sizeof(*items));
		if (!items) {
			free(text);
			return -ENOMEM;
		}
		v->items = items;
	}
	v->items[v->count++] = text;
	v->items[v->count] = NULL;
	return 0;
}

int strv_add(struct strv *v, const char *text)
{
	return strv_add_owned(v, strdup(text));
}

int strv_split(struct strv *v, const char *text, char sep)
{
	const char *end;
	int r;

	if (!*text)
		return 0;
	for (;; text = end + 1) {
		end = strchrnul(text, sep);
		r = strv_add_owned(v, strndup(text, (size_t)(end - text)));
		if (r < 0 || !*end)
			return r;
	}
}

bool strv_contains(const struct strv *v, const char *text)
{
	for (size_t i = 0; i < v->count; i++)
		if (str_eq(v->items[i], text))
			return true;
	return false;
}
