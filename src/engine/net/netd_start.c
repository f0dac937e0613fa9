/* SPDX-License-Identifier: Apache-2.0 */
/* Starting netd, and the rule that a root's networks live in one network namespace. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "engine/container/life.h"
#include "engine/net/netd.h"
#include "engine/net/netd_internal.h"
#include "engine/net/netd_protocol.h"
#include "engine/net/rundir.h"
#include "engine/root/root.h"
#include "engine/store/networks.h"
#include "linux/fds.h"
#include "linux/flock.h"
#include "linux/spawn.h"

enum {
	LINGER_S = 10,
	POOL = 2,
	LEAVE_TRIES = 300, /* for another namespace's netd to take its bridges away */
	LEAVE_PAUSE_MS = 10,
	LOG_MAX = 256 << 10,
};

/* --- whose namespace ---------------------------------------------------------------------------
 */

enum { NETNS_TEXT = 48 };

/* The inode alone: after the machine's restart the run tree is another. */
static int own_netns(char out[NETNS_TEXT], struct err *err)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st) < 0)
		return err_sys(err, errno, "the network namespace");
	snprintf(out, NETNS_TEXT, "%llu %llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	return 0;
}

/* Also where no namespace is recorded yet. */
static bool is_recorded(int dir, const char *netns)
{
	struct buf text cleanup_buf = BUF_INIT(NETNS_TEXT);

	return fd_read_file_at(dir, NETD_NETNS, NETNS_TEXT, &text, NULL) < 0 ||
	       str_eq(buf_str(&text), netns);
}

static int find_running(struct engine *engine, bool *ret, struct err *err)
{
	struct lease_row *leases;
	struct store *store;
	size_t count;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_lease_list(store, NULL, NULL, &leases, &count, err);
	if (r < 0)
		return r;
	*ret = false;
	for (size_t i = 0; i < count && !*ret; i++) {
		struct container *c cleanup_container = NULL;

		if (container_load(engine, leases[i].container, false, &c, NULL) == 0)
			*ret = c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED;
	}
	lease_list_free(leases, count);
	return 0;
}

/* The root is used from a second network namespace: fine once nothing runs in the first. */
static int move_here(struct engine *engine, int dir, struct err *err)
{
	bool running;
	int r = find_running(engine, &running, err);

	if (r < 0)
		return r;
	if (running)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "the networks of %s belong to another network namespace, in which "
			       "containers run: stop them first, or use another --root",
			       engine->root->lib);
	netd_dismiss(engine);
	for (int i = 0; flock_is_held(dir, NETD_LOCK) == 1; i++) {
		if (i == LEAVE_TRIES)
			return err_set(err, ERR_CONFLICT, EBUSY,
				       "the " NETD_PROGRAM " of another network namespace does not "
				       "end");
		poll(NULL, 0, LEAVE_PAUSE_MS);
	}
	return 0;
}

/* --- starting ----------------------------------------------------------------------------------
 */

struct netd_start {
	struct engine *engine;
	int listen_fd, lock_fd, log_fd;
	char *program;
	struct strv argv, envp;
};

static void start_clear(struct netd_start *s)
{
	close_fd(&s->listen_fd);
	close_fd(&s->lock_fd);
	close_fd(&s->log_fd);
	free(s->program);
	strv_free(&s->argv);
	strv_free(&s->envp);
}

static int listen_at(int dir, int *ret_fd, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd cleanup_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_sys(err, errno, "socket");
	unlinkat(dir, NETD_SOCKET, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" NETD_SOCKET, dir);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 256) < 0)
		return err_sys(err, errno, "bind " NETD_SOCKET);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* What a killed netd has written is what is wanted to be read, so it is kept; a bounded amount. */
static int open_log(int dir, int *ret_fd, struct err *err)
{
	struct stat st;
	int fd =
	    openat(dir, NETD_LOG, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(err, errno, "open " NETD_LOG);
	if (fstat(fd, &st) == 0 && st.st_size > LOG_MAX && ftruncate(fd, 0) < 0) {
		close(fd);
		return err_sys(err, errno, "empty " NETD_LOG);
	}
	*ret_fd = fd;
	return 0;
}

static int add_number(struct strv *argv, const char *flag, uint64_t number)
{
	int r = strv_add(argv, flag);

	return r < 0 ? r : strv_add_owned(argv, str_printf("%llu", (unsigned long long)number));
}

static int env_number(const char *name, uint64_t otherwise, uint64_t max, uint64_t *ret,
		      struct err *err)
{
	const char *value = getenv(name);

	*ret = otherwise;
	return value && *value ? str_to_u64(value, max, name, ret, err) : 0;
}

static int make_argv(struct netd_start *s, struct err *err)
{
	const char *const words[] = { NETD_PROGRAM, "--root", s->engine->root->lib, "--coracle",
				      s->engine->self };
	uint64_t linger, pool;
	int r = env_number("CORACLE_NETD_LINGER", LINGER_S, 86400, &linger, err);

	if (r == 0)
		r = env_number("CORACLE_NETD_POOL", POOL, 64, &pool, err);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(words); i++)
		r = strv_add(&s->argv, words[i]);
	if (r < 0 || add_number(&s->argv, "--lock", (uint64_t)s->lock_fd) < 0 ||
	    add_number(&s->argv, "--socket", (uint64_t)s->listen_fd) < 0 ||
	    add_number(&s->argv, "--log", (uint64_t)s->log_fd) < 0 ||
	    add_number(&s->argv, "--linger", linger) < 0 ||
	    add_number(&s->argv, "--pool", pool) < 0)
		return err_oom(err);
	return 0;
}

/* An ordinary user's root is found by these; root's by --root alone. */
static int make_envp(struct netd_start *s, struct err *err)
{
	static const char *const names[] = { "HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME" };
	const char *value;

	for (size_t i = 0; !s->engine->root->system && i < ARRAY_SIZE(names); i++) {
		value = getenv(names[i]);
		if (value && *value &&
		    strv_add_owned(&s->envp, str_printf("%s=%s", names[i], value)) < 0)
			return err_oom(err);
	}
	return 0;
}

/* Entry point: in the monitors' group, on the starter's memory, with a copy of its descriptors, in
 * its namespaces and with its privileges. Says its errno where it could not execute the program. */
static int netd_child(void *arg, int sock)
{
	static char *const empty[] = { NULL };
	struct netd_start *s = arg;
	int failed;

	/* The caller may have inherited descriptors that nobody marked: a pipe that somebody reads
	 * to its end must not wait for netd. */
	failed = -fds_cloexec_from(3);
	if (!failed && (fd_set_cloexec(s->listen_fd, 0) < 0 || fd_set_cloexec(s->lock_fd, 0) < 0 ||
			fd_set_cloexec(s->log_fd, 0) < 0))
		failed = errno;
	if (!failed) {
		execve(s->program, s->argv.items, s->envp.items ? s->envp.items : empty);
		failed = errno;
	}
	send(sock, &failed, sizeof(failed), MSG_NOSIGNAL);
	return 127;
}

static int spawn_it(struct netd_start *s, struct err *err)
{
	int sock cleanup_fd = -1, failed, status, r;
	pid_t pid;
	ssize_t n;

	r = monitors_spawn(s->engine, MEMORY_BORROWED, netd_child, s, &pid, &sock, err);
	if (r < 0)
		return r;
	/* Its end of the socket was closed by execve, before netd did anything. */
	do
		n = recv(sock, &failed, sizeof(failed), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(failed))
		return 0;
	spawn_wait(pid, &status, NULL);
	return err_sys(err, failed, "execute %s", s->program);
}

/* Under the start lock. The descriptor that has the lock is netd's from its first moment on: nobody
 * ever finds the lock free and netd there. */
static int start_here(struct engine *engine, int dir, const char *netns, struct err *err)
{
	struct netd_start s cleanup_with(
	    start_clear) = { .engine = engine, .listen_fd = -1, .lock_fd = -1, .log_fd = -1 };
	int r = engine_helper_path(engine, NETD_PROGRAM, &s.program, err);

	if (r == 0)
		r = flock_try_open(dir, NETD_LOCK, FLOCK_EXCLUSIVE, &s.lock_fd, err);
	if (r == 1) /* started by who does not wait for the lock: nobody of ours */
		return err_set(err, ERR_ENGINE, EBUSY, NETD_LOCK " is held");
	if (r == 0)
		r = open_log(dir, &s.log_fd, err);
	if (r == 0)
		r = listen_at(dir, &s.listen_fd, err);
	if (r == 0)
		r = fd_replace_file_at(dir, NETD_NETNS, netns, strlen(netns), 0600, err);
	if (r == 0)
		r = make_argv(&s, err);
	if (r == 0)
		r = make_envp(&s, err);
	return r < 0 ? r : spawn_it(&s, err);
}

/* 1: neither here nor dead. */
static int start_unless_there(struct engine *engine, int dir, const char *netns, struct err *err)
{
	int start cleanup_fd = -1, r;

	r = flock_open(dir, NETD_START, FLOCK_EXCLUSIVE, &start, err);
	if (r < 0)
		return r;
	if (flock_is_held(dir, NETD_LOCK) == 1)
		return is_recorded(dir, netns) ? 0 : 1;
	return start_here(engine, dir, netns, err);
}

static int is_there(int dir, const char *netns, bool *ret, struct err *err)
{
	int start cleanup_fd = -1, r;

	/* Who is about to leave does so under this lock. */
	r = flock_open(dir, NETD_START, FLOCK_SHARED, &start, err);
	if (r < 0)
		return r;
	*ret = flock_is_held(dir, NETD_LOCK) == 1 && is_recorded(dir, netns);
	/* The time of the file tells netd that somebody is about to take a lease. */
	if (*ret && futimens(start, NULL) < 0)
		return err_sys(err, errno, "touch " NETD_START);
	return 0;
}

int netd_ensure(struct engine *engine, struct err *err)
{
	int dir cleanup_fd = -1, r;
	char netns[NETNS_TEXT];
	bool there = false;

	r = net_rundir(engine, &dir, err);
	if (r == 0)
		r = own_netns(netns, err);
	if (r == 0)
		r = is_there(dir, netns, &there, err);
	if (r < 0 || there)
		return r;
	do {
		if (!is_recorded(dir, netns))
			r = move_here(engine, dir, err);
		if (r >= 0)
			r = start_unless_there(engine, dir, netns, err);
	} while (r > 0);
	return r < 0 ? err_wrap(err, "start " NETD_PROGRAM) : 0;
}
