/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/time.h"
#include "engine/container/life.h"
#include "linux/pidfd.h"

enum { KEPT_S = 300 };

static bool is_id(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

/* A session that has no state yet is being made. */
static int read_session(int exec_dir, const char *id, struct session *ret, struct err *err)
{
	json_t *j cleanup_json = NULL;
	int dir cleanup_fd = -1, r;
	int64_t pid = 0;

	*ret = (struct session){ .dir_fd = -1 };
	memcpy(ret->id, id, sizeof(ret->id));
	dir = openat(exec_dir, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : err_sys(err, errno, "open " EXEC_DIR "/%s", id);
	r = js_read_file_at(dir, STATE_FILE, 4096, &j, err);
	if (r == 0)
		r = js_get_i64(j, STATE_FILE, "pid", 0, INT32_MAX, &pid, err);
	if (r == 0)
		r = js_get_u64(j, STATE_FILE, "startTime", UINT64_MAX, &ret->start_time, err);
	if (r == 0)
		r = js_get_i64(j, STATE_FILE, "started", INT64_MIN, INT64_MAX, &ret->started_ns,
			       err);
	if (r < 0 && r != -ENOENT)
		return r;
	ret->pid = (pid_t)pid;
	ret->dir_fd = take_fd(&dir);
	return 0;
}

int session_write(const struct session *s, struct err *err)
{
	json_t *j cleanup_json =
	    json_pack("{si sI sI}", "pid", s->pid, "startTime", (json_int_t)s->start_time,
		      "started", (json_int_t)s->started_ns);

	return j ? js_replace_file_at(s->dir_fd, STATE_FILE, j, 0600, err) : err_oom(err);
}

int sessions_each(const struct container *c, session_fn fn, void *arg, struct err *err)
{
	DIR *list cleanup_dir = NULL;
	struct dirent *entry;
	struct session session;
	int dir cleanup_fd = -1, r = 0;

	if (c->run_fd >= 0)
		dir = openat(c->run_fd, EXEC_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return 0;
	list = fdopendir(dup(dir));
	while (r == 0 && list && (entry = readdir(list))) {
		if (!is_id(entry->d_name))
			continue;
		r = read_session(dir, entry->d_name, &session, err);
		if (r == 0 && session.dir_fd >= 0)
			r = fn(arg, &session, err);
		close_fd(&session.dir_fd);
	}
	return r;
}

bool session_is_lost(const struct session *s)
{
	return s->pid && !monitor_is_alive(s->dir_fd) &&
	       process_life(s->pid, s->start_time) == PROCESS_ALIVE;
}

int session_open(const struct container *c, const char *exec_id, int *ret_fd, struct err *err)
{
	char path[sizeof(EXEC_DIR) + 66];
	int fd = -1;

	if (is_id(exec_id) && c->run_fd >= 0) {
		snprintf(path, sizeof(path), EXEC_DIR "/%s", exec_id);
		fd = openat(c->run_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "No such exec instance: %s", exec_id);
	*ret_fd = fd;
	return 0;
}

static int forget_old(void *arg, const struct session *s, struct err *err)
{
	const struct container *c = arg;
	struct exit_record record;
	int64_t limit = time_now_ns() - KEPT_S * INT64_C(1000000000);
	bool old;

	if (record_read(s->dir_fd, &record, NULL) == 0)
		old = record.finished_ns < limit;
	else
		old = s->pid && !monitor_is_alive(s->dir_fd) &&
		      process_life(s->pid, s->start_time) != PROCESS_ALIVE;
	if (old) {
		int dir cleanup_fd = openat(c->run_fd, EXEC_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);

		fd_remove_tree_at(dir, s->id, NULL);
	}
	return 0;
}

void sessions_sweep(const struct container *c)
{
	sessions_each(c, forget_old, (void *)c, NULL);
}
