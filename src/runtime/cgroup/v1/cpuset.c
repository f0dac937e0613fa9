/* SPDX-License-Identifier: Apache-2.0 */
/* cpuset of v1: Documentation/admin-guide/cgroup-v1/cpusets.rst. */
#include "runtime/cgroup/controllers.h"

#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum { LIST_MAX = 8192 };

/* A new cpuset is empty and takes nobody. `file` is filled from the nearest level above that has
 * something in it; somebody else may have made those between and not filled them yet. */
static int inherit(int dir, const char *file, int depth, struct err *err)
{
	cleanup_fd int up = -1;
	char list[LIST_MAX];
	int ret;

	ret = cg_get(dir, file, list, sizeof(list));
	if (ret != 0)
		return ret < 0 ? err_sys(err, ret, "read %s", file) : 0;
	if (depth == 0)
		return err_set(err, ERR_ENGINE, EINVAL, "%s is empty on every level", file);
	up = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (up < 0)
		return err_sys(err, errno, "open the group above");
	ret = inherit(up, file, depth - 1, err);
	if (ret < 0)
		return ret;
	ret = cg_get(up, file, list, sizeof(list));
	if (ret < 0)
		return err_sys(err, ret, "read %s", file);
	return fd_write_file_at(dir, file, list, err);
}

int cg_v1_cpuset_inherit(int dir, struct err *err)
{
	char list[LIST_MAX];
	int ret;

	/* mems are always filled last: where they are, cpus are too. */
	if (cg_get(dir, "cpuset.mems", list, sizeof(list)) > 0)
		return 0;
	ret = inherit(dir, "cpuset.cpus", 512, err);
	return ret < 0 ? ret : inherit(dir, "cpuset.mems", 512, err);
}

int cg_v1_cpuset_clone_children(int dir, struct err *err)
{
	return fd_write_file_at(dir, "cgroup.clone_children", "1", err);
}

int cg_v1_cpuset_set(const struct cg_set *s, struct err *err)
{
	const struct oci_resources *r = s->r;
	int ret = 0;

	if (r->cpuset_mems && *r->cpuset_mems)
		ret = cg_put(s, "cpuset.mems", r->cpuset_mems, err);
	if (ret == 0 && r->cpuset_cpus && *r->cpuset_cpus)
		ret = cg_put(s, "cpuset.cpus", r->cpuset_cpus, err);
	return ret;
}
