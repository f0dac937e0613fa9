/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/flock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>

#include "base/cleanup.h"

static int lock(int fd, int operation)
{
	int r;

	do
		r = flock(fd, operation);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static int operation_of(enum flock_mode mode)
{
	return mode == FLOCK_SHARED ? LOCK_SH : LOCK_EX;
}

int flock_wait(int fd, enum flock_mode mode)
{
	return lock(fd, operation_of(mode));
}

int flock_try(int fd, enum flock_mode mode)
{
	int r = lock(fd, operation_of(mode) | LOCK_NB);

	return r == -EWOULDBLOCK ? 1 : r;
}

int flock_release(int fd)
{
	return lock(fd, LOCK_UN);
}

static int open_and(int (*take)(int, enum flock_mode), int dirfd, const char *name,
		    enum flock_mode mode, int *ret_fd, struct err *err)
{
	int fd cleanup_fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return err_sys(err, errno, "open lock %s", name);
	r = take(fd, mode);
	if (r < 0)
		return err_sys(err, r, "lock %s", name);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

int flock_open(int dirfd, const char *name, enum flock_mode mode, int *ret_fd, struct err *err)
{
	return open_and(flock_wait, dirfd, name, mode, ret_fd, err);
}

int flock_try_open(int dirfd, const char *name, enum flock_mode mode, int *ret_fd, struct err *err)
{
	return open_and(flock_try, dirfd, name, mode, ret_fd, err);
}

static void on_alarm(int signal)
{
}

/* Again and again, should it have rung between the arming and the wait. */
static void set_alarm(int timeout_ms)
{
	struct timeval first = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	struct itimerval timer = { { 0, timeout_ms ? 100000 : 0 }, first };

	setitimer(ITIMER_REAL, &timer, NULL);
}

int flock_open_within(int dirfd, const char *name, enum flock_mode mode, int timeout_ms,
		      int *ret_fd, struct err *err)
{
	struct sigaction action = { .sa_handler = on_alarm }, before;
	int fd cleanup_fd = -1;
	int r = flock_try_open(dirfd, name, mode, ret_fd, err);

	if (r <= 0)
		return r;
	fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open lock %s", name);
	sigaction(SIGALRM, &action, &before);
	set_alarm(timeout_ms);
	r = flock(fd, operation_of(mode)) < 0 ? -errno : 0;
	set_alarm(0);
	sigaction(SIGALRM, &before, NULL);
	if (r == -EINTR)
		r = -ETIMEDOUT;
	if (r < 0)
		return err_sys(err, r, "lock %s", name);
	*ret_fd = take_fd(&fd);
	return 0;
}

int flock_is_held(int dirfd, const char *name)
{
	int fd cleanup_fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return flock_try(fd, FLOCK_SHARED);
}
