/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/time.h"

/*
 * A removed source may still be named by an event of the batch that is being dispatched, so its
 * memory lives until that batch is over: it is only marked, and swept between batches.
 */
struct loop_source {
	struct loop *loop;
	struct loop_source *next;
	bool removed, armed;
	int fd; /* -1: a timer */
	union {
		loop_fd_fn on_fd;
		loop_timer_fn on_timer;
	};
	void *arg;
	int64_t deadline_ns;
};

struct loop {
	int epoll_fd;
	bool stopped, dirty;
	struct loop_source *sources;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) {
		free(loop);
		return NULL;
	}
	return loop;
}

static void sweep(struct loop *loop)
{
	struct loop_source **at = &loop->sources, *source;

	loop->dirty = false;
	while ((source = *at)) {
		if (source->removed) {
			*at = source->next;
			free(source);
		} else {
			at = &source->next;
		}
	}
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	for (struct loop_source *source = loop->sources; source; source = source->next)
		source->removed = true;
	sweep(loop);
	close_fd(&loop->epoll_fd);
	free(loop);
}

static struct loop_source *add_source(struct loop *loop, int fd, void *arg)
{
	struct loop_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->loop = loop;
	source->fd = fd;
	source->arg = arg;
	source->next = loop->sources;
	loop->sources = source;
	return source;
}

struct loop_source *loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_fn fn,
				void *arg)
{
	struct loop_source *source = add_source(loop, fd, arg);
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (!source)
		return NULL;
	source->on_fd = fn;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		source->removed = loop->dirty = true;
		return NULL;
	}
	return source;
}

int loop_set_events(struct loop_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (epoll_ctl(source->loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event) < 0)
		return -errno;
	return 0;
}

struct loop_source *loop_add_timer(struct loop *loop, int64_t delay_ns, loop_timer_fn fn, void *arg)
{
	struct loop_source *source = add_source(loop, -1, arg);

	if (!source)
		return NULL;
	source->on_timer = fn;
	loop_set_timer(source, delay_ns);
	return source;
}

int loop_set_timer(struct loop_source *source, int64_t delay_ns)
{
	source->armed = delay_ns >= 0;
	if (source->armed &&
	    __builtin_add_overflow(time_monotonic_ns(), delay_ns, &source->deadline_ns))
		source->deadline_ns = INT64_MAX;
	return 0;
}

void loop_remove(struct loop_source *source)
{
	if (!source || source->removed)
		return;
	/* Fails where the descriptor was closed first; the kernel has forgotten it then. */
	if (source->fd >= 0)
		epoll_ctl(source->loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	source->removed = source->loop->dirty = true;
	source->armed = false;
}

static struct loop_source *first_timer(struct loop *loop)
{
	struct loop_source *first = NULL;

	for (struct loop_source *s = loop->sources; s; s = s->next)
		if (s->armed && (!first || s->deadline_ns < first->deadline_ns))
			first = s;
	return first;
}

/* Rounded up: a timer that fires early would spin through the last millisecond. */
static int wait_ms(struct loop *loop)
{
	struct loop_source *first = first_timer(loop);
	int64_t left;

	if (!first)
		return -1;
	left = first->deadline_ns - time_monotonic_ns();
	if (left <= 0)
		return 0;
	left = left / 1000000 + (left % 1000000 != 0);
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* `now` is fixed, so that a timer which arms itself again with no delay lets descriptors in. */
static void run_timers(struct loop *loop)
{
	int64_t now = time_monotonic_ns();
	struct loop_source *due;

	while (!loop->stopped && (due = first_timer(loop)) && due->deadline_ns <= now) {
		due->armed = false;
		due->on_timer(loop, due->arg);
	}
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[16];
	int n;

	loop->stopped = false;
	while (!loop->stopped) {
		n = epoll_wait(loop->epoll_fd, events, ARRAY_SIZE(events), wait_ms(loop));
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !loop->stopped; i++) {
			struct loop_source *source = events[i].data.ptr;

			if (!source->removed)
				source->on_fd(loop, source->fd, events[i].events, source->arg);
		}
		run_timers(loop);
		if (loop->dirty)
			sweep(loop);
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
