/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/time.h"

enum { MESSAGE_MAX = 4096 };

static struct {
	int fd;
	enum log_level level;
	enum log_format format;
} sink = { .fd = -1 };

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_open(int fd, enum log_level level, enum log_format format)
{
	sink.fd = fd;
	sink.level = level;
	sink.format = format;
}

/* The length of the well-formed UTF-8 sequence at `s`, 0 if there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* Names in a message may be any bytes; a reader of JSON must get valid text all the same. */
static void add_json_string(struct buf *b, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	buf_add_char(b, '"');
	for (; *s; s += n ? n : 1) {
		n = utf8_length(s);
		if (n == 0)
			buf_add_str(b, "\\ufffd");
		else if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			buf_printf(b, "\\u%04x", *s);
		else
			buf_add(b, s, n);
	}
	buf_add_char(b, '"');
}

/* A terminal must not be driven by a name. */
static void add_printable(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_add_char(b, (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void add_line(struct buf *b, enum log_level level, const char *message)
{
	char now[TIME_TEXT_MAX];

	if (sink.format == LOG_FORMAT_JSON) {
		buf_printf(b, "{\"level\":\"%s\",\"msg\":", level_names[level]);
		add_json_string(b, message);
		buf_printf(b, ",\"time\":\"%s\"}\n", time_format(time_now_ns(), now));
	} else {
		buf_printf(b, "%s: ", level_names[level]);
		add_printable(b, message);
		buf_add_char(b, '\n');
	}
}

void log_message(enum log_level level, const char *format, ...)
{
	struct buf line cleanup_buf = BUF_INIT(8 * MESSAGE_MAX);
	char message[MESSAGE_MAX];
	int saved = errno;
	va_list ap;

	if (sink.fd < 0 || level > sink.level)
		return;
	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	add_line(&line, level, message);
	/* One write per line, so that lines of several processes do not mix. Whether it succeeded
	 * can be told to nobody. */
	fd_write_all(sink.fd, line.data, line.len);
	errno = saved;
}
