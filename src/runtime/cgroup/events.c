/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emptiness. With a v2 side the kernel tells: cgroup.events changes, and poll(2) sees it
 * (POLLPRI). Without one the processes themselves are waited for, by pidfd.
 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <poll.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "linux/pidfd.h"

int cg_poll_until(int fd, short events, int64_t deadline_ns)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int ret;

	do {
		left = deadline_ns - time_monotonic_ns();
		if (left <= 0)
			return -ETIMEDOUT;
		ret = poll(&p, 1, (int)((left + 999999) / 1000000));
		if (ret < 0 && errno != EINTR)
			return -errno;
	} while (ret <= 0);
	return 0;
}

int cg_events_open(int dir)
{
	int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int cg_events_read(int fd, const char *key, bool *ret)
{
	char text[256];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t value;

	if (got < 0)
		return -errno;
	text[got] = '\0';
	if (!cg_find_key(text, key, &value))
		return -ENODATA;
	*ret = value != 0;
	return 0;
}

int cg_events_wait(int dir, const char *key, bool wanted, int timeout_ms)
{
	int64_t deadline = time_monotonic_ns() + (int64_t)timeout_ms * 1000000;
	cleanup_fd int fd = cg_events_open(dir);
	bool now;
	int ret;

	if (fd < 0)
		return fd;
	for (;;) {
		ret = cg_events_read(fd, key, &now);
		if (ret < 0 || now == wanted)
			return ret;
		ret = cg_poll_until(fd, POLLPRI, deadline);
		if (ret < 0)
			return ret;
	}
}

/* ENODEV, ENOENT: the group was removed, which it cannot be with anybody inside. */
static bool is_gone(int code)
{
	return code == -ENOENT || code == -ENODEV;
}

static int nobody_known(const struct cgroup *cg, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, ENODEV,
		       "cgroup %s: this container has no group whose processes could be counted",
		       cg->name);
}

int cgroup_is_populated(struct cgroup *cg, bool *ret, struct err *err)
{
	cleanup_with(cg_pids_free) struct cg_pids pids = { 0 };
	int dir = cg_v2_fd(cg), done;

	if (dir >= 0) {
		cleanup_fd int fd = cg_events_open(dir);

		done = fd < 0 ? fd : cg_events_read(fd, "populated", ret);
		if (done == 0)
			return 0;
		if (is_gone(done)) {
			*ret = false;
			return 0;
		}
		return err_sys(err, done, "cgroup %s: read cgroup.events", cg->name);
	}
	dir = cg_any_fd(cg);
	if (dir < 0)
		return nobody_known(cg, err);
	done = cg_pids_read(dir, &pids, err);
	if (done == 0)
		*ret = pids.count + pids.hidden > 0;
	return done;
}

/* v1: one process after the other; new ones are seen by the next look. */
static int wait_processes(int dir, int timeout_ms, struct err *err)
{
	int64_t deadline = time_monotonic_ns() + (int64_t)timeout_ms * 1000000;

	for (;;) {
		cleanup_with(cg_pids_free) struct cg_pids pids = { 0 };
		int ret = cg_pids_read(dir, &pids, err);

		if (ret < 0 || pids.count + pids.hidden == 0)
			return ret;
		if (pids.count == 0)
			return -ETIMEDOUT; /* of another PID namespace: nothing to wait on */
		for (size_t i = 0; i < pids.count; i++) {
			cleanup_fd int fd = -1;

			if (pidfd_of(pids.items[i], &fd, NULL) < 0)
				continue; /* it has ended */
			ret = cg_poll_until(fd, POLLIN, deadline);
			if (ret < 0)
				return ret;
		}
		if (time_monotonic_ns() >= deadline)
			return -ETIMEDOUT;
	}
}

int cgroup_wait_empty(struct cgroup *cg, int timeout_ms, struct err *err)
{
	int dir = cg_v2_fd(cg), ret;

	if (dir >= 0) {
		ret = cg_events_wait(dir, "populated", false, timeout_ms);
		if (is_gone(ret))
			return 0;
	} else {
		dir = cg_any_fd(cg);
		if (dir < 0)
			return nobody_known(cg, err);
		ret = wait_processes(dir, timeout_ms, err);
	}
	if (ret == -ETIMEDOUT)
		return err_set(err, ERR_ENGINE, ETIMEDOUT,
			       "cgroup %s still has processes after %d ms", cg->name, timeout_ms);
	return ret < 0 ? err_sys(err, ret, "cgroup %s: wait until it is empty", cg->name) : 0;
}
