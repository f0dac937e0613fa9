/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coracle inside of somebody else's container, on v2. The root of our cgroup namespace is an
 * ordinary group of the host, and the processes of the container sit right in it: as long as they
 * do, no controller can be enabled for groups below. Every one of them is moved into a leaf below
 * that root. That changes nothing for them: the leaf has no limits of its own.
 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

#define LEAF "coracle-outer"

/* Only the root of our own namespace may be emptied: any other group belongs to somebody who put
 * the processes there. */
static int check_own_root(const char *mount, struct err *err)
{
	char text[8192], *next = text;
	struct cg_proc_line line;
	int ret = cg_get(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));

	if (ret < 0)
		return err_sys(err, ret, "read /proc/self/cgroup");
	while (cg_proc_next(&next, &line))
		if (*line.list == '\0' && (str_eq(line.path, "/") || str_eq(line.path, "/" LEAF)))
			return 0;
	return err_set(err, ERR_UNSUPPORTED, EBUSY,
		       "%s has processes of its own and is not the root of our cgroup namespace: "
		       "no group below it can be limited (cgroup v2, no internal processes)",
		       mount);
}

static int move_one(int leaf, pid_t pid, struct err *err)
{
	char text[24];
	int ret;

	snprintf(text, sizeof(text), "%d", (int)pid);
	ret = fd_write_file_at(leaf, "cgroup.procs", text, err);
	return ret == -ESRCH ? 0 : ret; /* it has ended */
}

/* Processes of the group `dir` itself, not of those below it. */
static int read_own(int dir, struct cg_pids *ret, struct err *err)
{
	int done = cg_pids_read_own(dir, ret);

	if (done < 0)
		return err_sys(err, done, "read cgroup.procs");
	if (ret->hidden > 0)
		return err_set(
		    err, ERR_UNSUPPORTED, EBUSY,
		    "the cgroup root has processes of another PID namespace in it, which "
		    "cannot be moved: no group below it can be limited");
	return 0;
}

/* Makes the leaf and opens it. */
static int open_leaf(int root, int *ret, struct err *err)
{
	if (mkdirat(root, LEAF, 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "make group " LEAF);
	*ret = openat(root, LEAF, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? err_sys(err, errno, "open group " LEAF) : 0;
}

int cg_v2_enter_leaf(int root, struct err *err)
{
	cleanup_fd int leaf = -1;
	int ret = open_leaf(root, &leaf, err);

	return ret < 0 ? ret : fd_write_file_at(leaf, "cgroup.procs", "0", err);
}

int cg_v2_empty_root(const struct cg_layout *l, int root, bool may_move, struct err *err)
{
	cleanup_with(cg_pids_free) struct cg_pids pids = { 0 };
	cleanup_fd int leaf = -1;
	int ret = read_own(root, &pids, err);

	if (ret < 0 || pids.count == 0)
		return ret;
	if (!may_move)
		return err_sys(err, EBUSY, "%s has processes of its own", l->row[l->v2].mount);
	ret = check_own_root(l->row[l->v2].mount, err);
	if (ret < 0)
		return ret;
	ret = open_leaf(root, &leaf, err);
	if (ret < 0)
		return err_wrap(err, "%s", l->row[l->v2].mount);
	for (size_t i = 0; i < pids.count; i++) {
		ret = move_one(leaf, pids.items[i], err);
		if (ret < 0)
			return err_wrap(err, "move the processes of %s to " LEAF,
					l->row[l->v2].mount);
	}
	return 0;
}
