/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Restart policies: no, on-failure[:n], always, unless-stopped. The delay before a restart is 100
 * ms, doubled each time up to a minute, and begins anew after a run of 10 seconds.
 *
 * Who waits for the moment reads the FIFO `restart` of the run directory meanwhile: that somebody
 * has it open tells that the restart will come, and a byte in it wakes him.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "engine/container/life.h"
#include "engine/root/root.h"
#include "engine/store/store.h"
#include "linux/spawn.h"

#define RESTART_FIFO "restart"

static bool policy_wants(const struct container *c, int status)
{
	const json_t *policy = json_object_get(host_config_of(c), "RestartPolicy");
	const char *name = config_str(policy, "Name");
	int64_t max = config_int(policy, "MaximumRetryCount", 0);

	if (c->state.manual_stop)
		return false;
	if (str_eq(name, "always") || str_eq(name, "unless-stopped"))
		return true;
	return str_eq(name, "on-failure") && status != 0 &&
	       (max <= 0 || c->state.restart_count < max);
}

int64_t policy_delay_ns(const struct container *c, const struct exit_record *record)
{
	const int64_t first = POLICY_FIRST_MS * INT64_C(1000000),
		      most = POLICY_MAX_MS * INT64_C(1000000);
	int64_t lasted = record->finished_ns - record->started_ns, delay = c->state.backoff_ns;

	if (!policy_wants(c, c->state.exit_status))
		return -1;
	if (delay <= 0 || lasted > POLICY_RESET_S * INT64_C(1000000000))
		return first;
	return delay < most / 2 ? delay * 2 : most;
}

/* -1 with ENXIO while nobody reads. */
static int open_for_waking(const struct container *c)
{
	return openat(c->run_fd, RESTART_FIFO, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

bool policy_is_watched(const struct container *c)
{
	int fd cleanup_fd = open_for_waking(c);

	return fd >= 0;
}

void policy_cancel(struct container *c)
{
	int fd cleanup_fd = open_for_waking(c);

	c->state.restart_at_ns = 0;
	if (fd >= 0 && write(fd, "x", 1) < 0)
		return; /* it has gone by itself */
}

static int watch(const struct container *c, int *ret_fd, struct err *err)
{
	int fd;

	if (mkfifoat(c->run_fd, RESTART_FIFO, 0600) < 0 && errno != EEXIST)
		return err_sys(err, errno, "make the FIFO " RESTART_FIFO);
	/* Also open for writing, so that a waker's close is no hang-up. */
	fd = openat(c->run_fd, RESTART_FIFO, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open the FIFO " RESTART_FIFO);
	*ret_fd = fd;
	return 0;
}

/* 1: the moment has come; 0: woken. */
static int wait_until(int fd, int64_t at_ns)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int64_t left;
	int n;

	for (;;) {
		left = (at_ns - time_now_ns() + 999999) / 1000000;
		if (left <= 0)
			return 1;
		/* A clock that was set back must not make it hours. */
		n = poll(&poll_fd, 1, left > POLICY_MAX_MS ? POLICY_MAX_MS : (int)left);
		if (n > 0)
			return 0;
		if (n == 0 && left >= POLICY_MAX_MS)
			return 1;
	}
}

/* The command line of the clean-up, which waits and restarts. */
struct words {
	char run[24];
	const char *argv[8];
};

static void cleanup_words(const struct engine *engine, const struct container *c, struct words *ret)
{
	*ret = (struct words){ .argv = { engine->self, "--root", engine->root->lib, "internal",
					 "cleanup", c->id } };
	snprintf(ret->run, sizeof(ret->run), "%llu", (unsigned long long)c->state.run);
	ret->argv[6] = ret->run;
}

int policy_wait(struct engine *engine, struct container *c, struct err *err)
{
	struct start_opts opts = { .policy_restart = true };
	struct container *again cleanup_container = NULL;
	uint64_t run = c->state.run;
	int fd cleanup_fd = -1, r;
	struct words words;

	/* Executes us again, the first time: then all of this is done once more. */
	cleanup_words(engine, c, &words);
	r = rt_seal_self((char *const *)words.argv, err);
	if (r < 0)
		return r;
	/* Before the lock is let go: from then on a repair looks for it. */
	r = watch(c, &fd, err);
	if (r < 0)
		return r;
	container_unlock(c);
	store_close(take_ptr(&engine->store)); /* up to a minute: no open database meanwhile */
	prctl(PR_SET_NAME, WAITER_NAME, 0, 0, 0);
	r = wait_until(fd, c->state.restart_at_ns);
	prctl(PR_SET_NAME, "coracle", 0, 0, 0);
	if (r == 0)
		return 0;
	r = container_load(engine, c->id, true, &again, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (again->state.run != run || again->status != CONTAINER_RESTARTING)
		return 0;
	again->state.restart_at_ns = 0; /* by ourselves, so nobody is to be woken */
	return container_start(engine, again, &opts, err);
}

/* The end of its reader is an error condition of a FIFO's writing end. */
int policy_await(const struct container *c, struct err *err)
{
	struct pollfd poll_fd = { .events = 0 };
	int fd cleanup_fd = open_for_waking(c);

	poll_fd.fd = fd;
	while (fd >= 0 && poll(&poll_fd, 1, -1) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "wait for the restart");
	return 0;
}

struct watcher {
	struct engine *engine;
	const struct container *c;
};

static int watcher_main(void *arg, int sock)
{
	const struct watcher *w = arg;
	struct words words;

	cleanup_words(w->engine, w->c, &words);
	execv(w->engine->self, (char *const *)words.argv);
	return 127;
}

int policy_spawn(struct engine *engine, const struct container *c, struct err *err)
{
	struct watcher w = { .engine = engine, .c = c };
	int sock cleanup_fd = -1;
	pid_t pid;

	return monitors_spawn(engine, MEMORY_BORROWED, watcher_main, &w, &pid, &sock, err);
}
