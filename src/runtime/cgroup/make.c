/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/str.h"

/* Who removes the last container's group removes the empty parents too, perhaps between our making
 * of a parent and of the group in it. */
enum { TRIES = 64 };

char *cg_full_path(const struct cg_layout *l, size_t row, const char *rel)
{
	if (*rel == '\0')
		return strdup(l->row[row].mount);
	return str_printf("%s/%s", l->row[row].mount, rel);
}

static int open_dir(const char *full, int *ret, struct err *err)
{
	*ret = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? err_sys(err, errno, "open %s", full) : 0;
}

/* What a new level needs before anybody may be inside or below. */
static int prepare(const struct cg_layout *l, size_t row, int dir, bool top, bool above,
		   struct err *err)
{
	cg_mask ctls = l->row[row].v1_ctls;
	int ret = 0;

	if (ctls & CG_BIT(CG_CPUSET))
		ret = cg_v1_cpuset_inherit(dir, err);
	/* What is made below is born filled: two writes less for each container. */
	if (ret == 0 && above && ctls & CG_BIT(CG_CPUSET))
		ret = cg_v1_cpuset_clone_children(dir, err);
	if (ret == 0 && top && ctls & CG_BIT(CG_MEMORY)) /* levels below take it from here */
		ret = cg_v1_memory_hierarchy(dir, err);
	return ret;
}

static bool is_gone(int code)
{
	return code == -ENOENT || code == -ENODEV;
}

static int make_parent(const struct cg_layout *l, size_t row, const char *path, bool top,
		       struct err *err)
{
	cleanup_fd int dir = -1;
	int ret;

	if (mkdir(path, 0755) < 0)
		return errno == EEXIST ? 0 : err_sys(err, errno, "make group %s", path);
	ret = open_dir(path, &dir, err);
	return ret < 0 ? ret : prepare(l, row, dir, top, true, err);
}

static int make_parents(const struct cg_layout *l, size_t row, const char *full, struct err *err)
{
	cleanup_free char *path = strdup(full);
	size_t root = strlen(l->row[row].mount);
	bool top = true;
	int ret;

	if (!path)
		return err_oom(err);
	for (char *slash = strchr(path + root + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ret = make_parent(l, row, path, top, err);
		if (ret < 0) /* a level above was removed meanwhile: the caller tries again */
			return is_gone(ret) ? 0 : ret;
		*slash = '/';
		top = false;
	}
	return 0;
}

/* An empty group that is in the way goes; whether it is empty, rmdir itself knows best. */
static int replace(struct cgroup *cg, size_t row, const char *full, struct err *err)
{
	int ret = cg_remove_dir(cg, row);

	if (ret == -EBUSY)
		return err_set(err, ERR_CONFLICT, EEXIST, "group %s exists and has processes in it",
			       full);
	if (ret < 0)
		return err_sys(err, ret, "remove the old group %s", full);
	return 0;
}

int cg_make_dir(struct cgroup *cg, size_t row, const char *rel, enum cg_existing existing,
		struct err *err)
{
	const struct cg_layout *l = cg->layout;
	cleanup_free char *full = cg_full_path(l, row, rel);
	struct cg_dir *d = &cg->dir[row];
	int ret, reason = EEXIST;

	d->rel = strdup(rel);
	if (!full || !d->rel)
		return err_oom(err);
	for (int i = 0; i < TRIES; i++) {
		if (mkdir(full, 0755) == 0) {
			d->made = true;
			ret = open_dir(full, &d->fd, err);
			return ret < 0 ? ret
				       : prepare(l, row, d->fd, !strchr(rel, '/'), false, err);
		}
		reason = errno;
		if (reason == EEXIST && existing == CG_EXISTING_KEEP) {
			ret = open_dir(full, &d->fd, err);
			if (ret != -ENOENT)
				return ret;
			ret = 0;
		} else if (reason == EEXIST) {
			ret = replace(cg, row, full, err);
		} else if (reason == ENOENT) {
			ret = make_parents(l, row, full, err);
		} else {
			break;
		}
		if (ret < 0)
			return ret;
	}
	return err_sys(err, reason, "make group %s", full);
}

int cg_make_above(const struct cg_layout *l, size_t row, const char *rel, struct err *err)
{
	cleanup_free char *below = str_printf("%s/%s/-", l->row[row].mount, rel);

	return below ? make_parents(l, row, below, err) : err_oom(err);
}
