/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that outlive their command: made here, in the group of all monitors, so that the end of
 * the caller's service or CI job does not end a container.
 *
 * The handshake, over a SOCK_SEQPACKET pair:
 *
 *     message          who                when
 *     alive (1 byte)   child  → command   its first act: clone3 did not kill it
 *     report           child  → command   started (the pid), or why not; then it is the monitor
 *     end of file                         it died: the command says so
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/container/life.h"
#include "engine/root/root.h"
#include "linux/spawn.h"
#include "runtime/cgroup/cgroup.h"

enum { SPAWN_TRIES = 5 };

struct child {
	monitors_fn fn;
	void *arg;
	int sock, parent_sock;
	const struct cgroup_join *join;
	int procs_fd; /* cgroup.procs to join by hand, or -1 */
	bool borrows; /* the caller's memory, while the caller sleeps */
};

static void reset_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The caller's terminal or pipe must see its end when the caller ends. */
static int leave_stdio(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (dup2(fd, i) < 0)
			return -errno;
	if (fd > 2)
		close(fd);
	return 0;
}

/*
 * Entry point: the command once more, with its memory, a copy of its descriptors, in its namespaces
 * and with its privileges. On v2 it is in the monitors' group already. It must not touch the
 * database connection that it inherited.
 */
static int child_main(void *arg)
{
	const struct child *child = arg;

	close(child->parent_sock);
	if (child->procs_fd >= 0 && write(child->procs_fd, "0", 1) < 0)
		return 1;
	if (child->join && cgroup_join_self(child->join) < 0)
		return 1;
	reset_signals();
	if (setsid() < 0 || leave_stdio() < 0 || chdir("/") < 0)
		return 1;
	if (send(child->sock, "A", 1, MSG_NOSIGNAL) != 1)
		return 1;
	return child->fn(child->arg, child->sock);
}

static ssize_t receive(int sock, void *data, size_t len)
{
	ssize_t n;

	do
		n = recv(sock, data, len, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

/* 1: killed before its first word. That is what CLONE_INTO_CGROUP does when the caller's group was
 * once killed by cgroup.kill (6.12, 6.18), and the caller's group is not ours to choose. */
static int await_life(pid_t pid, int sock, struct err *err)
{
	char byte;
	int status;

	if (receive(sock, &byte, 1) == 1)
		return 0;
	if (spawn_wait(pid, &status, err) < 0)
		return -ECHILD;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 1;
	return err_set(err, ERR_ENGINE, EPROTO,
		       "the starter ended at once: it could not join the monitors' group");
}

static int spawn_once(struct child *child, const struct spawn_args *args, pid_t *ret_pid,
		      int *ret_sock, struct err *err)
{
	struct spawned spawned cleanup_spawned = SPAWNED_NONE;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(err, errno, "socketpair");
	child->parent_sock = pair[0];
	child->sock = pair[1];
	r = spawn(args, child_main, child, &spawned, err);
	close(pair[1]);
	if (r == 0)
		r = await_life(spawned.pid, pair[0], err);
	if (r != 0) {
		close(pair[0]);
		return r;
	}
	*ret_pid = spawned.pid;
	*ret_sock = pair[0];
	return 0;
}

static int spawn_in(struct child *child, const struct cgroup_join *join, pid_t *ret_pid,
		    int *ret_sock, struct err *err)
{
	struct spawn_args args = SPAWN_ARGS(child->borrows ? SPAWN_VFORK : SPAWN_FORK);
	int procs cleanup_fd = -1, r;

	child->join = join;
	child->procs_fd = -1;
	if (join && join->into_fd >= 0) {
		args.how = SPAWN_CLONE;
		args.flags = child->borrows ? CLONE_VM | CLONE_VFORK : 0;
		args.cgroup_fd = join->into_fd;
	}
	r = spawn_once(child, &args, ret_pid, ret_sock, err);
	if (r != 1 || args.cgroup_fd < 0)
		return r == 1 ? err_set(err, ERR_ENGINE, ECHILD, "the starter was killed") : r;
	procs = openat(args.cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs < 0)
		return err_sys(err, errno, "open cgroup.procs of the monitors' group");
	child->procs_fd = procs;
	r = spawn_once(child, &SPAWN_ARGS(SPAWN_FORK), ret_pid, ret_sock, err);
	return r == 1 ? err_set(err, ERR_ENGINE, ECHILD, "the starter was killed") : r;
}

int monitors_spawn(struct engine *engine, enum monitors_memory memory, monitors_fn fn, void *arg,
		   pid_t *ret_pid, int *ret_sock, struct err *err)
{
	struct child child = { .fn = fn, .arg = arg, .borrows = memory == MEMORY_BORROWED };
	char *path cleanup_free = monitors_path(engine);
	int r = -EIO;

	if (!path)
		return err_oom(err);
	if (!engine->root->system)
		return spawn_in(&child, NULL, ret_pid, ret_sock, err);
	/* The last clean-up may be removing the group at this moment. */
	for (int i = 0; i < SPAWN_TRIES; i++) {
		struct cgroup *cg cleanup_cgroup = NULL;
		struct cgroup_join join;

		r = cgroup_open_shared(path, &cg, err);
		if (r < 0)
			return r;
		r = cgroup_join_open(cg, &join, err);
		if (r < 0)
			continue;
		r = spawn_in(&child, &join, ret_pid, ret_sock, err);
		cgroup_join_close(&join);
		if (r == 0)
			return 0;
	}
	return r;
}

struct report {
	pid_t pid;
	struct err why;
};

int starter_report(int sock, pid_t pid, const struct err *failed)
{
	struct report report = { .pid = pid };

	if (failed)
		report.why = *failed;
	return send(sock, &report, sizeof(report), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int starter_receive(int sock, pid_t *ret_pid, struct err *err)
{
	struct report report;

	if (receive(sock, &report, sizeof(report)) != sizeof(report))
		return err_set(err, ERR_ENGINE, ECHILD, "the starter was killed");
	if (report.why.code) {
		report.why.text[sizeof(report.why.text) - 1] = '\0';
		return err_set(err, report.why.class, report.why.code, "%s", report.why.text);
	}
	*ret_pid = report.pid;
	return 0;
}

int filter_cache(const struct engine *engine)
{
	int fd = -1;

	/* A start without the cache is a slower start, no failed one. */
	(void)root_subdir(engine->root, "cache", &fd, NULL);
	return fd;
}
