/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/str.h"

enum { RECORD_MAX = 4096 };

int record_write(int dirfd, const struct exit_record *record, struct err *err)
{
	char text[512];
	int len;

	len = snprintf(text, sizeof(text),
		       "run %" PRIu64 "\nstatus %d\nsignal %d\ncore %d\noom %d\noutput_lost %d\n"
		       "log_lost %" PRIu64 "\nstarted %" PRId64 "\nfinished %" PRId64 "\n",
		       record->run, record->status, record->signal, record->core_dumped,
		       record->oom, record->output_lost, record->log_lost, record->started_ns,
		       record->finished_ns);
	return fd_replace_file_at(dirfd, RECORD_FILE, text, (size_t)len, 0600, err);
}

/* One "key value" line; `seen` collects what must not be missing. */
static int take_line(struct exit_record *r, char *line, unsigned *seen, struct err *err)
{
	char *value = strchr(line, ' ');
	int64_t number;
	int code;

	if (!value)
		return err_invalid(err, "exit record: a line without a value");
	*value++ = '\0';
	code = str_to_i64(value, INT64_MIN, INT64_MAX, line, &number, err);
	if (code < 0)
		return code;
	if (str_eq(line, "run")) {
		r->run = (uint64_t)number;
		*seen |= 1;
	} else if (str_eq(line, "status")) {
		if (number < -1 || number > 255)
			return err_invalid(err, "exit record: status %" PRId64, number);
		r->status = (int)number;
		*seen |= 2;
	} else if (str_eq(line, "signal")) {
		r->signal = (int)number;
	} else if (str_eq(line, "core")) {
		r->core_dumped = number != 0;
	} else if (str_eq(line, "oom")) {
		r->oom = number != 0;
	} else if (str_eq(line, "output_lost")) {
		r->output_lost = number != 0;
	} else if (str_eq(line, "log_lost")) {
		r->log_lost = (uint64_t)number;
	} else if (str_eq(line, "started")) {
		r->started_ns = number;
	} else if (str_eq(line, "finished")) {
		r->finished_ns = number;
	}
	return 0;
}

int record_read(int dirfd, struct exit_record *ret, struct err *err)
{
	cleanup_buf struct buf text = BUF_INIT(RECORD_MAX);
	struct exit_record record = { .status = -1 };
	unsigned seen = 0;
	char *at, *line;
	struct err why;
	int code;

	code = fd_read_file_at(dirfd, RECORD_FILE, RECORD_MAX, &text, &why);
	if (code == -ENOENT)
		return 1;
	if (code < 0) {
		if (err)
			*err = why;
		return code;
	}
	at = text.data;
	while (at && (line = strsep(&at, "\n"))) {
		if (!*line)
			continue;
		code = take_line(&record, line, &seen, err);
		if (code < 0)
			return code;
	}
	if (seen != 3)
		return err_invalid(err, "exit record: incomplete");
	*ret = record;
	return 0;
}
