/* SPDX-License-Identifier: Apache-2.0 */
/* What was started, and what the kernel says about it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/container/life.h"
#include "engine/root/root.h"
#include "linux/flock.h"
#include "linux/pidfd.h"
#include "monitor/protocol.h"
#include "runtime/cgroup/cgroup.h"

enum { STATE_MAX = 65536 };

void run_state_clear(struct run_state *state)
{
	free(state->error);
	*state = (struct run_state){ 0 };
}

const json_t *config_of(const struct container *c)
{
	return json_object_get(c->config, "Config");
}

const json_t *host_config_of(const struct container *c)
{
	return json_object_get(c->config, "HostConfig");
}

bool config_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const char *config_str(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int64_t config_int(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static int parse_state(const json_t *j, struct run_state *s, struct err *err)
{
	const char *where = STATE_FILE;
	int64_t pid = 0, count = 0, status = 0;
	int r;

	r = js_get_u64(j, where, "run", UINT64_MAX, &s->run, err);
	if (r == 0)
		r = js_get_i64(j, where, "pid", 0, INT32_MAX, &pid, err);
	if (r == 0)
		r = js_get_u64(j, where, "startTime", UINT64_MAX, &s->start_time, err);
	if (r == 0)
		r = js_get_u64(j, where, "oomBase", UINT64_MAX, &s->oom_base, err);
	if (r == 0)
		r = js_get_i64(j, where, "started", INT64_MIN, INT64_MAX, &s->started_ns, err);
	if (r == 0)
		r = js_get_i64(j, where, "finished", INT64_MIN, INT64_MAX, &s->finished_ns, err);
	if (r == 0)
		r = js_get_i64(j, where, "restartCount", 0, UINT32_MAX, &count, err);
	if (r == 0)
		r = js_get_i64(j, where, "restartAt", 0, INT64_MAX, &s->restart_at_ns, err);
	if (r == 0)
		r = js_get_i64(j, where, "backoff", 0, INT64_MAX, &s->backoff_ns, err);
	if (r == 0)
		r = js_get_bool(j, where, "manualStop", &s->manual_stop, err);
	if (r == 0)
		r = js_dup_str(j, where, "error", &s->error, err);
	if (r == 0)
		r = js_get_i64(j, where, "exitStatus", -1, 255, &status, err);
	if (r == 0)
		r = js_get_bool(j, where, "oom", &s->oom, err);
	s->pid = (pid_t)pid;
	s->restart_count = (unsigned)count;
	s->exit_status = (int)status;
	return r;
}

/* A missing file leaves all zero. */
static int read_state_at(int dir_fd, const char *name, struct run_state *ret, struct err *err)
{
	struct run_state state cleanup_with(run_state_clear) = { 0 };
	json_t *j cleanup_json = NULL;
	struct err why;
	int r;

	r = dir_fd < 0 ? -ENOENT : js_read_file_at(dir_fd, name, STATE_MAX, &j, &why);
	if (r < 0 && r != -ENOENT) {
		if (err)
			*err = why;
		return r;
	}
	r = r == 0 ? parse_state(j, &state, err) : 0;
	if (r < 0)
		return r;
	if (!state.error)
		state.error = strdup("");
	if (!state.error)
		return err_oom(err);
	run_state_clear(ret);
	*ret = state;
	state.error = NULL;
	return 0;
}

int container_read_state(struct container *c, struct err *err)
{
	return read_state_at(c->run_fd, STATE_FILE, &c->state, err);
}

static int write_state_at(int dir_fd, const char *name, const struct run_state *s, struct err *err)
{
	json_t *j cleanup_json = json_pack(
	    "{sI si sI sI sI sI sI sI sI sb ss si sb}", "run", (json_int_t)s->run, "pid", s->pid,
	    "startTime", (json_int_t)s->start_time, "oomBase", (json_int_t)s->oom_base, "started",
	    (json_int_t)s->started_ns, "finished", (json_int_t)s->finished_ns, "restartCount",
	    (json_int_t)s->restart_count, "restartAt", (json_int_t)s->restart_at_ns, "backoff",
	    (json_int_t)s->backoff_ns, "manualStop", s->manual_stop, "error",
	    s->error ? s->error : "", "exitStatus", s->exit_status, "oom", s->oom);

	if (!j)
		return err_oom(err);
	return js_replace_file_at(dir_fd, name, j, 0600, err);
}

int container_write_state(struct container *c, struct err *err)
{
	return write_state_at(c->run_fd, STATE_FILE, &c->state, err);
}

int container_write_last(struct container *c, struct err *err)
{
	return write_state_at(c->dir_fd, LAST_FILE, &c->state, err);
}

int container_cgroup_path(const struct engine *engine, const struct container *c, char **ret,
			  struct err *err)
{
	char *path = str_printf("%s/%s", engine->root->cgroup_parent, c->id);

	if (!path)
		return err_oom(err);
	*ret = path;
	return 0;
}

static bool is_frozen(const struct engine *engine, const struct container *c)
{
	struct cgroup *cg cleanup_cgroup = NULL;
	char *path cleanup_free = NULL;
	bool frozen = false;

	return container_cgroup_path(engine, c, &path, NULL) == 0 &&
	       cgroup_open(path, &cg, NULL) == 0 && cgroup_is_frozen(cg, &frozen, NULL) == 0 &&
	       frozen;
}

/* A start makes the socket before the process, and writes state.json after it. */
static bool start_was_begun(const struct container *c)
{
	return c->run_fd >= 0 &&
	       faccessat(c->run_fd, ATTACH_SOCKET, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Nothing of this boot: only what the lib tree and the database say is left. */
static int refresh_from_last(struct container *c, struct err *err)
{
	int r = read_state_at(c->dir_fd, LAST_FILE, &c->state, err);

	if (r < 0)
		return r;
	c->state.pid = 0;
	c->state.restart_at_ns = 0;
	c->status = CONTAINER_CREATED;
	if (c->state.started_ns)
		c->status = CONTAINER_EXITED;
	if (c->wanted && !start_was_begun(c)) {
		/* It ran when the machine went down. (Else it is being started, or who did that was
		 * killed before there was a process.) */
		c->status = CONTAINER_EXITED;
		c->state.exit_status = STATUS_UNKNOWN;
	}
	return 0;
}

/* The run is over, its clean-up not yet done. A monitor without a record is about to write it: it
 * still reads what was written, or waits for the client that was announced to it. Until then nobody
 * can tell the status, and no client has been told of the end. */
static int refresh_ended(struct container *c, struct err *err)
{
	struct exit_record record;
	/* before the record is read: it is written before the lock is let go */
	bool monitored = monitor_is_alive(c->run_fd);
	int r = record_read(c->run_fd, &record, err);

	if (r < 0)
		return r;
	if (monitored && (r > 0 || record.run != c->state.run)) {
		c->status = CONTAINER_RUNNING;
		return 0;
	}
	c->status = CONTAINER_EXITED;
	c->state.exit_status = STATUS_UNKNOWN;
	if (r == 0 && record.run == c->state.run) {
		c->state.finished_ns = record.finished_ns;
		c->state.oom = record.oom;
		if (record.status >= 0)
			c->state.exit_status = record.status;
	}
	return 0;
}

int container_refresh(struct engine *engine, struct container *c, struct err *err)
{
	struct run_state *s = &c->state;
	int r = container_read_state(c, err);

	if (r < 0)
		return r;
	if (s->run == 0)
		return refresh_from_last(c, err);
	if (s->pid == 0) {
		c->status = s->restart_at_ns ? CONTAINER_RESTARTING
			    : s->started_ns  ? CONTAINER_EXITED
					     : CONTAINER_CREATED;
		return 0;
	}
	if (process_life(s->pid, s->start_time) != PROCESS_ALIVE)
		return refresh_ended(c, err);
	c->status = is_frozen(engine, c) ? CONTAINER_PAUSED : CONTAINER_RUNNING;
	return 0;
}

static int need_run_dir(struct engine *engine, struct container *c, struct err *err)
{
	return c->run_fd >= 0 ? 0 : root_run_dir(engine->root, c->id, true, &c->run_fd, err);
}

int container_lock(struct engine *engine, struct container *c, struct err *err)
{
	int r = c->lock_fd >= 0 ? 0 : need_run_dir(engine, c, err);

	if (r == 0 && c->lock_fd < 0)
		r = flock_open(c->run_fd, LOCK_FILE, FLOCK_EXCLUSIVE, &c->lock_fd, err);
	return r;
}

int container_try_lock(struct engine *engine, struct container *c, struct err *err)
{
	int r = c->lock_fd >= 0 ? 0 : need_run_dir(engine, c, err);

	if (r == 0 && c->lock_fd < 0)
		r = flock_try_open(c->run_fd, LOCK_FILE, FLOCK_EXCLUSIVE, &c->lock_fd, err);
	return r;
}

/* Closed, not released: a starter that has inherited the lock keeps it until it has become the
 * monitor. */
void container_unlock(struct container *c)
{
	close_fd(&c->lock_fd);
}

bool monitor_is_alive(int dir_fd)
{
	return dir_fd >= 0 && flock_is_held(dir_fd, MONITOR_LOCK) == 1;
}
