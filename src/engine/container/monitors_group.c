/* SPDX-License-Identifier: Apache-2.0 */
/* The group of all monitors: who is in it, and how it goes away. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "engine/container/life.h"
#include "engine/net/netd_protocol.h"
#include "engine/root/root.h"
#include "engine/store/store.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"
#include "monitor/protocol.h"
#include "runtime/cgroup/cgroup.h"

enum { SETTLE_MS = 2000 };

char *monitors_path(const struct engine *engine)
{
	return str_printf("%s/monitors", engine->root->cgroup_parent);
}

/* Whether others than this process, and clean-ups like it, are in the monitors' group. */
static bool monitors_live(const pid_t *pids, size_t count)
{
	char path[32], comm[32];
	bool lives = false;
	ssize_t n;
	int fd;

	for (size_t i = 0; i < count && !lives; i++) {
		if (pids[i] == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", pids[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, comm, sizeof(comm) - 1);
		close(fd);
		comm[n > 0 ? n - 1 : 0] = '\0';
		lives = strcmp(comm, "coracle-monitor") == 0 || strcmp(comm, WAITER_NAME) == 0 ||
			strcmp(comm, NETD_PROGRAM) == 0;
	}
	return lives;
}

void monitors_release(struct engine *engine)
{
	char *path cleanup_free = monitors_path(engine);

	if (path && engine->root->system)
		cgroup_remove_unused(path, NULL);
}

/* The monitors' group where it is there and no monitor lives in it; *ret_count others are. */
static bool open_deserted(const struct engine *engine, const char *path, struct cgroup **ret,
			  size_t *ret_count)
{
	pid_t *pids cleanup_free = NULL;

	return path && engine->root->system && cgroup_open(path, ret, NULL) == 0 &&
	       cgroup_pids(*ret, &pids, ret_count, NULL) == 0 && !monitors_live(pids, *ret_count);
}

/* The last one out removes the monitors' group, which it is in itself. Several may be the last at
 * the same time, so each that sees no monitor leaves: one of them finds the group empty. */
void monitors_group_leave(struct engine *engine)
{
	char *path cleanup_free = monitors_path(engine);
	struct cgroup *cg cleanup_cgroup = NULL;
	size_t count = 0;

	if (open_deserted(engine, path, &cg, &count) && cgroup_leave(NULL) == 0)
		cgroup_remove_unused(path, NULL);
}

/* A clean-up that saw our monitor in its last moments leaves the group to it, and ends soon. */
static void release_after(struct engine *engine)
{
	char *path cleanup_free = monitors_path(engine);
	struct cgroup *cg cleanup_cgroup = NULL;
	size_t count = 0;

	if (open_deserted(engine, path, &cg, &count) &&
	    (count == 0 || cgroup_wait_empty(cg, SETTLE_MS, NULL) == 0))
		cgroup_remove_unused(path, NULL);
}

void monitors_group_leave_last(struct engine *engine)
{
	monitors_group_leave(engine);
	release_after(engine);
}

void monitor_dismiss(struct engine *engine, int sock, pid_t monitor)
{
	static const char done[1] = { ATTACH_DONE };
	int pidfd cleanup_fd = pidfd_open(monitor, 0), status;
	struct store *store;

	/* Who closes the socket without a word gets a clean-up, which looks after the database too.
	 * A monitor that somebody has stopped is not waited for. */
	if (pidfd < 0 || engine_store(engine, &store, NULL) < 0 || store_log_is_long(store) ||
	    send(sock, done, sizeof(done), MSG_NOSIGNAL) != sizeof(done) ||
	    pidfd_exited(pidfd, SETTLE_MS) != 1 || spawn_wait(monitor, &status, NULL) < 0)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
		release_after(engine);
}
