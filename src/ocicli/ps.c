/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/spawn.h"
#include "ocicli/launch.h"

enum { PS_MAX = 16 << 20, COLUMNS_MAX = 64 };

static bool has_pid(const pid_t *pids, size_t count, long pid)
{
	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Which blank-separated column of the head says PID; -1: none. */
static int pid_column(const char *head)
{
	int column = 0;

	for (const char *c = head; *c; column++) {
		size_t len;

		c += strspn(c, " ");
		len = strcspn(c, " ");
		if (len == 3 && memcmp(c, "PID", 3) == 0)
			return column;
		c += len;
	}
	return -1;
}

static long pid_of_line(const char *line, int column)
{
	for (; column > 0; column--) {
		line += strspn(line, " ");
		line += strcspn(line, " ");
	}
	return strtol(line, NULL, 10);
}

/* Host's ps(1), run on the host: nothing of the container's is executed. */
static int run_ps(char **words, int count, struct buf *out, struct err *err)
{
	const char *standard[] = { "ps", "-ef", NULL };
	const char *argv[COLUMNS_MAX] = { "ps" };
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	struct spawn_fd map = { .to = STDOUT_FILENO };
	struct spawn_program program = {
		.path = "/bin/ps", .envp = env, .fds = &map, .fd_count = 1
	};
	cleanup_spawned struct spawned child = SPAWNED_NONE;
	int pipe_fds[2], status, r;

	if (count > COLUMNS_MAX - 2)
		return err_invalid(err, "ps: too many options");
	for (int i = 0; i < count; i++)
		argv[i + 1] = words[i];
	program.argv = count ? argv : standard;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "pipe");
	map.from = pipe_fds[1];
	r = spawn_program(&program, &child, err);
	close(pipe_fds[1]);
	if (r == 0) {
		r = fd_read_all(pipe_fds[0], out);
		if (r < 0)
			err_sys(err, r, "read from ps");
		(void)spawn_wait(child.pid, &status, NULL);
	}
	close(pipe_fds[0]);
	return r;
}

static int print_table(char **words, int count, const pid_t *pids, size_t pid_count,
		       struct err *err)
{
	cleanup_buf struct buf out = BUF_INIT(PS_MAX);
	cleanup_strv struct strv lines = { 0 };
	int column, r = run_ps(words, count, &out, err);

	if (r < 0)
		return r;
	if (strv_split(&lines, buf_str(&out), '\n') < 0)
		return err_oom(err);
	column = lines.count ? pid_column(lines.items[0]) : -1;
	if (column < 0)
		return err_invalid(err, "ps: its output has no PID column");
	puts(lines.items[0]);
	for (size_t i = 1; i < lines.count; i++)
		if (has_pid(pids, pid_count, pid_of_line(lines.items[i], column)))
			puts(lines.items[i]);
	return 0;
}

static int print_json(const pid_t *pids, size_t count, struct err *err)
{
	cleanup_json json_t *list = json_array();
	cleanup_free char *text = NULL;

	for (size_t i = 0; list && i < count; i++)
		json_array_append_new(list, json_integer(pids[i]));
	text = list ? js_dump(list, JSON_COMPACT) : NULL;
	if (!text)
		return err_oom(err);
	puts(text);
	return 0;
}

int verb_ps(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	const char *format = "table";
	const struct opt options[] = {
		{ "format", 'f', OPT_STRING, &format, "table or json" },
		{ 0 },
	};
	const struct opt_usage usage = {
		"ps", "ID [ps options]", "Lists the processes of a container.", options, 1, -1, true
	};
	cleanup_state struct state s = STATE_NONE;
	cleanup_cgroup struct cgroup *cg = NULL;
	cleanup_free pid_t *pids = NULL;
	size_t count = 0;
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	if (!str_eq(format, "table") && !str_eq(format, "json"))
		return err_invalid(err, "invalid format option: %s", format);
	r = state_open(g->root, argv[0], false, &s, err);
	if (r == 0)
		r = state_cgroup(&s, &cg, err);
	if (r == 0 && !cg)
		r = err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			    "the container has no cgroup of its own to list");
	if (r == 0)
		r = cgroup_pids(cg, &pids, &count, err);
	if (r < 0)
		return r;
	return str_eq(format, "json") ? print_json(pids, count, err)
				      : print_table(argv + 1, argc - 1, pids, count, err);
}
