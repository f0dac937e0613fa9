/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks of whole files (flock(2)). A lock belongs to the open file: it is held until every copy of
 * the descriptor (dup, fork) is closed.
 */
#ifndef CORACLE_LINUX_FLOCK_H
#define CORACLE_LINUX_FLOCK_H

#include "base/err.h"

enum flock_mode { FLOCK_SHARED, FLOCK_EXCLUSIVE };

/* Opens (making it, 0600, where missing; a link is refused) and waits for the lock. */
int flock_open(int dirfd, const char *name, enum flock_mode mode, int *ret_fd, struct err *err);

/* The same without waiting: 1 with nothing written when another holds it. */
int flock_try_open(int dirfd, const char *name, enum flock_mode mode, int *ret_fd, struct err *err);

/* On an open descriptor. flock_wait: 0 or -errno; flock_try: also 1 when another holds it. A change
 * from shared to exclusive is not atomic: look again at what the lock guards. */
int flock_wait(int fd, enum flock_mode mode);
int flock_try(int fd, enum flock_mode mode);
int flock_release(int fd);

/* flock_open() with a limit: -ETIMEDOUT. By SIGALRM and the process's timer, for a program of one
 * thread that uses neither. */
int flock_open_within(int dirfd, const char *name, enum flock_mode mode, int timeout_ms,
		      int *ret_fd, struct err *err);

/* Whether somebody holds the file of that name exclusively: 1, 0 (a missing file too), -errno. Only
 * a moment's truth. */
int flock_is_held(int dirfd, const char *name);

#endif
