/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/time.h"

enum { NAME_SIZE = 24 };

static char *name_of(unsigned n, char out[NAME_SIZE])
{
	if (n == 0)
		strcpy(out, "log");
	else
		snprintf(out, NAME_SIZE, "log.%u", n);
	return out;
}

/* Never O_TRUNC: an adopter goes on where the file ends. */
static int open_current(struct logfile *log)
{
	struct stat st;
	int fd;

	fd = openat(log->dir_fd, "log", O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		close_fd(&fd);
		return -errno;
	}
	log->fd = fd;
	log->ino = st.st_ino;
	log->size = (uint64_t)st.st_size;
	return 0;
}

int logfile_open(struct logfile *log, const struct monitor_args *args, struct err *err)
{
	int code;

	log->kind = args->log;
	log->dir_fd = args->log_fd;
	log->fd = -1;
	log->max_size = args->log_max_size;
	log->max_file = args->log_max_file;
	if (log->kind == MONITOR_LOG_NONE)
		return 0;
	code = open_current(log);
	if (code < 0)
		return err_sys(err, code, "open log");
	return 0;
}

void logfile_close(struct logfile *log)
{
	close_fd(&log->fd);
}

/* From the oldest to the newest, so that a kill in between leaves a gap in the numbers and loses
 * nothing but the oldest. Readers skip gaps. */
void logfile_rotate(struct logfile *log)
{
	char from[NAME_SIZE], to[NAME_SIZE];

	if (log->fd < 0 || log->max_size == 0 || log->size < log->max_size)
		return;
	if (log->max_file <= 1) {
		logfile_truncate(log, 0);
		return;
	}
	for (unsigned n = log->max_file - 1; n > 0; n--)
		renameat(log->dir_fd, name_of(n - 1, from), log->dir_fd, name_of(n, to));
	close_fd(&log->fd);
	open_current(log); /* a failure is met again, and counted, by the next append */
}

size_t logfile_room(const struct logfile *log, const char *data, size_t len)
{
	uint64_t left = log->size < log->max_size ? log->max_size - log->size : log->max_size, need;
	size_t fits = 0, n;

	if (log->max_size == 0 || len * (uint64_t)LOGFILE_WORST <= left)
		return len;
	for (; fits < len; fits += n, left -= need) {
		n = logfile_line(data + fits, len - fits);
		need = log_format_bound(log, data + fits, n);
		if (need > left)
			return fits ? fits : n;
	}
	return len;
}

static uint64_t after_last_newline(struct logfile *log)
{
	char block[4096];
	uint64_t end = log->size;
	ssize_t n;

	while (end > 0) {
		uint64_t start = end > sizeof(block) ? end - sizeof(block) : 0;
		const char *newline;

		n = pread(log->fd, block, (size_t)(end - start), (off_t)start);
		if (n <= 0)
			return log->size;
		newline = memrchr(block, '\n', (size_t)n);
		if (newline)
			return start + (uint64_t)(newline - block) + 1;
		end = start;
	}
	return 0;
}

void logfile_truncate(struct logfile *log, uint64_t size)
{
	if (log->fd < 0)
		return;
	if (size == UINT64_MAX)
		size = after_last_newline(log);
	if (size < log->size && ftruncate(log->fd, (off_t)size) == 0)
		log->size = size;
}

static void flush(struct logfile *log)
{
	int code;

	if (!log->failed && log->out_len > 0) {
		code = fd_write_all(log->fd, log->out, log->out_len);
		if (code < 0)
			log->failed = code;
		else
			log->size += log->out_len;
	}
	log->out_len = 0;
}

void logfile_put(struct logfile *log, const char *data, size_t len)
{
	while (len > 0) {
		size_t room = sizeof(log->out) - log->out_len;
		size_t n = len < room ? len : room;

		memcpy(log->out + log->out_len, data, n);
		log->out_len += n;
		data += n;
		len -= n;
		if (log->out_len == sizeof(log->out))
			flush(log);
	}
}

void logfile_append(struct logfile *log, int stream, int64_t time_ns, const char *data, size_t len)
{
	char time[TIME_TEXT_MAX];
	uint64_t before;

	if (log->kind == MONITOR_LOG_NONE || len == 0)
		return;
	log->failed = log->fd < 0 ? open_current(log) : 0;
	before = log->size;
	time_format(time_ns, time);
	if (log->kind == MONITOR_LOG_K8S_FILE)
		log_format_k8s(log, stream, time, data, len);
	else
		log_format_json(log, stream, time, data, len);
	flush(log);
	if (log->failed) {
		log->lost += len;
		/* A write cut short by the full disk left half a record. */
		if (log->fd >= 0 && ftruncate(log->fd, (off_t)before) == 0)
			log->size = before;
	}
}
