/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <time.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/time.h"

/* A process in an uninterruptible sleep is frozen when that ends: NFS, a dying disk. */
enum { FREEZE_MS = 10000 };

static int freeze_v2(struct cgroup *cg, int dir, bool frozen, struct err *err)
{
	int ret = fd_write_file_at(dir, "cgroup.freeze", frozen ? "1" : "0", err);

	if (ret < 0)
		return err_wrap(err, "cgroup %s", cg->name);
	ret = cg_events_wait(dir, "frozen", frozen, FREEZE_MS);
	if (ret == 0)
		return 0;
	if (frozen)
		fd_write_file_at(dir, "cgroup.freeze", "0", NULL);
	return err_sys(err, ret, "cgroup %s: wait for cgroup.freeze", cg->name);
}

/* freezer.state cannot be polled: FREEZING becomes FROZEN only while somebody reads it. Writing it
 * again catches a process that was forked or moved in while the others froze. */
static int freeze_v1(struct cgroup *cg, int dir, bool frozen, struct err *err)
{
	const char *want = frozen ? "FROZEN" : "THAWED";
	int64_t deadline = time_monotonic_ns() + (int64_t)FREEZE_MS * 1000000;
	struct timespec pause = { .tv_nsec = 50000 };
	char state[32];
	int ret;

	do {
		ret = fd_write_file_at(dir, "freezer.state", want, err);
		if (ret < 0)
			return err_wrap(err, "cgroup %s", cg->name);
		ret = cg_get(dir, "freezer.state", state, sizeof(state));
		if (ret < 0)
			return err_sys(err, ret, "cgroup %s: read freezer.state", cg->name);
		if (str_eq(state, want))
			return 0;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 10000000)
			pause.tv_nsec *= 2;
	} while (time_monotonic_ns() < deadline);
	if (frozen)
		fd_write_file_at(dir, "freezer.state", "THAWED", NULL);
	return err_sys(err, ETIMEDOUT, "cgroup %s: wait for freezer.state", cg->name);
}

static int no_freezer(const struct cgroup *cg, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, ENODEV,
		       "cgroup %s cannot be frozen: this host has neither cgroup.freeze nor the "
		       "freezer controller for it",
		       cg->name);
}

int cgroup_freeze(struct cgroup *cg, bool frozen, struct err *err)
{
	int v1 = cg_v1_fd(cg, CG_FREEZER), v2 = cg_v2_fd(cg), ret;
	char state[32];

	ret = cg_refuse_root(cg, v2, err);
	if (ret == 0)
		ret = cg_refuse_root(cg, v1, err);
	if (ret < 0)
		return ret;
	if (v2 >= 0 && cg_has(v2, "cgroup.freeze")) {
		ret = freeze_v2(cg, v2, frozen, err);
		if (ret < 0 || frozen)
			return ret;
		/* Another tool may have frozen the v1 side: thawed means that it runs. */
		if (v1 < 0 || cg_get(v1, "freezer.state", state, sizeof(state)) < 0 ||
		    str_eq(state, "THAWED"))
			return 0;
	}
	return v1 >= 0 ? freeze_v1(cg, v1, frozen, err) : no_freezer(cg, err);
}

int cgroup_is_frozen(struct cgroup *cg, bool *ret, struct err *err)
{
	int v1 = cg_v1_fd(cg, CG_FREEZER), v2 = cg_v2_fd(cg);
	bool known = false, frozen = false;
	char state[32];
	uint64_t wish;

	/* The wish, not the event: a group that is being frozen must not be entered either. */
	if (v2 >= 0 && cg_get_u64(v2, "cgroup.freeze", &wish) == 0) {
		known = true;
		frozen = wish != 0;
	}
	if (v1 >= 0 && cg_get(v1, "freezer.state", state, sizeof(state)) >= 0) {
		known = true;
		frozen = frozen || !str_eq(state, "THAWED");
	}
	if (!known)
		return no_freezer(cg, err);
	*ret = frozen;
	return 0;
}
