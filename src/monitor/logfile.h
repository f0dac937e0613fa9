/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a container: `log`, and with rotation `log.1` (the newest old one) to `log.N`.
 *
 * k8s-file: a line per line, "2026-11-24T03:14:45.655149687Z stdout F text", the format that the
 * kubelet, cri-o and every log shipper read; F ends a line, P is a part of one. Binary-safe.
 * json-file: Docker's {"log":"text\n","stream":"stdout","time":"…"}; what is not UTF-8 is replaced
 * by U+FFFD, as Docker does.
 *
 * A line that is not complete is logged at once as a part, never held back: memory stays bounded,
 * and a prompt is seen. Memory: one buffer of LOGFILE_OUT bytes.
 */
#ifndef CORACLE_MONITOR_LOGFILE_H
#define CORACLE_MONITOR_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "monitor/args.h"
#include "monitor/progress.h"

enum {
	LOGFILE_OUT = 16384,
	LOGFILE_WORST = 80, /* what a byte of output may become: in json-file, a line of its own */
};

struct logfile {
	enum monitor_log kind;
	int dir_fd; /* borrowed */
	int fd;
	uint64_t max_size, ino, size;
	unsigned max_file;
	uint64_t lost; /* bytes of output that a full disk kept out */
	int failed;    /* -errno of the append that is going on */
	size_t out_len;
	char out[LOGFILE_OUT];
};

int logfile_open(struct logfile *log, const struct monitor_args *args, struct err *err);
void logfile_close(struct logfile *log);

/* Starts a new file when the present one is full. Not within an append. */
void logfile_rotate(struct logfile *log);

/* Cuts the file to `size`, or with UINT64_MAX after its last newline. */
void logfile_truncate(struct logfile *log, uint64_t size);

/* Appends output of one stream (1 or 2), cut into records. On a full disk nothing of it stays in
 * the file, and `lost` grows: a container is not stopped by its log. */
void logfile_append(struct logfile *log, int stream, int64_t time_ns, const char *data, size_t len);

/* How much of data may be appended before the next rotation is due: whole lines that fit in what is
 * left of max_size, at least one line. */
size_t logfile_room(const struct logfile *log, const char *data, size_t len);

/* json-file: how many bytes at the end of data are the beginning of a UTF-8 sequence that more
 * bytes could complete; k8s-file: 0. */
size_t logfile_incomplete(const struct logfile *log, const char *data, size_t len);

/* For the formats in log_format.c. */
size_t logfile_line(const char *data, size_t len); /* of the first one, with its newline */
/* The most that a line can become. */
uint64_t log_format_bound(const struct logfile *log, const char *line, size_t len);
void logfile_put(struct logfile *log, const char *data, size_t len);
void log_format_k8s(struct logfile *log, int stream, const char *time, const char *data,
		    size_t len);
void log_format_json(struct logfile *log, int stream, const char *time, const char *data,
		     size_t len);

#endif
