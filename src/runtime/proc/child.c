/* SPDX-License-Identifier: Apache-2.0 */
/* What every child does first. */
#include "runtime/proc/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/fds.h"

enum { FIRST_FD = 3, ABOVE_STDIO = 10 };

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

int child_keep_only(int *fds, size_t count, struct err *err)
{
	int r;

	qsort(fds, count, sizeof(*fds), compare);
	r = fds_close_except(FIRST_FD, fds, count);
	return r < 0 ? err_sys(err, r, "close the engine's descriptors") : 0;
}

size_t plan_fds_max(const struct plan *plan)
{
	size_t parts = 0;

	for (size_t i = 0; i < plan->rootfs.count; i++)
		parts += plan->rootfs.mounts[i].part_count;
	return parts + plan->rootfs.count + plan->join.task_count + OCI_NS_COUNT +
	       (size_t)plan->args->preserve_fds + 16;
}

size_t plan_fds(const struct plan *plan, int *ret)
{
	const struct rt_create_args *args = plan->args;
	size_t n = 0;

	ret[n++] = plan->child_sock;
	ret[n++] = plan->listen_fd;
	ret[n++] = plan->rootfs.root_fd;
	ret[n++] = plan->join.into_fd;
	ret[n++] = plan->join.procs_fd;
	for (int i = 0; i < 3; i++)
		ret[n++] = args->stdio[i];
	for (int i = 0; i < args->preserve_fds; i++)
		ret[n++] = FIRST_FD + i;
	for (size_t i = 0; i < plan->rootfs.count; i++) {
		const struct rootfs_mount *m = &plan->rootfs.mounts[i];

		ret[n++] = m->fd;
		for (size_t j = 0; j < m->part_count; j++)
			ret[n++] = m->parts[j];
	}
	for (size_t i = 0; i < plan->join.task_count; i++)
		ret[n++] = plan->join.tasks[i];
	for (size_t i = 0; i < OCI_NS_COUNT; i++)
		ret[n++] = plan->ns.joined[i];
	return n;
}

static int open_null(struct err *err)
{
	int fd = open("/dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
		close(fd);
		return err_set(err, ERR_DENIED, EINVAL,
			       "the host's /dev/null is not character device 1:3");
	}
	return fd;
}

int child_place_stdio(const int stdio[3], struct err *err)
{
	int aside[3];

	/* First all out of the way: { 2, 1, 0 } is as good as any. */
	for (int i = 0; i < 3; i++) {
		if (stdio[i] < 0)
			aside[i] = open_null(err);
		else
			aside[i] = fcntl(stdio[i], F_DUPFD_CLOEXEC, ABOVE_STDIO);
		if (aside[i] < 0)
			return stdio[i] < 0 ? aside[i]
					    : err_sys(err, errno, "standard stream %d", i);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(aside[i], i) < 0)
			return err_sys(err, errno, "standard stream %d", i);
		if (aside[i] > 2)
			close(aside[i]);
	}
	return 0;
}

int oom_score_refused(const char *value, struct err *err)
{
	return err_set(err, ERR_DENIED, EACCES,
		       "process.oomScoreAdj %s: lowering it needs CAP_SYS_RESOURCE, which is not "
		       "ours",
		       value);
}

int child_set_oom_score(const struct oci_process *process, struct err *err)
{
	char value[16];
	int r;

	if (!process->oom_score_adj_set)
		return 0;
	snprintf(value, sizeof(value), "%d", process->oom_score_adj);
	r = fd_write_file_at(AT_FDCWD, "/proc/self/oom_score_adj", value, err);
	return r == -EACCES ? oom_score_refused(value, err) : r;
}

int child_become_root(struct err *err)
{
	/* EINVAL: id 0 is not in the map. All capabilities are there all the same. */
	if (setresgid(0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(err, errno, "become group 0 of the user namespace");
	if (setresuid(0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(err, errno, "become user 0 of the user namespace");
	return 0;
}
