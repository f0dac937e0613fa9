/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading events back: the old file, the present one, and then what is appended, until the present
 * one is renamed away (rotation) and the next takes its name. Writers hold the file's lock and look
 * at the name under it, so that after the rename nobody adds to the old file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/root/root.h"

enum { LINE_MAX_BYTES = 4 << 20, READ_BYTES = 65536 };

struct reader {
	struct engine *engine;
	int64_t since_ns, until_ns;
	event_fn fn;
	void *arg;
	int fd;		 /* of the present file; -1: none yet */
	struct buf line; /* begun and not complete */
};

/* 1: enough, the callback or the time says so. A line that does not parse was cut by a full disk or
 * a killed writer: the next one is whole. */
static int deliver(struct reader *r, const char *line, size_t len)
{
	json_t *event cleanup_json = NULL;
	int64_t at;

	if (js_parse(line, len, "event", &event, NULL) < 0 || !json_is_object(event))
		return 0;
	at = json_integer_value(json_object_get(event, "timeNano"));
	if (at < r->since_ns)
		return 0;
	if (r->until_ns && at > r->until_ns)
		return 1;
	return r->fn(r->arg, event) != 0;
}

static int deliver_lines(struct reader *r)
{
	size_t done = 0;
	char *end;
	int stop = 0;

	while (!stop && r->line.len > done &&
	       (end = memchr(r->line.data + done, '\n', r->line.len - done))) {
		stop = deliver(r, r->line.data + done, (size_t)(end - r->line.data) - done);
		done = (size_t)(end - r->line.data) + 1;
	}
	buf_consume(&r->line, done);
	return stop;
}

/* Reads to the present end of `fd`: 0, 1 when it was enough. */
static int drain(struct reader *r, int fd, struct err *err)
{
	ssize_t n;

	for (;;) {
		if (buf_reserve(&r->line, READ_BYTES) < 0) {
			/* longer than any event of ours: not one */
			buf_free(&r->line);
			continue;
		}
		n = read(fd, r->line.data + r->line.len, READ_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "read events");
		if (n == 0)
			return 0;
		buf_commit(&r->line, (size_t)n);
		if (deliver_lines(r))
			return 1;
	}
}

static int open_present(struct reader *r, struct err *err)
{
	close_fd(&r->fd);
	buf_clear(&r->line);
	/* made where missing, so that there is something to watch */
	r->fd = openat(r->engine->root->run_fd, ROOT_EVENTS,
		       O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return r->fd < 0 ? err_sys(err, errno, "open %s/" ROOT_EVENTS, r->engine->root->run) : 0;
}

/* The old file, unless it is the present one that was renamed since it was opened, or the one of
 * inode `done`, which was read already. */
static int drain_old(struct reader *r, ino_t done_inode, struct err *err)
{
	int old cleanup_fd =
	    openat(r->engine->root->run_fd, ROOT_EVENTS_OLD, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat a, b;
	int done;

	if (old < 0 || fstat(old, &a) < 0 || fstat(r->fd, &b) < 0 || a.st_ino == b.st_ino ||
	    a.st_ino == done_inode)
		return 0;
	done = drain(r, old, err);
	buf_clear(&r->line);
	return done;
}

/* Sleeps until the file changed, was renamed (*ret_moved), or the time is over (returns 1). */
static int wait_change(struct reader *r, int watch, bool *ret_moved, struct err *err)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	struct pollfd p = { .fd = watch, .events = POLLIN };
	int timeout = -1;
	int64_t left;
	ssize_t n, at;

	if (r->until_ns) {
		left = r->until_ns - time_now_ns();
		if (left <= 0)
			return 1;
		timeout = left / 1000000 >= 60000 ? 60000 : (int)(left / 1000000) + 1;
	}
	if (poll(&p, 1, timeout) < 0)
		return errno == EINTR ? 0 : err_sys(err, errno, "poll");
	n = read(watch, events, sizeof(events));
	for (at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(events + at);
		if (event->mask & (IN_MOVE_SELF | IN_DELETE_SELF))
			*ret_moved = true;
	}
	return 0;
}

static int watch_present(struct reader *r, int watch, int *ret_wd, struct err *err)
{
	char path[64];

	/* by the descriptor: the name may have gone to another file since it was opened */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", r->fd);
	*ret_wd = inotify_add_watch(watch, path, IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF);
	return *ret_wd < 0 ? err_sys(err, errno, "watch events") : 0;
}

static int follow(struct reader *r, struct err *err)
{
	int watch cleanup_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct stat ours, named;
	bool moved = false;
	int wd, done;

	if (watch < 0)
		return err_sys(err, errno, "watch events");
	done = watch_present(r, watch, &wd, err);
	while (done == 0) {
		/* after the watch is set: a rename before that would go unseen */
		if (fstat(r->fd, &ours) == 0 &&
		    fstatat(r->engine->root->run_fd, ROOT_EVENTS, &named, 0) == 0 &&
		    ours.st_ino != named.st_ino)
			moved = true;
		done = drain(r, r->fd, err);
		if (done == 0 && moved) {
			inotify_rm_watch(watch, wd);
			moved = false;
			done = open_present(r, err);
			/* a second rotation while the first one's file was read */
			if (done == 0)
				done = drain_old(r, ours.st_ino, err);
			if (done == 0)
				done = watch_present(r, watch, &wd, err);
			continue;
		}
		if (done == 0)
			done = wait_change(r, watch, &moved, err);
	}
	return done < 0 ? done : 0;
}

int engine_events(struct engine *engine, int64_t since_ns, int64_t until_ns, event_fn fn, void *arg,
		  struct err *err)
{
	struct reader r = {
		.engine = engine,
		.since_ns = since_ns,
		.until_ns = until_ns,
		.fn = fn,
		.arg = arg,
		.fd = -1,
		.line = BUF_INIT(LINE_MAX_BYTES),
	};
	int done = open_present(&r, err);

	if (done == 0)
		done = drain_old(&r, 0, err);
	if (done == 0)
		done = drain(&r, r.fd, err);
	if (done == 0 && (until_ns == 0 || until_ns > time_now_ns()))
		done = follow(&r, err);
	close_fd(&r.fd);
	buf_free(&r.line);
	return done < 0 ? done : 0;
}
