/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A name from an image or a path may carry escape sequences for the user's terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static int positive(int code)
{
	if (code == 0)
		return EIO;
	return code < 0 ? -code : code;
}

static void fill(struct err *err, enum err_class class, int code, const char *format, va_list ap)
{
	char text[ERR_TEXT_MAX]; /* arguments may point into err->text itself */

	vsnprintf(text, sizeof(text), format, ap);
	make_printable(text);
	memcpy(err->text, text, sizeof(text));
	err->class = class;
	err->code = code;
}

int err_set(struct err *err, enum err_class class, int code, const char *format, ...)
{
	va_list ap;

	code = positive(code);
	if (err) {
		va_start(ap, format);
		fill(err, class, code, format, ap);
		va_end(ap);
	}
	return -code;
}

int err_invalid(struct err *err, const char *format, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, format);
		fill(err, ERR_INVALID, EINVAL, format, ap);
		va_end(ap);
	}
	return -EINVAL;
}

int err_sys(struct err *err, int number, const char *format, ...)
{
	va_list ap;
	size_t used;

	number = positive(number);
	if (!err)
		return -number;
	va_start(ap, format);
	fill(err, ERR_ENGINE, number, format, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(number));
	return -number;
}

int err_wrap(struct err *err, const char *format, ...)
{
	char head[ERR_TEXT_MAX], tail[ERR_TEXT_MAX];
	va_list ap;
	size_t used;

	if (!err)
		return -EIO;
	va_start(ap, format);
	vsnprintf(head, sizeof(head), format, ap);
	va_end(ap);
	make_printable(head);
	memcpy(tail, err->text, sizeof(tail));
	used = strlen(head);
	memcpy(err->text, head, used);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", tail);
	return -positive(err->code);
}

int err_oom(struct err *err)
{
	return err_set(err, ERR_ENGINE, ENOMEM, "out of memory");
}
