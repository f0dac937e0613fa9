/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a run. Whoever holds the lock and finds the process gone finishes it: the clean-up
 * that the monitor becomes, or `stop`, `rm`, `start`, `ps` before that came so far. A run is
 * finished once, because finishing clears its pid.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/time.h"
#include "engine/container/life.h"
#include "engine/net/attach.h"
#include "engine/root/root.h"
#include "engine/store/containers.h"
#include "linux/pidfd.h"
#include "runtime/cgroup/cgroup.h"

int container_kill_group(struct engine *engine, const struct container *c, struct err *err)
{
	struct cgroup *cg cleanup_cgroup = NULL;
	char *path cleanup_free = NULL;
	bool populated = false;
	int r;

	r = container_cgroup_path(engine, c, &path, err);
	if (r < 0)
		return r;
	if (cgroup_open(path, &cg, NULL) < 0)
		return 0; /* none was made, or it is gone */
	r = cgroup_is_populated(cg, &populated, err);
	if (r == 0 && populated) {
		/* A frozen v1 group does not see the signal before it is thawed. */
		r = cgroup_signal(cg, SIGKILL, err);
		if (r == 0)
			r = cgroup_wait_empty(cg, KILL_WAIT_MS, err);
	}
	return r < 0 ? r : cgroup_remove(cg, err);
}

int container_release_group(struct engine *engine, const struct container *c, bool force,
			    struct err *err)
{
	struct cgroup *cg cleanup_cgroup = NULL;
	char *path cleanup_free = NULL;
	bool populated = false;
	int r;

	if (force)
		return container_kill_group(engine, c, err);
	r = container_cgroup_path(engine, c, &path, err);
	if (r < 0)
		return r;
	if (cgroup_open(path, &cg, NULL) < 0)
		return 0;
	r = cgroup_is_populated(cg, &populated, err);
	if (r == 0 && populated)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot remove container \"/%s\": processes of an earlier run are "
			       "still in the group %s: force remove",
			       c->name, path);
	return r < 0 ? r : cgroup_remove(cg, err);
}

/* The monitor's record, or what can be told where it was lost. */
static int take_record(struct container *c, struct exit_record *ret, struct err *err)
{
	const struct run_state *s = &c->state;
	struct process_stat stat;
	int r = record_read(c->run_fd, ret, err);

	if (r < 0)
		log_warn("container %s: %s", c->id, err ? err->text : "");
	if (r == 0 && ret->run == s->run)
		return 0;
	*ret = (struct exit_record){
		.run = s->run,
		.status = -1,
		.started_ns = s->started_ns,
		.finished_ns = time_now_ns(),
		.output_lost = true,
	};
	if (process_stat(s->pid, &stat) == 0 && stat.start_time == s->start_time &&
	    stat.state == 'Z') {
		ret->signal = stat.exit_status & 0x7f;
		ret->status = ret->signal ? 128 + ret->signal : stat.exit_status >> 8 & 0xff;
	}
	return record_write(c->run_fd, ret, err);
}

static void emit_end(struct engine *engine, struct container *c, const struct exit_record *record)
{
	char status[16], seconds[24];

	snprintf(status, sizeof(status), "%d", c->state.exit_status);
	snprintf(seconds, sizeof(seconds), "%lld",
		 (long long)((record->finished_ns - record->started_ns) / 1000000000));
	if (record->oom)
		container_event(engine, c, "oom", NULL);
	container_event(engine, c, "die",
			json_pack("{ss ss}", "exitCode", status, "execDuration", seconds));
}

static void set_ended(struct container *c, const struct exit_record *record)
{
	struct run_state *s = &c->state;
	int64_t delay;

	s->exit_status = record->status < 0 ? STATUS_UNKNOWN : record->status;
	s->finished_ns = record->finished_ns;
	s->oom = record->oom;
	delay = policy_delay_ns(c, record);
	s->restart_at_ns = 0;
	if (delay >= 0) {
		s->backoff_ns = delay;
		s->restart_at_ns = time_now_ns() + delay;
	}
	s->pid = 0;
	s->start_time = 0;
	c->status = delay >= 0 ? CONTAINER_RESTARTING : CONTAINER_EXITED;
}

int container_finish(struct engine *engine, struct container *c, bool keep, struct err *err)
{
	struct exit_record record;
	bool goes;
	int r;

	r = take_record(c, &record, err);
	if (r < 0)
		return r;
	/* Others may be left where the container shares a PID namespace. */
	r = container_kill_group(engine, c, err);
	if (r == 0 && record.output_lost) /* no monitor will come by to do it */
		monitors_release(engine);
	if (r < 0)
		return err_wrap(err, "clean up after container %s", c->id);
	if (net_detach(engine, c, err) < 0)
		log_warn("container %s: its network: %s", c->id, err ? err->text : "");
	set_ended(c, &record);
	/* It ended by itself and is not to come back: a restart of the machine must not take it for
	 * one that ran then. */
	if (c->status == CONTAINER_EXITED && !config_bool(host_config_of(c), "AutoRemove"))
		container_set_wanted(engine, c, false);
	fd_remove_tree_at(c->run_fd, EXEC_DIR, NULL);
	pipes_remove(c->run_fd);
	/* The event before the state: killed in between, it is told twice rather than never. */
	emit_end(engine, c, &record);
	goes =
	    !keep && c->status == CONTAINER_EXITED && config_bool(host_config_of(c), "AutoRemove");
	if (!goes) {
		container_write_last(c, NULL);
		return container_write_state(c, err);
	}
	r = container_remove(engine, c, true, err);
	return r < 0 ? r : 1;
}

/* --- coracle internal cleanup ----------------------------------------------------------------- */

/* A session's own end: its pipes go; the record stays until the container's run ends, or until
 * sessions later make room (exec.c). */
static int cleanup_session(struct engine *engine, struct container *c, const char *exec_id,
			   struct err *err)
{
	int exec_dir cleanup_fd = -1, dir cleanup_fd = -1;
	struct exit_record record;
	char status[16];

	if (c->run_fd >= 0)
		exec_dir = openat(c->run_fd, EXEC_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (exec_dir >= 0)
		dir = openat(exec_dir, exec_id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || record_read(dir, &record, err) != 0)
		return 0; /* the container's end took it along */
	pipes_remove(dir);
	snprintf(status, sizeof(status), "%d", record.status);
	container_event(engine, c, "exec_die",
			json_pack("{ss ss}", "execID", exec_id, "exitCode", status));
	return 0;
}

static void checkpoint(struct engine *engine)
{
	struct store *store;

	if (engine_store(engine, &store, NULL) == 0)
		store_checkpoint(store);
}

int container_cleanup(struct engine *engine, const char *id, uint64_t run, const char *exec_id,
		      struct err *err)
{
	struct container *c cleanup_container = NULL;
	int r;

	/* Loading under the lock repairs, and a run that is over without having been finished is
	 * what a repair looks for. */
	r = container_load(engine, id, !exec_id, &c, err);
	if (r < 0 && r != -ENOENT)
		return r;
	r = 0;
	if (c && exec_id)
		r = cleanup_session(engine, c, exec_id, err);
	else if (c && c->state.run == run && c->status == CONTAINER_RESTARTING &&
		 !policy_is_watched(c))
		r = policy_wait(engine, c, err);
	checkpoint(engine);
	monitors_group_leave(engine);
	return r;
}
