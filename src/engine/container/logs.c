/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "engine/container/life.h"
#include "engine/container/log_reader.h"

enum {
	FOLLOW_CHECK_MS = 2000, /* how often a follower makes sure that there is a monitor */
	FOLLOW_BLIND_MS = 200,	/* where inotify cannot be had */
	FILES_MAX = LOG_FILES_MAX,
};

struct reading {
	struct engine *engine;
	struct container *c;
	const struct logs_opts *opts;
	logs_fn fn;
	void *arg;
	bool json;
	struct log_reader files[FILES_MAX]; /* [0] is `log`, then the older ones */
	unsigned count;
};

static void reading_free(struct reading **r)
{
	for (unsigned i = 0; i < FILES_MAX && *r; i++)
		log_reader_close(&(*r)->files[i]);
	free(*r);
}

/* From the newest to the oldest: a rotation in between shows a file twice, never hides one. */
static int open_files(struct reading *r, unsigned max_file, struct err *err)
{
	int code;

	for (unsigned n = 0; n < max_file && n < FILES_MAX; n++) {
		struct log_reader *file = &r->files[r->count];

		code = log_reader_open(file, r->c->dir_fd, n, err);
		if (code < 0)
			return code;
		/* A rotation that was interrupted leaves a gap in the numbers. */
		if (code == 1)
			continue;
		if (r->count > 0 && file->ino == r->files[r->count - 1].ino)
			log_reader_close(file);
		else
			r->count++;
	}
	return 0;
}

static int seek_tail(struct reading *r, struct err *err)
{
	struct log_tail tail = { .k8s = !r->json, .left = r->opts->tail };
	int code;

	if (tail.left < 0)
		return 0;
	for (unsigned i = 0; i < r->count; i++) {
		code = log_reader_seek_tail(&r->files[i], &tail, err);
		if (code < 0)
			return code;
		if (code == 1)
			r->count = i + 1;
	}
	return 0;
}

/* 1: enough (the callback said so, or the time is past `until`). */
static int hand_out(struct reading *r, const char *line, size_t len)
{
	const struct logs_opts *opts = r->opts;
	struct log_record record;
	int code;

	code = r->json ? log_parse_json(line, len, &record) : log_parse_k8s(line, len, &record);
	if (code < 0)
		return code == -EINVAL ? 0 : code;
	if (opts->until_ns && record.time_ns > opts->until_ns)
		code = 1;
	else if (record.time_ns >= opts->since_ns && (record.stream == 1 ? opts->out : opts->err))
		code = r->fn(r->arg, record.stream, record.time_ns, record.data, record.len) != 0;
	free(record.owned);
	return code;
}

/* All lines that are there; 1: enough. */
static int read_file(struct reading *r, struct log_reader *file, struct err *err)
{
	const char *line;
	size_t len;
	int code;

	for (;;) {
		code = log_reader_next(file, &line, &len, err);
		if (code != 0)
			return code < 0 ? code : 0;
		code = hand_out(r, line, len);
		if (code != 0)
			return code < 0 ? err_oom(err) : 1;
	}
}

static int read_all(struct reading *r, struct err *err)
{
	int code = 0;

	for (unsigned i = r->count; code == 0 && i > 0; i--)
		code = read_file(r, &r->files[i - 1], err);
	return code;
}

/* --- following -------------------------------------------------------------------------------- */

/* Wakes by a change of the log, its rotation, and by what happens in the run directory (the exit
 * record). -1 where the user's instances are used up. */
static int watch(const struct container *c)
{
	char path[40];
	int fd cleanup_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", c->dir_fd);
	if (fd < 0 || inotify_add_watch(fd, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", c->run_fd);
	if (c->run_fd >= 0 && inotify_add_watch(fd, path, IN_MOVED_TO) < 0)
		return -1;
	return take_fd(&fd);
}

static void wait_for_change(int fd, int64_t until_ns)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int timeout = fd < 0 ? FOLLOW_BLIND_MS : FOLLOW_CHECK_MS;
	int64_t left = until_ns ? (until_ns - time_now_ns()) / 1000000 + 1 : timeout;
	char events[4096];

	if (left < timeout)
		timeout = left < 0 ? 0 : (int)left;
	if (poll(&poll_fd, 1, timeout) > 0)
		while (read(fd, events, sizeof(events)) > 0)
			;
}

/* 1: the run is over and nothing will be added. */
static int look_at_container(struct reading *r, struct err *err)
{
	int code = container_refresh(r->engine, r->c, err);

	if (code == 0)
		code = container_repair(r->engine, r->c, err);
	if (code != 0)
		return code;
	switch (r->c->status) {
	case CONTAINER_RUNNING:
	case CONTAINER_PAUSED:
	case CONTAINER_RESTARTING:
		return 0;
	default:
		/* The monitor may still be writing what it drains. */
		return !monitor_is_alive(r->c->run_fd);
	}
}

/* After the old file's last line: the new one, if there has been a rotation. */
static int next_file(struct reading *r, struct err *err)
{
	struct log_reader *file = &r->files[0];
	struct stat st;
	int code;

	if (file->fd >= 0 && fstatat(r->c->dir_fd, "log", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == file->ino)
		return 0;
	code = file->fd >= 0 ? read_file(r, file, err) : 0;
	if (code == 0)
		code = log_reader_open(file, r->c->dir_fd, 0, err) < 0 ? -EIO : 0;
	return code == 0 && file->fd >= 0 ? read_file(r, file, err) : code;
}

static int follow(struct reading *r, struct err *err)
{
	int64_t until = r->opts->until_ns;
	int fd cleanup_fd = watch(r->c);
	int code = 0, over;

	/* What came between the reading and the watch is read by the first round. */
	while (code == 0) {
		over = look_at_container(r, err);
		if (over < 0)
			return over;
		if (r->files[0].fd >= 0)
			code = read_file(r, &r->files[0], err);
		if (code == 0)
			code = next_file(r, err);
		if (code == 0 && (over || (until && time_now_ns() > until)))
			return 0;
		if (code == 0)
			wait_for_change(fd, until);
	}
	return code < 0 ? code : 0;
}

int container_logs(struct engine *engine, struct container *c, const struct logs_opts *opts,
		   logs_fn fn, void *arg, struct err *err)
{
	struct reading *r cleanup_with(reading_free) = calloc(1, sizeof(*r));
	struct monitor_args args = MONITOR_ARGS_INIT;
	int code;

	if (!r)
		return err_oom(err);
	*r = (struct reading){ .engine = engine, .c = c, .opts = opts, .fn = fn, .arg = arg };
	for (unsigned i = 0; i < FILES_MAX; i++)
		r->files[i] = LOG_READER_NONE;
	monitor_args_log(c, &args);
	if (args.log == MONITOR_LOG_NONE)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "configured logging driver does not support reading");
	r->json = args.log == MONITOR_LOG_JSON_FILE;
	code = open_files(r, args.log_max_file, err);
	if (code == 0)
		code = seek_tail(r, err);
	if (code == 0)
		code = read_all(r, err);
	if (code == 0 && opts->follow)
		code = follow(r, err);
	return code < 0 ? code : 0;
}
