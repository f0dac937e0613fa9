/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

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

/* Names of the groups right below `dir`. */
static int list_children(int dir, struct strv *ret)
{
	cleanup_dir DIR *d = NULL;
	cleanup_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return -errno;
	take_fd(&fd);
	while ((entry = readdir(d)) != NULL)
		if (entry->d_type == DT_DIR && !str_eq(entry->d_name, ".") &&
		    !str_eq(entry->d_name, "..") && strv_add(ret, entry->d_name) < 0)
			return -ENOMEM;
	return 0;
}

/* The way down to where the walk is: what is still to be visited on each level. */
struct level {
	struct strv names;
	size_t next;
};
struct way {
	struct level *levels;
	size_t depth, room;
};

static void way_free(struct way *w)
{
	while (w->depth > 0)
		strv_free(&w->levels[--w->depth].names);
	free(w->levels);
}

/* Reads the group and goes in. One that was removed meanwhile has nobody and nothing below. */
static int visit(struct way *w, int dir, struct cg_pids *p)
{
	struct level *l;
	int ret = cg_pids_read_own(dir, p);

	if (w->depth == w->room) {
		size_t room = w->room ? w->room * 2 : 8;

		l = reallocarray(w->levels, room, sizeof(*l));
		if (!l)
			return -ENOMEM;
		w->levels = l;
		w->room = room;
	}
	l = &w->levels[w->depth++];
	*l = (struct level){ 0 };
	if (ret == 0)
		ret = list_children(dir, &l->names);
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

/* A container with a writable cgroup mount decides how deep it goes, and must not be able to hide
 * from a signal: neither recursion nor a descriptor per level. */
static int walk(int top, struct cg_pids *p)
{
	cleanup_with(way_free) struct way w = { 0 };
	cleanup_fd int dir = openat(top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ret = dir < 0 ? -errno : visit(&w, dir, p), next;

	while (ret == 0 && w.depth > 0) {
		struct level *l = &w.levels[w.depth - 1];
		bool down = l->next < l->names.count;

		if (!down) {
			strv_free(&l->names);
			if (--w.depth == 0)
				break;
		}
		next = openat(dir, down ? l->names.items[l->next++] : "..",
			      O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next < 0 && down && errno == ENOENT)
			continue;
		if (next < 0)
			return -errno;
		close(dir);
		dir = next;
		if (down)
			ret = visit(&w, dir, p);
	}
	return ret;
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
	int done = walk(dir, &p);

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
