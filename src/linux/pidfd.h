/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that stay the ones we meant. A pid is always kept with its start time; whoever acts on
 * a recorded pid opens a pidfd first and compares then.
 */
#ifndef CORACLE_LINUX_PIDFD_H
#define CORACLE_LINUX_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* pidfd_open(2), O_CLOEXEC. A process that is gone is ERR_NOT_FOUND (ESRCH). A zombie opens. */
int pidfd_of(pid_t pid, int *ret_fd, struct err *err);

/* The same, and ERR_NOT_FOUND (ESRCH) unless the process started at `start_time`. */
int pidfd_of_started(pid_t pid, uint64_t start_time, int *ret_fd, struct err *err);

/* 0, or -errno: -ESRCH when it is gone. */
int pidfd_signal(int pidfd, int signal);

/* Whether the process has exited (is a zombie or gone): 1, 0, or -errno of poll(2). `timeout_ms` as
 * in poll(2). */
int pidfd_exited(int pidfd, int timeout_ms);

/* Waits for a child, reaps it; *ret_status as wait(2) gives it. -ECHILD where it is none of ours.
 * With `no_hang`, 1 while it runs (nothing written). */
int pidfd_wait(int pidfd, bool no_hang, int *ret_status, struct err *err);

/* The exit status of any process, child or not, after it was reaped, by PIDFD_GET_INFO (6.15 and
 * later, with a pidfd opened before it was reaped). Returns 0 with *ret_status as wait(2) gives it;
 * -EAGAIN: not reaped yet; -EOPNOTSUPP: this kernel cannot tell; -ENODATA: it did not keep it. */
int pidfd_reaped_status(int pidfd, int *ret_status);

/* The pid within our PID namespace; -ESRCH when reaped, -errno. Reads /proc/self/fdinfo. */
int pidfd_pid(int pidfd, pid_t *ret_pid);

/* --- /proc/PID/stat, proc(5) ------------------------------------------------------------------ */

struct process_stat {
	char state; /* 'R', 'S', 'Z', … */
	pid_t ppid, pgrp, session;
	uint64_t start_time; /* field 22: clock ticks after boot */
	int exit_status;     /* field 52, of a zombie, as wait(2); 0 where we may not ptrace it */
};

/* 0, -ESRCH when there is no such process, -errno. */
int process_stat(pid_t pid, struct process_stat *ret);

/* As process_stat; only the start time. */
int process_start_time(pid_t pid, uint64_t *ret);

enum process_life { PROCESS_GONE, PROCESS_ZOMBIE, PROCESS_ALIVE };

/* Whether `pid` is still the process that started at `start_time`. */
enum process_life process_life(pid_t pid, uint64_t start_time);

#endif
