/* SPDX-License-Identifier: Apache-2.0 */
/* The OOM killer's work: cgroup-v1/memory.rst, 10 (OOM control); cgroup-v2.rst, memory.events. */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/fd.h"

/* *ret is -1 where v2 has no memory controller in this group. */
static int open_v2(const struct cgroup *cg, int *ret, struct err *err)
{
	int dir = cg_v2_fd(cg), fd = -1;

	if (dir >= 0) {
		fd = openat(dir, "memory.events", O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT && errno != ENODEV)
			return err_sys(err, errno, "cgroup %s: open memory.events", cg->name);
	}
	*ret = fd;
	return 0;
}

/* The kernel keeps what it needs of oom_control: it is closed again here. */
static int open_v1(const struct cgroup *cg, int dir, int *ret, struct err *err)
{
	cleanup_fd int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	cleanup_fd int control = openat(dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	char text[48];
	int done;

	if (event < 0 || control < 0)
		return err_sys(err, errno, "cgroup %s: open memory.oom_control", cg->name);
	snprintf(text, sizeof(text), "%d %d", event, control);
	done = fd_write_file_at(dir, "cgroup.event_control", text, err);
	if (done < 0)
		return err_wrap(err, "cgroup %s", cg->name);
	*ret = take_fd(&event);
	return 0;
}

int cgroup_oom_fd(struct cgroup *cg, int *ret_fd, bool *ret_v1, struct err *err)
{
	int v1 = cg_v1_fd(cg, CG_MEMORY), ret;

	ret = v1 >= 0 ? open_v1(cg, v1, ret_fd, err) : open_v2(cg, ret_fd, err);
	if (ret == 0)
		*ret_v1 = v1 >= 0;
	return ret;
}

int cgroup_oom_count_fd(struct cgroup *cg, int *ret_fd, struct err *err)
{
	int v1 = cg_v1_fd(cg, CG_MEMORY), fd;

	if (v1 < 0)
		return open_v2(cg, ret_fd, err);
	fd = openat(v1, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cgroup %s: open memory.oom_control", cg->name);
	*ret_fd = fd;
	return 0;
}
