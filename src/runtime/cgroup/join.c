/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fd.h"

void cgroup_join_close(struct cgroup_join *join)
{
	close_fd(&join->into_fd);
	close_fd(&join->procs_fd);
	while (join->task_count > 0)
		close_fd(&join->tasks[--join->task_count]);
}

static int open_rows(struct cgroup *cg, struct cgroup_join *j, struct err *err)
{
	for (size_t row = 0; row < cg->layout->count; row++) {
		bool v2 = cg->layout->pub[row].v2;
		int dir = cg->dir[row].fd, fd;

		if (dir < 0)
			continue;
		if (v2 && !cg->killed)
			fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);
		else
			fd = openat(dir, v2 ? "cgroup.procs" : "tasks", O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return err_sys(err, errno, "cgroup %s: open %s of %s", cg->name,
				       v2 ? "cgroup.procs" : "tasks", cg->layout->pub[row].name);
		if (!v2)
			j->tasks[j->task_count++] = fd;
		else if (cg->killed)
			j->procs_fd = fd;
		else
			j->into_fd = fd;
	}
	return 0;
}

int cgroup_join_open(struct cgroup *cg, struct cgroup_join *ret, struct err *err)
{
	cleanup_with(cgroup_join_close) struct cgroup_join j = { .into_fd = -1, .procs_fd = -1 };
	int done = open_rows(cg, &j, err);

	if (done < 0)
		return done;
	*ret = j;
	j = (struct cgroup_join){ .into_fd = -1, .procs_fd = -1 };
	return 0;
}

static int write_zero(int fd)
{
	ssize_t done;

	do
		done = write(fd, "0", 1);
	while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : 0;
}

int cgroup_join_self(const struct cgroup_join *join)
{
	int ret = join->procs_fd >= 0 ? write_zero(join->procs_fd) : 0;

	for (size_t i = 0; ret == 0 && i < join->task_count; i++)
		ret = write_zero(join->tasks[i]);
	return ret;
}

static int leave_row(const struct cg_layout *l, size_t row, struct err *err)
{
	cleanup_fd int dir = open(l->row[row].mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (dir < 0)
		return err_sys(err, errno, "open %s", l->row[row].mount);
	if (!l->pub[row].v2)
		return fd_write_file_at(dir, "tasks", "0", err);
	ret = fd_write_file_at(dir, "cgroup.procs", "0", err);
	return ret == -EBUSY ? cg_v2_enter_leaf(dir, err) : ret;
}

int cgroup_leave(struct err *err)
{
	const struct cg_layout *l;
	int ret = cg_layout(&l, err);

	for (size_t row = 0; ret == 0 && row < l->count; row++)
		ret = leave_row(l, row, err);
	return ret;
}
