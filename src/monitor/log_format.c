/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "monitor/logfile.h"

static const char *stream_name(int stream)
{
	return stream == 2 ? "stderr" : "stdout";
}

static void put_str(struct logfile *log, const char *text)
{
	logfile_put(log, text, strlen(text));
}

size_t logfile_line(const char *data, size_t len)
{
	const char *newline = memchr(data, '\n', len);

	return newline ? (size_t)(newline - data) + 1 : len;
}

/* What a record adds to its text: the time, and the words around it. */
enum { K8S_HEAD = 41, JSON_HEAD = 70, JSON_ESCAPE = 6 };

uint64_t log_format_bound(const struct logfile *log, const char *line, size_t len)
{
	uint64_t size = len + K8S_HEAD;

	if (log->kind != MONITOR_LOG_JSON_FILE)
		return size;
	/* Each may become an escape. Text that is not ASCII seldom does: the bound is too high, and
	 * the last lines of a file come in smaller chunks. */
	size = len + JSON_HEAD;
	for (size_t i = 0; i < len; i++)
		if (line[i] < ' ' || line[i] > '~' || memchr("\"\\<>&", line[i], 5))
			size += JSON_ESCAPE - 1;
	return size;
}

void log_format_k8s(struct logfile *log, int stream, const char *time, const char *data, size_t len)
{
	size_t n;
	bool full;

	for (; len > 0; data += n, len -= n) {
		n = logfile_line(data, len);
		full = data[n - 1] == '\n';
		put_str(log, time);
		put_str(log, stream == 2 ? " stderr " : " stdout ");
		put_str(log, full ? "F " : "P ");
		logfile_put(log, data, full ? n - 1 : n);
		put_str(log, "\n");
	}
}

/* Length of the well-formed UTF-8 sequence at the front (Unicode, table 3-7), 0: none. */
static size_t utf8_length(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < n; i++, low = 0x80, high = 0xbf)
		if (i >= len || s[i] < low || s[i] > high)
			return 0;
	return n;
}

/* The bytes that Docker's writer escapes: control characters, quotes, what HTML and JavaScript
 * would trip over. */
static bool put_escaped(struct logfile *log, const unsigned char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char text[] = "\\u0000";

	if (n == 1 && (s[0] == '"' || s[0] == '\\')) {
		logfile_put(log, (char[]){ '\\', (char)s[0] }, 2);
	} else if (n == 1 && s[0] == '\n') {
		put_str(log, "\\n");
	} else if (n == 1 && s[0] == '\r') {
		put_str(log, "\\r");
	} else if (n == 1 && (s[0] < 0x20 || s[0] == '<' || s[0] == '>' || s[0] == '&')) {
		text[4] = hex[s[0] >> 4];
		text[5] = hex[s[0] & 15];
		put_str(log, text);
	} else if (n == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] | 1) == 0xa9) {
		put_str(log, s[2] & 1 ? "\\u2029" : "\\u2028");
	} else {
		return false;
	}
	return true;
}

static void put_json_text(struct logfile *log, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;
	size_t plain = 0, i = 0, n;

	while (i < len) {
		n = utf8_length(s + i, len - i);
		if (n > 0 && (s[i] >= 0x20 || n > 1) && !memchr("\"\\<>&\xe2", s[i], 6)) {
			i += n;
			continue;
		}
		logfile_put(log, data + plain, i - plain);
		if (n == 0) {
			put_str(log, "\\ufffd");
			n = 1;
		} else if (!put_escaped(log, s + i, n)) {
			logfile_put(log, data + i, n);
		}
		i += n;
		plain = i;
	}
	logfile_put(log, data + plain, i - plain);
}

void log_format_json(struct logfile *log, int stream, const char *time, const char *data,
		     size_t len)
{
	size_t n;

	for (; len > 0; data += n, len -= n) {
		n = logfile_line(data, len);
		put_str(log, "{\"log\":\"");
		put_json_text(log, data, n);
		put_str(log, "\",\"stream\":\"");
		put_str(log, stream_name(stream));
		put_str(log, "\",\"time\":\"");
		put_str(log, time);
		put_str(log, "\"}\n");
	}
}

/* A sequence cut off at the end: at most three bytes, the first of which promises more. */
size_t logfile_incomplete(const struct logfile *log, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;
	char whole[4];

	if (log->kind != MONITOR_LOG_JSON_FILE)
		return 0;
	for (size_t back = 1; back <= CARRY_MAX && back <= len; back++) {
		unsigned char first = s[len - back];
		size_t need = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

		if (need == 1 && first >= 0x80)
			continue; /* a continuation byte: look further back */
		if (need <= back)
			return 0;
		/* Could any continuation complete it? The widest are tried: 0x80 and 0xbf. */
		for (int fill = 0x80; fill <= 0xbf; fill += 0x3f) {
			memset(whole, fill, sizeof(whole));
			memcpy(whole, s + len - back, back);
			if (utf8_length((unsigned char *)whole, need) == need)
				return back;
		}
		return 0;
	}
	return 0;
}
