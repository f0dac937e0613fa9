/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

/* One descriptor per level: a container that nests deeper than this hides from the list, and is
 * told so by an error instead of a list that is not whole. */
enum { DEPTH_MAX = 512 };

static int add(struct cg_pids *p, pid_t pid)
{
	pid_t *items;

	if (pid == 0) {
		p->hidden++;
		return 0;
	}
	if (p->count == p->room) {
		size_t room = p->room ? p->room * 2 : 64;

		items = reallocarray(p->items, room, sizeof(*items));
		if (!items)
			return -ENOMEM;
		p->items = items;
		p->room = room;
	}
	p->items[p->count++] = pid;
	return 0;
}

int cg_pids_read_own(int dir, struct cg_pids *p)
{
	cleanup_fd int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	cleanup_file FILE *file = NULL;
	int ret = 0;
	long pid;

	if (fd < 0)
		return -errno;
	file = fdopen(fd, "re");
	if (!file)
		return -errno;
	take_fd(&fd);
	while (ret == 0 && fscanf(file, "%ld", &pid) == 1)
		ret = add(p, (pid_t)pid);
	/* EOPNOTSUPP: a threaded group of v2, whose processes its domain lists */
	if (ret == 0 && ferror(file) && errno != EOPNOTSUPP)
		ret = -errno;
	return ret;
}

static int walk(int dir, int depth, struct cg_pids *p)
{
	cleanup_dir DIR *d = NULL;
	cleanup_fd int fd = -1;
	struct dirent *entry;
	int ret;

	ret = cg_pids_read_own(dir, p);
	if (ret < 0)
		return ret;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return -errno;
	take_fd(&fd);
	while ((entry = readdir(d)) != NULL) {
		cleanup_fd int child = -1;

		if (entry->d_type != DT_DIR || str_eq(entry->d_name, ".") ||
		    str_eq(entry->d_name, ".."))
			continue;
		if (depth == DEPTH_MAX)
			return -ELOOP;
		child = openat(dir, entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		ret = child < 0 ? -errno : walk(child, depth + 1, p);
		if (ret < 0 && ret != -ENOENT && ret != -ENODEV) /* removed meanwhile */
			return ret;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

int cg_pids_read(int dir, struct cg_pids *ret, struct err *err)
{
	cleanup_with(cg_pids_free) struct cg_pids p = { 0 };
	size_t kept = 0;
	int done = walk(dir, 0, &p);

	if (done < 0 && done != -ENOENT && done != -ENODEV) /* the group is gone: nobody */
		return err_sys(err, done, "read the processes of a group");
	if (p.count > 0)
		qsort(p.items, p.count, sizeof(*p.items), compare);
	for (size_t i = 0; i < p.count; i++)
		if (i == 0 || p.items[i] != p.items[kept - 1])
			p.items[kept++] = p.items[i];
	p.count = kept;
	*ret = p;
	p = (struct cg_pids){ 0 };
	return 0;
}

void cg_pids_free(struct cg_pids *p)
{
	free(p->items);
	*p = (struct cg_pids){ 0 };
}

int cgroup_pids(struct cgroup *cg, pid_t **ret, size_t *count, struct err *err)
{
	struct cg_pids p = { 0 };
	int dir = cg_any_fd(cg), done;

	if (dir >= 0) {
		done = cg_pids_read(dir, &p, err);
		if (done < 0)
			return done;
	}
	*ret = p.items;
	*count = p.count;
	return 0;
}
