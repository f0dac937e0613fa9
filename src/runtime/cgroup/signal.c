/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process id may have passed to a stranger between the reading of cgroup.procs and the signal.
 * So a pidfd is opened first, and the signal goes to those that a second reading still lists: the
 * process behind such a pidfd was in the group, or is dead.
 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/pidfd.h"

enum {
	BATCH = 128,   /* pidfds held at once */
	ROUNDS = 1000, /* against a group that forks as fast as it is killed */
};

static bool contains(const struct cg_pids *p, pid_t pid)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->items[middle] == pid)
			return true;
		if (p->items[middle] < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static int signal_batch(int dir, const pid_t *pids, size_t count, int sig, struct err *err)
{
	cleanup_with(cg_pids_free) struct cg_pids again = { 0 };
	int fds[BATCH], ret, sent;

	for (size_t i = 0; i < count; i++)
		if (pidfd_of(pids[i], &fds[i], NULL) < 0)
			fds[i] = -1;
	ret = cg_pids_read(dir, &again, err);
	for (size_t i = 0; i < count; i++) {
		if (ret == 0 && fds[i] >= 0 && contains(&again, pids[i])) {
			sent = pidfd_signal(fds[i], sig);
			if (sent < 0 && sent != -ESRCH)
				ret = err_sys(err, sent, "send signal %d to process %d", sig,
					      (int)pids[i]);
		}
		close_fd(&fds[i]);
	}
	return ret;
}

/* One pass over those in `now` that `seen` does not have yet. */
static int signal_new(int dir, const struct cg_pids *now, const struct cg_pids *seen, int sig,
		      size_t *sent, struct err *err)
{
	pid_t batch[BATCH];
	size_t count = 0;
	int ret = 0;

	*sent = 0;
	for (size_t i = 0; ret == 0 && i < now->count; i++) {
		if (contains(seen, now->items[i]))
			continue;
		batch[count++] = now->items[i];
		++*sent;
		if (count == BATCH) {
			ret = signal_batch(dir, batch, count, sig, err);
			count = 0;
		}
	}
	if (ret == 0 && count > 0)
		ret = signal_batch(dir, batch, count, sig, err);
	return ret;
}

/* Until a look shows nobody who did not get it: whoever was forked meanwhile gets it too. */
static int signal_all(struct cgroup *cg, int dir, int sig, struct err *err)
{
	cleanup_with(cg_pids_free) struct cg_pids seen = { 0 };

	for (int round = 0; round < ROUNDS; round++) {
		struct cg_pids now = { 0 };
		size_t sent = 0;
		int ret = cg_pids_read(dir, &now, err);

		if (ret == 0 && now.hidden > 0)
			ret = err_set(err, ERR_DENIED, EPERM,
				      "cgroup %s has processes of another PID namespace", cg->name);
		if (ret == 0)
			ret = signal_new(dir, &now, &seen, sig, &sent, err);
		cg_pids_free(&seen);
		seen = now;
		if (ret < 0 || sent == 0)
			return ret;
	}
	return err_set(err, ERR_ENGINE, EAGAIN, "cgroup %s forks faster than it can be signalled",
		       cg->name);
}

static int kill_by_freezing(struct cgroup *cg, int dir, struct err *err)
{
	/* Not being able to freeze does not mean not to kill: the rounds catch up. */
	bool frozen = cgroup_freeze(cg, true, NULL) == 0;
	int ret = signal_all(cg, dir, SIGKILL, err), thawed;

	if (!frozen)
		return ret;
	thawed = cgroup_freeze(cg, false, ret < 0 ? NULL : err);
	return ret < 0 ? ret : thawed;
}

/* v2's freezer lets a killed process die, v1's holds it until it thaws. */
static void thaw_v1(struct cgroup *cg)
{
	int dir = cg_v1_fd(cg, CG_FREEZER);

	if (dir >= 0)
		fd_write_file_at(dir, "freezer.state", "THAWED", NULL);
}

int cgroup_signal(struct cgroup *cg, int sig, struct err *err)
{
	int v2 = cg_v2_fd(cg), dir = cg_any_fd(cg), ret;

	if (dir < 0)
		return err_set(err, ERR_UNSUPPORTED, ENODEV,
			       "cgroup %s: this container has no group to signal", cg->name);
	ret = cg_refuse_root(cg, dir, err);
	if (ret < 0)
		return ret;
	if (sig != SIGKILL)
		return signal_all(cg, dir, sig, err);
	if (v2 >= 0 && cg_has(v2, "cgroup.kill")) { /* 5.14 */
		ret = fd_write_file_at(v2, "cgroup.kill", "1", err);
		if (ret < 0 && ret != -ENODEV)
			return err_wrap(err, "cgroup %s", cg->name);
		cg->killed = true;
		thaw_v1(cg);
		return 0;
	}
	return kill_by_freezing(cg, dir, err);
}
