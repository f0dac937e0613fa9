/* SPDX-License-Identifier: Apache-2.0 */
/* Signals, stop, pause, restart. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/signals.h"
#include "engine/container/life.h"
#include "engine/store/containers.h"
#include "engine/root/root.h"
#include "linux/flock.h"
#include "linux/pidfd.h"
#include "runtime/cgroup/cgroup.h"

void container_set_wanted(struct engine *engine, struct container *c, bool wanted)
{
	struct store *store;
	struct err err;

	if (c->wanted == wanted)
		return;
	if (engine_store(engine, &store, &err) < 0 ||
	    store_container_set_wanted(store, c->id, wanted, &err) < 0)
		log_warn("container %s: %s", c->id, err.text);
	else
		c->wanted = wanted;
}

static int refuse_not_running(const struct container *c, const char *what, struct err *err)
{
	if (c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED)
		return 0;
	return err_set(err, ERR_CONFLICT, ESRCH,
		       "cannot %s container: %s: container %s is not running", what, c->name,
		       c->id);
}

static int parse_signal(const char *text, int *ret, struct err *err)
{
	int number = signal_number(text);

	if (number <= 0)
		return err_invalid(err, "invalid signal: %s", text);
	*ret = number;
	return 0;
}

/* The container's own: --stop-signal, or the image's, or TERM. */
static int own_stop_signal(const struct container *c)
{
	const char *text = config_str(config_of(c), "StopSignal");
	int number = *text ? signal_number(text) : SIGTERM;

	return number > 0 ? number : SIGTERM;
}

static int freeze(struct engine *engine, struct container *c, bool frozen, struct err *err)
{
	struct cgroup *cg cleanup_cgroup = NULL;
	char *path cleanup_free = NULL;
	int r = container_cgroup_path(engine, c, &path, err);

	if (r == 0)
		r = cgroup_open(path, &cg, err);
	if (r == -ENOENT && !engine->root->system)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "cannot pause container %s: an ordinary user's containers have no "
			       "control group without a delegated one",
			       c->name);
	return r < 0 ? r : cgroup_freeze(cg, frozen, err);
}

/* A paused process takes the signals that are meant to end it when it is thawed, as Docker does. */
static int send_signal(struct engine *engine, struct container *c, int pidfd, int number,
		       struct err *err)
{
	char text[12];
	int r;

	snprintf(text, sizeof(text), "%d", number);
	container_event(engine, c, "kill", json_pack("{ss}", "signal", text));
	r = pidfd_signal(pidfd, number);
	if (r < 0 && r != -ESRCH)
		return err_sys(err, r, "send signal %d to container %s", number, c->id);
	if (c->status == CONTAINER_PAUSED && (number == SIGKILL || number == own_stop_signal(c))) {
		r = freeze(engine, c, false, err);
		if (r < 0)
			return r;
		c->status = CONTAINER_RUNNING;
	}
	return 0;
}

/* 1: it is gone already. */
static int open_process(struct container *c, int *ret_pidfd, struct err *err)
{
	int r = pidfd_of_started(c->state.pid, c->state.start_time, ret_pidfd, err);

	return r == -ESRCH ? 1 : r;
}

/* The monitor writes the exit record when it has logged the last byte, and lets its lock go. */
static int await_monitor(struct container *c, struct err *err)
{
	int fd cleanup_fd = -1;
	int r = flock_open_within(c->run_fd, MONITOR_LOCK, FLOCK_EXCLUSIVE, KILL_WAIT_MS, &fd, err);

	if (r == -ETIMEDOUT)
		return err_set(
		    err, ERR_ENGINE, ETIMEDOUT,
		    "container %s: its process has ended, but its monitor has not: it is "
		    "stopped, or its log's file system hangs",
		    c->id);
	return r;
}

static int finish_process(struct engine *engine, struct container *c, bool keep, struct err *err)
{
	int r = await_monitor(c, err);

	return r < 0 ? r : container_finish(engine, c, keep, err);
}

static int end_process(struct engine *engine, struct container *c, int number, int timeout_s,
		       struct err *err)
{
	int pidfd cleanup_fd = -1, r, timeout_ms;

	r = open_process(c, &pidfd, err);
	if (r == 0)
		r = send_signal(engine, c, pidfd, number, err);
	if (r != 0)
		return r < 0 ? r : 0;
	timeout_ms = timeout_s < 0		    ? -1
		     : timeout_s > INT32_MAX / 1000 ? INT32_MAX
						    : timeout_s * 1000;
	if (number != SIGKILL && pidfd_exited(pidfd, timeout_ms) != 1)
		r = send_signal(engine, c, pidfd, SIGKILL, err);
	if (r < 0)
		return r;
	if (pidfd_exited(pidfd, timeout_s < 0 ? -1 : KILL_WAIT_MS) != 1)
		return err_set(
		    err, ERR_ENGINE, ETIMEDOUT,
		    "container %s does not end by SIGKILL: a process of it hangs in the kernel",
		    c->id);
	return 0;
}

/* The policy must know before the process ends. */
static int set_manual_stop(struct container *c, struct err *err)
{
	if (c->state.manual_stop)
		return 0;
	c->state.manual_stop = true;
	return container_write_state(c, err);
}

static int stop_process(struct engine *engine, struct container *c, int timeout_s,
			const char *signal, bool keep, struct err *err)
{
	int number = own_stop_signal(c), r;

	if (signal) {
		r = parse_signal(signal, &number, err);
		if (r < 0)
			return r;
	}
	if (timeout_s < 0)
		timeout_s = (int)config_int(config_of(c), "StopTimeout", STOP_DEFAULT_S);
	r = set_manual_stop(c, err);
	if (r == 0)
		r = end_process(engine, c, number, timeout_s, err);
	return r < 0 ? r : finish_process(engine, c, keep, err);
}

/* Stops the process, or the restart that is pending. 1: neither was there. */
static int halt(struct engine *engine, struct container *c, int timeout_s, const char *signal,
		bool keep, struct err *err)
{
	int r;

	if (c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED) {
		r = stop_process(engine, c, timeout_s, signal, keep, err);
		return r < 0 ? r : 0;
	}
	if (c->status == CONTAINER_EXITED && c->state.pid)
		return finish_process(engine, c, keep, err) < 0 ? -EIO : 1;
	if (c->status != CONTAINER_RESTARTING)
		return 1;
	if (policy_is_watched(c))
		policy_cancel(c);
	else
		monitors_release(engine); /* who waited was killed */
	c->state.restart_at_ns = 0;
	c->state.manual_stop = true;
	c->status = CONTAINER_EXITED;
	return container_write_state(c, err);
}

int container_halt(struct engine *engine, struct container *c, int timeout_s, const char *signal,
		   struct err *err)
{
	return halt(engine, c, timeout_s, signal, true, err);
}

int container_stop(struct engine *engine, struct container *c, int timeout_s, const char *signal,
		   struct err *err)
{
	int r;

	container_set_wanted(engine, c, false);
	/* Kept for a moment, so that "stop" can be told of a temporary container. */
	r = halt(engine, c, timeout_s, signal, true, err);
	if (r != 0)
		return r;
	container_event(engine, c, "stop", NULL);
	if (config_bool(host_config_of(c), "AutoRemove"))
		r = container_remove(engine, c, true, err);
	return r;
}

int container_restart(struct engine *engine, struct container *c, int timeout_s, const char *signal,
		      struct err *err)
{
	struct start_opts opts = { 0 };
	int r = halt(engine, c, timeout_s, signal, true, err);

	if (r == 0)
		container_event(engine, c, "stop", NULL);
	if (r >= 0)
		r = container_start(engine, c, &opts, err);
	if (r >= 0)
		container_event(engine, c, "restart", NULL);
	return r < 0 ? r : 0;
}

int container_kill(struct engine *engine, struct container *c, const char *signal, struct err *err)
{
	int pidfd cleanup_fd = -1, number = SIGKILL, r;

	r = signal && *signal ? parse_signal(signal, &number, err) : 0;
	if (r == 0)
		r = refuse_not_running(c, "kill", err);
	if (r < 0)
		return r;
	/* What is meant to end it is not followed by a restart; SIGHUP or SIGUSR1 is no stop. */
	if (number == SIGKILL || number == own_stop_signal(c)) {
		container_set_wanted(engine, c, false);
		r = set_manual_stop(c, err);
	}
	if (r == 0)
		r = open_process(c, &pidfd, err);
	if (r == 0)
		r = send_signal(engine, c, pidfd, number, err);
	if (r != 0 || number != SIGKILL)
		return r < 0 ? r : 0;
	if (pidfd_exited(pidfd, KILL_WAIT_MS) != 1)
		return err_set(
		    err, ERR_ENGINE, ETIMEDOUT,
		    "container %s does not end by SIGKILL: a process of it hangs in the kernel",
		    c->id);
	r = finish_process(engine, c, false, err);
	return r < 0 ? r : 0;
}

int container_pause(struct engine *engine, struct container *c, bool pause, struct err *err)
{
	int r = refuse_not_running(c, pause ? "pause" : "unpause", err);

	if (r < 0)
		return r;
	if (pause && c->status == CONTAINER_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container %s is already paused",
			       c->id);
	if (!pause && c->status != CONTAINER_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container %s is not paused", c->id);
	r = freeze(engine, c, pause, err);
	if (r < 0)
		return r;
	c->status = pause ? CONTAINER_PAUSED : CONTAINER_RUNNING;
	container_event(engine, c, pause ? "pause" : "unpause", NULL);
	return 0;
}
