/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting without polling: for the monitor by its lock, for a restart by its FIFO, for what has not
 * begun by the events. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "engine/container/life.h"
#include "linux/flock.h"

struct awaited {
	const char *id, *action;
	int *exit_code; /* of a "die", or NULL */
};

static int on_event(void *arg, const json_t *event)
{
	const struct awaited *a = arg;
	const json_t *actor = json_object_get(event, "Actor");
	const char *code;

	if (!str_eq(config_str(actor, "ID"), a->id) ||
	    !str_eq(config_str(event, "Action"), a->action))
		return 0;
	code = config_str(json_object_get(actor, "Attributes"), "exitCode");
	if (a->exit_code && *code)
		*a->exit_code = atoi(code);
	return 1;
}

/* The next event of this kind after `since_ns`; with `until_ns` only among the past ones. */
static int await_event(struct engine *engine, struct awaited *a, int64_t since_ns, int64_t until_ns,
		       struct err *err)
{
	int r = engine_events(engine, since_ns, until_ns, on_event, a, err);

	return r < 0 ? r : 0;
}

/* Until the run's monitor has gone, and its record is there if it was not killed. */
static int await_end_of_run(struct container *c, struct err *err)
{
	int fd cleanup_fd = -1;

	return flock_open(c->run_fd, MONITOR_LOCK, FLOCK_SHARED, &fd, err);
}

static int exit_of(const struct container *c, int *ret)
{
	struct exit_record record;

	if (record_read(c->run_fd, &record, NULL) != 0 || record.run != c->state.run)
		return -ENOENT;
	*ret = record.status < 0 ? STATUS_UNKNOWN : record.status;
	return 0;
}

/* Also between the end of its process and the monitor's record of it: how it ended is not known
 * before. */
static bool is_running(const struct container *c)
{
	return c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED ||
	       (c->state.pid && monitor_is_alive(c->run_fd));
}

struct waiting {
	struct engine *engine;
	const char *id;
	enum wait_condition condition;
	int64_t since_ns;
	bool saw_run;
	uint64_t past_run; /* the one that had ended when a restart began to be awaited */
	int status;
};

/* Loading under the lock cleans up what has ended: who waited finds all of it done. */
static void finish_run(const struct waiting *w)
{
	struct container *c cleanup_container = NULL;
	struct err gone = { 0 };

	container_load(w->engine, w->id, true, &c, &gone);
}

/* 1: it ended, and that was all that was asked. */
static int await_run(struct waiting *w, struct container *c, struct err *err)
{
	int status = -1, r;

	container_unlock(c);
	w->saw_run = true;
	r = await_end_of_run(c, err);
	if (r == 0 && exit_of(c, &status) < 0)
		/* Removed by another in this moment, or its monitor was killed. */
		r = await_event(w->engine, &(struct awaited){ w->id, "die", &status }, w->since_ns,
				time_now_ns(), err);
	if (r < 0 || status < 0)
		return r;
	w->status = status;
	if (w->condition == WAIT_NOT_RUNNING)
		finish_run(w);
	return w->condition != WAIT_REMOVED;
}

/* A container that is to be started again counts as running, as Docker has it: its next end is
 * awaited. 1: that has come, in a run that began and ended unseen. */
static int await_restart(struct waiting *w, struct container *c, struct err *err)
{
	if (w->saw_run && c->state.run != w->past_run) {
		w->status = c->state.exit_status;
		return 1;
	}
	container_unlock(c);
	w->saw_run = true;
	w->past_run = c->state.run;
	return policy_await(c, err);
}

/* 1: the condition has come true. */
static int step(struct waiting *w, struct err *err)
{
	struct container *c cleanup_container = NULL;
	/* Under the lock what has ended is finished before we look: a clean-up need not be awaited.
	 */
	int r = container_load(w->engine, w->id, w->saw_run, &c, err);

	if (r == -ENOENT && w->saw_run)
		return 1;
	if (r < 0)
		return r;
	if (is_running(c))
		return await_run(w, c, err);
	if (w->condition == WAIT_NEXT_EXIT && !w->saw_run) {
		w->saw_run = true;
		return await_event(w->engine, &(struct awaited){ w->id, "start", NULL },
				   w->since_ns, 0, err);
	}
	if (w->condition == WAIT_NOT_RUNNING && c->status == CONTAINER_RESTARTING)
		return await_restart(w, c, err);
	if (w->condition == WAIT_REMOVED) {
		container_unlock(c);
		w->saw_run = true;
		return await_event(w->engine, &(struct awaited){ w->id, "destroy", NULL },
				   w->since_ns, 0, err);
	}
	w->status = c->state.exit_status;
	return 1;
}

int container_exit_told(struct engine *engine, const char *id, int64_t since_ns, int *ret,
			struct err *err)
{
	int status = -1;
	int r = await_event(engine, &(struct awaited){ id, "die", &status }, since_ns,
			    time_now_ns(), err);

	if (r == 0 && status < 0)
		r = err_set(err, ERR_NOT_FOUND, ENOENT,
			    "the container is gone, and its exit status with it");
	if (r == 0)
		*ret = status;
	return r;
}

int container_wait(struct engine *engine, const char *id, enum wait_condition condition, int *ret,
		   struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct waiting w = { .engine = engine, .condition = condition, .since_ns = time_now_ns() };
	int r = container_load(engine, id, false, &c, err);

	if (r < 0)
		return r;
	w.id = c->id;
	w.status = c->state.exit_status;
	while (r == 0)
		r = step(&w, err);
	if (r < 0)
		return r;
	*ret = w.status;
	return 0;
}
