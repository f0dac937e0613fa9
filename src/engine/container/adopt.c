/* SPDX-License-Identifier: Apache-2.0 */
/* Putting right what killed processes left behind. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "engine/container/life.h"
#include "engine/container/session.h"
#include "linux/flock.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"
#include "runtime/cgroup/cgroup.h"

/* Of a container, or of a session in it. */
struct adoption {
	struct engine *engine;
	struct container *c;
	const char *exec_id; /* NULL: the container */
	int dir_fd;	     /* its run directory, borrowed */
	pid_t pid;
	uint64_t start_time;
	int64_t started_ns;
	char *monitor, *cgroup_path;
};

static void adoption_clear(struct adoption *a)
{
	free(a->monitor);
	free(a->cgroup_path);
}

static int open_adopted(const struct adoption *a, struct pipes *pipes, struct monitor_args *args,
			struct err *err)
{
	int r = flock_try_open(a->dir_fd, MONITOR_LOCK, FLOCK_EXCLUSIVE, &args->lock_fd, err);

	if (r == 1)
		return err_set(err, ERR_ENGINE, EBUSY, "there is a monitor again");
	if (r == 0)
		r = pidfd_of_started(a->pid, a->start_time, &args->pidfd, err);
	if (r == 0)
		r = pipes_reopen(a->dir_fd, pipes, err);
	return r;
}

static int adopt_and_report(const struct adoption *a, int sock, struct err *err)
{
	struct monitor_args args = MONITOR_ARGS_INIT;
	struct cgroup *cg cleanup_cgroup = NULL;
	struct pipes pipes cleanup_pipes = PIPES_NONE;
	uint64_t count;
	int r = open_adopted(a, &pipes, &args, err);

	if (r == 0 && cgroup_open(a->cgroup_path, &cg, NULL) == 0)
		r = oom_open(cg, &args.oom_fd, &count, err);
	if (r < 0)
		return r;
	monitor_args_common(a->engine, a->c, &args);
	if (!a->exec_id)
		monitor_args_log(a->c, &args);
	args.exec_id = a->exec_id;
	args.adopt = true;
	args.pid = a->pid;
	args.started_ns = a->started_ns;
	args.oom_base = a->c->state.oom_base;
	args.run_fd = a->dir_fd;
	args.listen_fd = pipes.listen_fd;
	args.stdout_fd = pipes.monitor[1];
	args.stderr_fd = pipes.monitor[2];
	args.hold_fd[2] = cg ? cgroup_v2_dir(cg) : -1;
	starter_report(sock, a->pid, NULL);
	r = monitor_become(a->monitor, &args, err);
	_exit(r < 0);
}

static int adopter_main(void *arg, int sock)
{
	struct err err = { 0 };

	adopt_and_report(arg, sock, &err);
	starter_report(sock, 0, &err);
	return 1;
}

/* Under the lock, which the adopter inherits and holds until its execve. */
static int run_adopter(struct adoption *a, struct err *err)
{
	int sock cleanup_fd = -1, status, r;
	pid_t pid, init;

	r = engine_helper_path(a->engine, "coracle-monitor", &a->monitor, err);
	if (r == 0)
		r = container_cgroup_path(a->engine, a->c, &a->cgroup_path, err);
	if (r == 0)
		r = monitors_spawn(a->engine, MEMORY_BORROWED, adopter_main, a, &pid, &sock, err);
	if (r < 0)
		return r;
	r = starter_receive(sock, &init, err);
	if (r < 0) {
		spawn_wait(pid, &status, NULL);
		return err_wrap(err, "replace the lost monitor of container %s", a->c->id);
	}
	log_info("container %s: a lost monitor has been replaced", a->c->id);
	return 0;
}

static int adopt(struct engine *engine, struct container *c, struct err *err)
{
	struct adoption a cleanup_with(adoption_clear) = {
		.engine = engine,
		.c = c,
		.dir_fd = c->run_fd,
		.pid = c->state.pid,
		.start_time = c->state.start_time,
		.started_ns = c->state.started_ns,
	};

	return run_adopter(&a, err);
}

static int adopt_session(void *arg, const struct session *session, struct err *err)
{
	struct adoption *from = arg;
	struct adoption a cleanup_with(adoption_clear) = {
		.engine = from->engine,
		.c = from->c,
		.exec_id = session->id,
		.dir_fd = session->dir_fd,
		.pid = session->pid,
		.start_time = session->start_time,
		.started_ns = session->started_ns,
	};

	return session_is_lost(session) ? run_adopter(&a, err) : 0;
}

static int find_lost(void *arg, const struct session *session, struct err *err)
{
	bool *found = arg;

	*found = *found || session_is_lost(session);
	return 0;
}

enum damage { NONE, LOST_MONITOR, LOST_SESSION, UNFINISHED, LOST_RESTART };

static enum damage look(const struct container *c)
{
	bool lost = false;

	switch (c->status) {
	case CONTAINER_RUNNING:
	case CONTAINER_PAUSED:
		if (!monitor_is_alive(c->run_fd))
			return LOST_MONITOR;
		sessions_each(c, find_lost, &lost, NULL);
		return lost ? LOST_SESSION : NONE;
	case CONTAINER_EXITED:
		return c->state.pid && !monitor_is_alive(c->run_fd) ? UNFINISHED : NONE;
	case CONTAINER_RESTARTING:
		return policy_is_watched(c) ? NONE : LOST_RESTART;
	default:
		return NONE;
	}
}

/* Under the lock. */
static int repair(struct engine *engine, struct container *c, struct err *err)
{
	struct adoption a = { .engine = engine, .c = c };
	int r = container_refresh(engine, c, err);

	if (r < 0)
		return r;
	switch (look(c)) {
	case LOST_MONITOR:
		r = adopt(engine, c, err);
		return r < 0 ? r : sessions_each(c, adopt_session, &a, err);
	case LOST_SESSION:
		return sessions_each(c, adopt_session, &a, err);
	case UNFINISHED:
		return container_finish(engine, c, false, err);
	case LOST_RESTART:
	case NONE:
		break;
	}
	return 0;
}

int container_repair(struct engine *engine, struct container *c, struct err *err)
{
	bool locked = c->lock_fd >= 0;
	int r;

	if (look(c) == NONE)
		return 0;
	r = container_try_lock(engine, c, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = repair(engine, c, err);
	if (!locked) {
		/* Whoever holds the lock of a container that is to be started again sees to that
		 * himself. */
		if (r == 0 && look(c) == LOST_RESTART)
			r = policy_spawn(engine, c, err);
		container_unlock(c);
	}
	return r;
}
