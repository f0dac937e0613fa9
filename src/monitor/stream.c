/* SPDX-License-Identifier: Apache-2.0 */
/* One direction of output: read a chunk, log it, offer it to the clients. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/time.h"
#include "monitor/monitor.h"

static void on_readable(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct stream *s = arg;

	stream_pump(s);
	end_continue(s->monitor);
}

int stream_init(struct monitor *m, int index, int fd, bool terminal)
{
	struct stream *s = &m->streams[index];

	s->monitor = m;
	s->index = index;
	s->fd = fd;
	s->terminal = terminal;
	s->budget = INT64_MAX;
	return 0;
}

/* Silent: also EPOLLHUP, which epoll reports unasked, comes at most once. */
static void disarm(struct stream *s)
{
	if (s->source)
		loop_set_events(s->source, EPOLLONESHOT);
}

void stream_arm(struct stream *s)
{
	struct monitor *m = s->monitor;

	if (s->fd < 0 || !m->open || m->ended || s->pending)
		return;
	if (s->source)
		loop_set_events(s->source, EPOLLIN);
	else
		s->source = loop_add_fd(m->loop, s->fd, EPOLLIN, on_readable, s);
}

char *stream_packet(struct stream *s)
{
	return s->space + CARRY_MAX - 1;
}

static void stream_close(struct stream *s)
{
	loop_remove(s->source);
	s->source = NULL;
	s->fd = -1;
	s->budget = 0;
}

/* Logs the chunk behind the carry (in whose room it stands, or the carry's own bytes do), but for
 * an incomplete sequence at the end, the new carry. */
static void log_chunk(struct stream *s, char *data, size_t len)
{
	struct logfile *log = &s->monitor->log;
	char *text = data - s->carry.len;
	size_t text_len = len + s->carry.len, rest;
	struct carry after = { 0 };

	memcpy(text, s->carry.bytes, s->carry.len);
	rest = logfile_incomplete(log, text, text_len);
	after.len = (uint8_t)rest;
	memcpy(after.bytes, text + text_len - rest, rest);
	if (!s->terminal)
		fifo_begin(s, data, len, &after);
	logfile_append(log, s->index + 1, time_now_ns(), text, text_len - rest);
	s->carry = after;
}

/* Logs what belongs in one file, and returns how much of the chunk that was: what is left stays in
 * the FIFO. A terminal keeps nothing, so there it is all of it. */
static size_t log_peeked(struct stream *s, char *data, size_t len)
{
	size_t done = 0, n;

	do {
		logfile_rotate(&s->monitor->log);
		n = logfile_room(&s->monitor->log, data + done, len - done);
		log_chunk(s, data + done, n);
		done += n;
	} while (s->terminal && done < len);
	return done;
}

void stream_flush_carry(struct stream *s)
{
	logfile_append(&s->monitor->log, s->index + 1, time_now_ns(), s->carry.bytes, s->carry.len);
	s->carry.len = 0;
}

/* From the device to `data`, and into the log. 0: nothing there now; -1: at its end. */
static ssize_t read_chunk(struct stream *s, char *data, size_t len)
{
	ssize_t n;

	if (s->terminal) {
		do
			n = read(s->fd, data, len);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			n = -errno;
	} else {
		n = fifo_peek(s, data, len);
	}
	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	if (s->monitor->log.kind != MONITOR_LOG_NONE)
		n = (ssize_t)log_peeked(s, data, (size_t)n);
	if (!s->terminal) {
		fifo_consume(s, data, (size_t)n);
		fifo_commit(s);
	}
	return n;
}

static size_t take_tail(struct stream *s, char *data)
{
	size_t n = s->tail_len - s->tail_at;

	if (n > CHUNK)
		n = CHUNK;
	memcpy(data, s->tail + s->tail_at, n);
	s->tail_at += n;
	return n;
}

bool stream_pump(struct stream *s)
{
	struct monitor *m = s->monitor;
	char *data = s->space + CARRY_MAX;
	size_t len = s->budget < CHUNK ? (size_t)s->budget : CHUNK;
	ssize_t n;

	if (s->pending) {
		disarm(s);
		return false;
	}
	if (s->tail) {
		n = (ssize_t)take_tail(s, data);
	} else if (s->fd >= 0 && len > 0) {
		n = read_chunk(s, data, len);
		if (n < 0 || (n == 0 && m->ended))
			stream_close(s);
		else if (s->budget != INT64_MAX)
			s->budget -= n;
	} else {
		return false;
	}
	if (n <= 0)
		return false;
	if (clients_want(m, s->index)) {
		s->pending = (size_t)n;
		clients_offer(m, s->index);
		if (s->pending)
			disarm(s);
	}
	return !s->pending;
}

void stream_delivered(struct stream *s)
{
	s->pending = 0;
	stream_arm(s);
}

bool stream_finished(const struct stream *s)
{
	return !s->pending && (s->tail ? s->tail_at == s->tail_len : s->fd < 0 || s->budget == 0);
}

void stream_set_end(struct stream *s)
{
	int pending = 0;

	if (s->fd < 0)
		return;
	disarm(s);
	/* A terminal says by itself when it is empty; its buffer is small, and so is its patience.
	 */
	if (s->terminal)
		s->budget = TAIL_MAX / 2;
	else if (ioctl(s->fd, FIONREAD, &pending) == 0)
		s->budget = pending;
}

/* Reads and logs all that may still be read; what is returned of it stands at `data`, the rest,
 * more than `keep`, went to the log alone. Each chunk is read with the carry's room in front of it,
 * which holds the end of the chunk before: log_chunk() overwrites that with the very same bytes. */
static size_t read_to_end(struct stream *s, char *data, size_t keep)
{
	char *spill = data + keep + CARRY_MAX;
	size_t len = 0, room;
	ssize_t n;

	while (s->budget > 0) {
		room = keep - len < CHUNK ? keep - len : CHUNK;
		n = room > 0 ? read_chunk(s, data + len, room) : read_chunk(s, spill, CHUNK);
		if (n <= 0)
			break;
		s->budget -= n;
		if (room > 0)
			len += (size_t)n;
	}
	return len;
}

void stream_absorb(struct stream *s)
{
	size_t keep = s->budget < TAIL_MAX ? (size_t)s->budget : TAIL_MAX;
	char *tail;

	if (s->tail)
		return;
	tail = s->fd < 0 ? NULL : malloc(CARRY_MAX + keep + CARRY_MAX + CHUNK);
	if (tail) {
		s->tail = tail;
		s->tail_at = CARRY_MAX;
		s->tail_len = CARRY_MAX + read_to_end(s, tail + CARRY_MAX, keep);
	} else if (s->fd >= 0) {
		/* Out of memory: the log has it, the client goes without. Nothing comes in any
		 * more, so that buffer is free. */
		read_to_end(s, s->monitor->input.data + CARRY_MAX, 0);
	}
	stream_close(s);
}
