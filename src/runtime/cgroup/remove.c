/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

/* How long a group may stay populated after the last process was seen to end. */
enum { SETTLE_MS = 2000 };

/* Name of any directory in `dir`; 1 found, 0 none, or -errno. */
static int any_child(int dir, char name[256])
{
	cleanup_dir DIR *d = NULL;
	cleanup_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d)
		return -errno;
	take_fd(&fd);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_type != DT_DIR || str_eq(entry->d_name, ".") ||
		    str_eq(entry->d_name, ".."))
			continue;
		snprintf(name, 256, "%s", entry->d_name);
		return 1;
	}
	return 0;
}

/* Removes all below `top`, deepest first. A container with a writable cgroup mount decides how
 * deep it goes, so neither recursion nor a descriptor per level: one descriptor walks down, and up
 * by "..". */
static int remove_children(int top)
{
	cleanup_strv struct strv names = { 0 };
	cleanup_fd int dir = openat(top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[256];
	int ret, next;

	if (dir < 0)
		return -errno;
	for (;;) {
		ret = any_child(dir, name);
		if (ret < 0)
			return ret;
		if (ret == 0 && names.count == 0)
			return 0;
		if (ret > 0 && strv_add(&names, name) < 0)
			return -ENOMEM;
		next = openat(dir, ret > 0 ? name : "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(dir);
		dir = next;
		if (ret > 0)
			continue;
		names.count--;
		ret = unlinkat(dir, names.items[names.count], AT_REMOVEDIR) < 0 ? -errno : 0;
		free(take_ptr(&names.items[names.count]));
		if (ret < 0 && ret != -ENOENT)
			return ret;
	}
}

/* Whether anybody is in the group or below: then its empty groups are in use as well. */
static int check_empty(int dir)
{
	cleanup_with(cg_pids_free) struct cg_pids pids = { 0 };
	bool populated = false;
	int fd = cg_events_open(dir), ret;

	if (fd >= 0) {
		ret = cg_events_read(fd, "populated", &populated);
		close(fd);
	} else {
		ret = cg_pids_read(dir, &pids, NULL);
		populated = pids.count + pids.hidden > 0;
	}
	return populated ? -EBUSY : ret;
}

static int remove_tree(const char *full)
{
	cleanup_fd int fd = -1;
	int ret;

	if (rmdir(full) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -errno;
	fd = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	ret = check_empty(fd);
	if (ret == 0)
		ret = remove_children(fd);
	if (ret < 0 && ret != -ENOENT && ret != -ENODEV)
		return ret;
	return rmdir(full) == 0 || errno == ENOENT ? 0 : -errno;
}

/* The levels above were made for us or for others like us: whoever leaves last takes them away.
 * Those in use refuse (EBUSY). */
static void remove_empty_parents(const struct cg_layout *l, size_t row, char *full)
{
	size_t root = strlen(l->row[row].mount);
	char *slash;

	while ((slash = strrchr(full + root, '/')) != NULL && slash > full + root) {
		*slash = '\0';
		if (rmdir(full) < 0 && errno != ENOENT)
			return;
	}
}

int cg_remove_dir(const struct cgroup *cg, size_t row)
{
	const struct cg_dir *d = &cg->dir[row];
	cleanup_free char *full = NULL;
	int ret;

	if (!d->rel || *d->rel == '\0')
		return 0;
	full = cg_full_path(cg->layout, row, d->rel);
	if (!full)
		return -ENOMEM;
	ret = remove_tree(full);
	if (ret == 0)
		remove_empty_parents(cg->layout, row, full);
	return ret;
}

static int refuse(struct cgroup *cg, size_t row, int code, struct err *err)
{
	struct cg_pids pids = { 0 };
	pid_t first;

	if (code != -EBUSY && code != -ENOTEMPTY)
		return err_sys(err, code, "remove group %s below %s", cg->dir[row].rel,
			       cg->layout->row[row].mount);
	if (cg->dir[row].fd >= 0 && cg_pids_read(cg->dir[row].fd, &pids, NULL) == 0 &&
	    pids.count > 0) {
		first = pids.items[0];
		cg_pids_free(&pids);
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "group %s below %s cannot be removed: process %d is in it",
			       cg->dir[row].rel, cg->layout->row[row].mount, (int)first);
	}
	cg_pids_free(&pids);
	return err_set(err, ERR_CONFLICT, EBUSY,
		       "group %s below %s cannot be removed: it is in use", cg->dir[row].rel,
		       cg->layout->row[row].mount);
}

int cgroup_remove_unused(const char *path, struct err *err)
{
	const struct cg_layout *l;
	int ret = cg_layout(&l, err);

	while (*path == '/')
		path++;
	/* Never what is below: another may be making its group there, empty yet. */
	for (size_t row = 0; ret == 0 && row < l->count; row++) {
		cleanup_free char *full = cg_full_path(l, row, path);

		if (!full)
			return err_oom(err);
		if (rmdir(full) == 0 || errno == ENOENT)
			remove_empty_parents(l, row, full);
		else if (errno != EBUSY && errno != ENOTEMPTY)
			ret = err_sys(err, errno, "remove group %s", full);
	}
	return ret;
}

int cgroup_remove(struct cgroup *cg, struct err *err)
{
	int ret, failed = 0;
	bool waited = false;

	for (size_t row = 0; row < cg->layout->count; row++) {
		ret = cg_remove_dir(cg, row);
		/* A process whose end was seen leaves its groups a moment later. */
		if (ret == -EBUSY && !waited) {
			waited = true;
			if (cgroup_wait_empty(cg, SETTLE_MS, NULL) == 0)
				ret = cg_remove_dir(cg, row);
		}
		if (ret < 0 && failed == 0)
			failed = refuse(cg, row, ret, err);
	}
	return failed;
}
