/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the files that monitor/logfile.h describes. */
#ifndef CORACLE_ENGINE_CONTAINER_LOG_READER_H
#define CORACLE_ENGINE_CONTAINER_LOG_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* A record's line is at most a chunk, escaped (each byte six), and what is around it. */
enum { LOG_LINE_MAX = 16384 * 6 + 4096, LOG_FILES_MAX = 1001 };

struct log_record {
	int stream; /* 1, 2 */
	int64_t time_ns;
	const char *data; /* with the newline where the line was complete */
	size_t len;
	char *owned; /* free() when done; data may point into it */
};

/* `line` with its newline (len counts it). -EINVAL for what is no record: skipped by readers. */
int log_parse_k8s(const char *line, size_t len, struct log_record *ret);
int log_parse_json(const char *line, size_t len, struct log_record *ret);

/* One file, read forward line by line. */
struct log_reader {
	int fd; /* owned; -1: none */
	uint64_t ino;
	int64_t offset; /* of what was read so far */
	struct buf text;
	size_t taken; /* bytes of text that were handed out */
};
#define LOG_READER_NONE ((struct log_reader){ .fd = -1, .text = BUF_INIT(LOG_LINE_MAX) })
void log_reader_close(struct log_reader *r);

/* 1: no such file. */
int log_reader_open(struct log_reader *r, int dir_fd, unsigned number, struct err *err);
/* The next complete line; 1: none now (more may come). Valid until the next call. A file that has
 * become shorter was begun anew, and so is the reading. */
int log_reader_next(struct log_reader *r, const char **ret, size_t *len, struct err *err);

/* Counts lines backwards, from the newest file to the oldest: the state goes from one call to the
 * next, because a line in several records may cross a rotation. With `k8s` a record marked P is no
 * line of its own, unless it is the very last. */
struct log_tail {
	bool k8s, any; /* any: a record was met */
	int64_t left;  /* lines still wanted */
};
/* Sets the reader to where the wanted lines begin. 1: they all are in this file and the newer ones,
 * nothing older is wanted. */
int log_reader_seek_tail(struct log_reader *r, struct log_tail *tail, struct err *err);

#endif
