/* SPDX-License-Identifier: Apache-2.0 */
/* Peek, begin, consume, commit: see progress.h for what a kill between any two of them leaves. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/monitor.h"

/* tee(2) duplicates references to the pipe's pages; the copy is then read out of the private pipe,
 * which is empty again afterwards. 0: no writer left; -errno. */
ssize_t fifo_peek(struct stream *s, char *data, size_t len)
{
	struct monitor *m = s->monitor;
	ssize_t n, got = 0, part;

	do
		n = tee(s->fd, m->peek[1], len, SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	while (got < n) {
		part = read(m->peek[0], data + got, (size_t)(n - got));
		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return part < 0 ? -errno : -EIO;
		got += part;
	}
	return n;
}

/* So far in the past that relatime lets the next read update it. */
enum { MARKER_SECONDS = 1 };

static bool set_marker(int fd)
{
	struct timespec times[2] = { { .tv_sec = MARKER_SECONDS }, { .tv_nsec = UTIME_OMIT } };

	return futimens(fd, times) == 0;
}

static bool has_marker(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_atim.tv_sec == MARKER_SECONDS;
}

void fifo_begin(struct stream *s, const char *data, size_t len, const struct carry *after)
{
	struct monitor *m = s->monitor;
	struct progress_slot slot;

	if (!m->progress)
		return;
	slot = *progress_get(m->progress);
	/* Until one read has shown that it replaces the marker, the marker proves nothing. */
	if (!m->atime_checked)
		m->atime_works = set_marker(s->fd);
	slot.marked = m->atime_checked && m->atime_works && set_marker(s->fd);
	slot.atime_works = m->atime_checked && m->atime_works;
	slot.log_ino = m->log.ino;
	slot.log_size = m->log.size;
	slot.log_lost = m->log.lost;
	slot.hash = progress_hash(data, len);
	slot.length = (uint32_t)len;
	slot.stream = (uint32_t)s->index;
	slot.carry[s->index] = s->carry;
	slot.after = *after;
	progress_set(m->progress, &slot);
}

/* One read for all of it: killed before it nothing is gone, after it everything. Only we take from
 * this pipe, so all of it is there, unless a container reads its own output again or makes packets
 * of it (O_DIRECT): it gets what it asked for. The bytes read are those that were peeked. */
void fifo_consume(struct stream *s, char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = read(s->fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		data += n;
		len -= (size_t)n;
	}
}

void fifo_commit(struct stream *s)
{
	struct monitor *m = s->monitor;
	struct progress_slot slot;

	if (!m->progress)
		return;
	if (!m->atime_checked) {
		m->atime_works = m->atime_works && !has_marker(s->fd);
		m->atime_checked = true;
	}
	slot = *progress_get(m->progress);
	slot.length = 0;
	slot.log_lost = m->log.lost;
	slot.carry[s->index] = slot.after;
	progress_set(m->progress, &slot);
}

/* Whether the chunk in flight had left its pipe when the monitor was killed. */
static bool was_consumed(struct monitor *m, const struct progress_slot *slot)
{
	struct stream *s = &m->streams[slot->stream];
	char *data = s->space + CARRY_MAX;
	ssize_t n;

	if (s->fd < 0)
		return true;
	if (slot->marked)
		return !has_marker(s->fd);
	n = fifo_peek(s, data, slot->length);
	return n != (ssize_t)slot->length || progress_hash(data, slot->length) != slot->hash;
}

void fifo_resume(struct monitor *m)
{
	struct progress_slot slot;

	if (!m->progress) {
		logfile_truncate(&m->log, UINT64_MAX);
		return;
	}
	slot = *progress_get(m->progress);
	m->log.lost = slot.log_lost;
	m->atime_checked = m->atime_works = slot.atime_works;
	if (slot.length > 0 && slot.length <= CHUNK && slot.stream < 2) {
		/* Consumed means appended in full before that; else it comes once more. */
		if (was_consumed(m, &slot))
			slot.carry[slot.stream] = slot.after;
		else if (slot.log_ino == m->log.ino)
			logfile_truncate(&m->log, slot.log_size);
		slot.length = 0;
		progress_set(m->progress, &slot);
	}
	for (int i = 0; i < 2; i++)
		if (slot.carry[i].len <= CARRY_MAX)
			m->streams[i].carry = slot.carry[i];
}
