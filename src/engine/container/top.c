/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of a container as the host sees them. They are those of its group; without one (an
 * ordinary user without delegation) those of its PID namespace.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/container.h"
#include "engine/container/ps.h"
#include "linux/ns.h"
#include "runtime/cgroup/cgroup.h"

enum { PIDS_MAX = 1 << 22 };

static int pids_of_group(struct engine *engine, struct container *c, pid_t **ret, size_t *count,
			 struct err *err)
{
	struct cgroup *group cleanup_cgroup = NULL;
	char *path cleanup_free = NULL;
	int r = container_cgroup_path(engine, c, &path, err);

	if (r == 0)
		r = cgroup_open(path, &group, err);
	return r < 0 ? r : cgroup_pids(group, ret, count, err);
}

static int add_pid(pid_t **list, size_t *count, size_t *room, pid_t pid, struct err *err)
{
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 64;
		pid_t *grown = more > PIDS_MAX ? NULL : reallocarray(*list, more, sizeof(**list));

		if (!grown)
			return err_oom(err);
		*list = grown;
		*room = more;
	}
	(*list)[(*count)++] = pid;
	return 0;
}

static int pids_of_namespace(const struct container *c, pid_t **ret, size_t *ret_count,
			     struct err *err)
{
	DIR *dir cleanup_dir = opendir("/proc");
	pid_t *list cleanup_free = NULL;
	size_t count = 0, room = 0;
	struct ns_id ours, its;
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return err_sys(err, errno, "read /proc");
	if (ns_id_of(c->state.pid, CLONE_NEWPID, &ours) < 0)
		return err_set(err, ERR_CONFLICT, ESRCH, "container %s is not running", c->id);
	/* the host's: which of its processes came from the container cannot be told without a group
	 */
	if (ns_id_of(0, CLONE_NEWPID, &its) == 0 && ns_id_equal(ours, its)) {
		r = add_pid(&list, &count, &room, c->state.pid, err);
		closedir_ptr(&dir);
		dir = NULL;
	}
	while (r == 0 && dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    ns_id_of(pid, CLONE_NEWPID, &its) == 0 && ns_id_equal(ours, its))
			r = add_pid(&list, &count, &room, pid, err);
	}
	if (r < 0)
		return r;
	*ret = take_ptr(&list);
	*ret_count = count;
	return 0;
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static int add_rows(const struct ps_format *format, const pid_t *pids, size_t count, json_t *rows,
		    struct err *err)
{
	json_t *row;
	size_t i;
	int r;

	for (i = 0; i < count; i++) {
		r = ps_format_row(format, pids[i], &row, err);
		if (r < 0)
			return r;
		if (r == 0 && json_array_append_new(rows, row) < 0)
			return err_oom(err);
	}
	return 0;
}

int container_top(struct engine *engine, struct container *c, const char *ps_args, json_t **ret,
		  struct err *err)
{
	struct ps_format format cleanup_with(ps_format_clear) = { .count = 0 };
	json_t *rows cleanup_json = json_array();
	pid_t *pids cleanup_free = NULL;
	size_t count;
	int r;

	if (c->status != CONTAINER_RUNNING && c->status != CONTAINER_PAUSED)
		return err_set(err, ERR_CONFLICT, ESRCH, "container %s is not running", c->id);
	r = ps_format_parse(ps_args && *ps_args ? ps_args : "-ef", &format, err);
	if (r == 0 && pids_of_group(engine, c, &pids, &count, NULL) < 0)
		r = pids_of_namespace(c, &pids, &count, err);
	if (r < 0)
		return r;
	qsort(pids, count, sizeof(*pids), compare);
	r = add_rows(&format, pids, count, rows, err);
	if (r < 0)
		return r;
	*ret = json_pack("{so sO}", "Titles", ps_format_titles(&format), "Processes", rows);
	return *ret ? 0 : err_oom(err);
}
