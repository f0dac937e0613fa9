/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small event loop over epoll(7): descriptors and timers, one thread. Callbacks may add and
 * remove any source, their own included. No allocation after a source was added.
 */
#ifndef CORACLE_BASE_LOOP_H
#define CORACLE_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;
struct loop_source;

/* `events` are EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLHUP, EPOLLERR as in epoll_ctl(2). */
typedef void (*loop_fd_fn)(struct loop *loop, int fd, uint32_t events, void *arg);
typedef void (*loop_timer_fn)(struct loop *loop, void *arg);

/* NULL when out of memory or descriptors (errno says). */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Watches `fd` (borrowed) for `events`; NULL with errno on failure. */
struct loop_source *loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_fn fn,
				void *arg);
int loop_set_events(struct loop_source *source, uint32_t events);

/* Calls once after `delay_ns` nanoseconds (CLOCK_MONOTONIC); the source stays until removed and may
 * be armed again; a negative delay disarms. */
struct loop_source *loop_add_timer(struct loop *loop, int64_t delay_ns, loop_timer_fn fn,
				   void *arg);
int loop_set_timer(struct loop_source *source, int64_t delay_ns);

/* Forgets a source; NULL is accepted. The descriptor stays open. */
void loop_remove(struct loop_source *source);

/* Runs until loop_stop(); returns 0 or -errno of epoll_wait. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
