/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

enum { PATH_LEN_MAX = 1024 };

int cg_alloc(const char *name, struct cgroup **ret, struct err *err)
{
	cleanup_cgroup struct cgroup *cg = calloc(1, sizeof(*cg));
	int done;

	if (!cg)
		return err_oom(err);
	for (size_t i = 0; i < CG_ROWS_MAX; i++)
		cg->dir[i].fd = -1;
	done = cg_layout(&cg->layout, err);
	if (done < 0)
		return done;
	cg->name = strdup(name);
	if (!cg->name)
		return err_oom(err);
	*ret = take_ptr(&cg);
	return 0;
}

void cgroup_free(struct cgroup *cg)
{
	if (!cg)
		return;
	for (size_t i = 0; i < CG_ROWS_MAX; i++) {
		close_fd(&cg->dir[i].fd);
		free(cg->dir[i].rel);
	}
	free(cg->name);
	free(cg);
}

int cg_v2_fd(const struct cgroup *cg)
{
	return cg->layout->v2 < 0 ? -1 : cg->dir[cg->layout->v2].fd;
}

int cgroup_v2_dir(const struct cgroup *cg)
{
	return cg_v2_fd(cg);
}

int cg_v1_fd(const struct cgroup *cg, enum cg_ctl ctl)
{
	for (size_t i = 0; i < cg->layout->count; i++)
		if (cg->layout->row[i].v1_ctls & CG_BIT(ctl))
			return cg->dir[i].fd;
	return -1;
}

int cg_any_fd(const struct cgroup *cg)
{
	int fd = cg_v2_fd(cg);

	for (size_t i = 0; fd < 0 && i < cg->layout->count; i++)
		fd = cg->dir[i].fd;
	return fd;
}

int cg_refuse_root(const struct cgroup *cg, int dir, struct err *err)
{
	for (size_t i = 0; dir >= 0 && i < cg->layout->count; i++)
		if (cg->dir[i].fd == dir && *cg->dir[i].rel == '\0')
			return err_set(err, ERR_DENIED, EPERM,
				       "%s is in no group of its own: that would concern every "
				       "process of this machine",
				       cg->name);
	return 0;
}

/* One leading slash is accepted: OCI's cgroupsPath may be absolute, and then starts at the root of
 * the hierarchies all the same (config-linux.md, cgroupsPath). */
static int check_path(const char *path, const char **ret, struct err *err)
{
	cleanup_strv struct strv parts = { 0 };

	path += *path == '/';
	if (strlen(path) > PATH_LEN_MAX)
		return err_invalid(err, "cgroup path is longer than %d bytes", PATH_LEN_MAX);
	if (strv_split(&parts, path, '/') < 0)
		return err_oom(err);
	if (parts.count == 0)
		return err_invalid(err, "cgroup path is empty");
	for (size_t i = 0; i < parts.count; i++)
		if (!path_is_component(parts.items[i]))
			return err_invalid(err, "cgroup path \"%s\" has an invalid component",
					   path);
	*ret = path;
	return 0;
}

/* Takes away what a failed create has made. */
static void undo_make(struct cgroup **cg)
{
	if (*cg)
		for (size_t i = 0; i < (*cg)->layout->count; i++)
			if ((*cg)->dir[i].made)
				cg_remove_dir(*cg, i);
	cgroup_free(*cg);
}

static bool not_permitted(int code)
{
	return code == -EACCES || code == -EPERM || code == -EROFS;
}

static int make_row(struct cgroup *cg, size_t row, const char *path, bool leave_out,
		    enum cg_existing existing, struct err *err)
{
	int ret = cg_make_dir(cg, row, path, existing, err);

	return ret < 0 && leave_out && not_permitted(ret) ? 0 : ret;
}

static int make_all(struct cgroup *cg, const char *path, bool leave_out, enum cg_existing existing,
		    struct err *err)
{
	int ret = 0;

	for (size_t row = 0; ret >= 0 && row < cg->layout->count; row++)
		ret = make_row(cg, row, path, leave_out, existing, err);
	return ret < 0 ? ret : 0;
}

int cgroup_create(const char *path, const struct oci_resources *resources, bool rootless,
		  struct cgroup **ret, struct err *err)
{
	cleanup_with(undo_make) struct cgroup *cg = NULL;
	const char *rel;
	cg_mask asked = 0;
	int done;

	done = check_path(path, &rel, err);
	if (done < 0)
		return done;
	done = cg_alloc(rel, &cg, err);
	if (done < 0)
		return done;
	if (resources) {
		done = cg_check(cg->layout, resources, &asked, err);
		if (done < 0)
			return done;
		/* A device allow-list needs privileges, and an ordinary user's container can
		 * neither make nor open a device that its user cannot. */
		if (rootless)
			asked &= ~CG_BIT(CG_DEVICES);
		else
			asked |= CG_BIT(CG_DEVICES);
	}
	cg_v2_look_above(cg, rel);
	done = make_all(cg, rel, rootless, CG_EXISTING_REPLACE, err);
	if (done < 0)
		return done;
	if (cg_v2_fd(cg) >= 0) {
		done = cg_v2_enable(cg, resources, asked, err);
		if (done < 0)
			return done;
	}
	done = resources ? cg_set_all(cg, resources, asked, NULL, err) : 0;
	if (done < 0)
		return done;
	*ret = take_ptr(&cg);
	return 0;
}

int cgroup_dir(const struct cgroup *cg, size_t index)
{
	return index < cg->layout->count ? cg->dir[index].fd : -1;
}

int cgroup_open_shared(const char *path, struct cgroup **ret, struct err *err)
{
	cleanup_with(undo_make) struct cgroup *cg = NULL;
	const char *rel;
	int done;

	done = check_path(path, &rel, err);
	if (done < 0)
		return done;
	done = cg_alloc(rel, &cg, err);
	if (done < 0)
		return done;
	for (size_t row = 0; row < cg->layout->count; row++) {
		if (row != (size_t)cg->layout->v2 && cg->layout->row[row].in_root)
			continue;
		done = make_row(cg, row, rel, geteuid() != 0, CG_EXISTING_KEEP, err);
		if (done < 0)
			return done;
	}
	*ret = take_ptr(&cg);
	return 0;
}

int cgroup_make_above(const char *path, struct err *err)
{
	const struct cg_layout *l;
	const char *rel;
	int ret = cg_layout(&l, err);

	if (ret == 0)
		ret = check_path(path, &rel, err);
	for (size_t row = 0; ret == 0 && row < l->count; row++)
		ret = cg_make_above(l, row, rel, err);
	return ret;
}

/* Opens `rel` in one hierarchy; a missing one is left out. */
static int open_row(struct cgroup *cg, size_t row, const char *rel, struct err *err)
{
	cleanup_free char *full = cg_full_path(cg->layout, row, rel);
	struct cg_dir *d = &cg->dir[row];

	free(d->rel);
	d->rel = strdup(rel);
	if (!full || !d->rel)
		return err_oom(err);
	d->fd = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0 && errno != ENOENT)
		return err_sys(err, errno, "open group %s", full);
	return 0;
}

int cgroup_open(const char *path, struct cgroup **ret, struct err *err)
{
	cleanup_cgroup struct cgroup *cg = NULL;
	const char *rel;
	int done;

	done = check_path(path, &rel, err);
	if (done < 0)
		return done;
	done = cg_alloc(rel, &cg, err);
	for (size_t row = 0; done == 0 && row < cg->layout->count; row++)
		done = open_row(cg, row, rel, err);
	if (done < 0)
		return done;
	if (cg_any_fd(cg) < 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "cgroup %s does not exist", rel);
	*ret = take_ptr(&cg);
	return 0;
}

/* /proc shows the path from the root of our cgroup namespace. Where a part of the hierarchy is
 * mounted (a container without a cgroup namespace), the directory lies below the mount by that much
 * less. */
static int open_below_part(struct cgroup *cg, size_t row, const char *list, const char *path,
			   struct err *err)
{
	cleanup_buf struct buf text = BUF_INIT(16 << 20);
	cleanup_free char *mount = NULL, *root = NULL;
	size_t len;
	int done;

	done = cg_mountinfo_read("/proc/self/mountinfo", &text, err);
	if (done < 0)
		return done;
	if (cg_mountinfo_find(buf_str(&text), "/sys/fs/cgroup", list, &mount, &root) < 0)
		return 0;
	len = strlen(root);
	if (!str_eq(mount, cg->layout->row[row].mount) || strncmp(path, root, len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return 0;
	return open_row(cg, row, path + len + (path[len] == '/'), err);
}

static int row_of_list(const struct cg_layout *l, const char *list)
{
	for (size_t row = 0; row < l->count; row++) {
		const char *options = l->pub[row].mount_options;

		if (str_starts(options, "none,"))
			options += strlen("none,");
		if (str_eq(options, list))
			return (int)row;
	}
	return -1;
}

static int open_line(struct cgroup *cg, const struct cg_proc_line *line, struct err *err)
{
	int row = row_of_list(cg->layout, line->list), ret;

	if (row < 0)
		return 0;
	if (str_starts(line->path, "/.."))
		return err_set(err, ERR_DENIED, EXDEV,
			       "%s is in a group outside of this cgroup namespace", cg->name);
	ret = open_row(cg, (size_t)row, line->path + 1, err);
	if (ret == 0 && cg->dir[row].fd < 0)
		ret = open_below_part(cg, (size_t)row, line->list, line->path, err);
	return ret;
}

int cgroup_open_pid(pid_t pid, struct cgroup **ret, struct err *err)
{
	cleanup_cgroup struct cgroup *cg = NULL;
	cleanup_buf struct buf text = BUF_INIT(256 << 10);
	struct cg_proc_line line;
	char name[40], file[40], *next;
	int done;

	snprintf(name, sizeof(name), "process %d", (int)pid);
	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	done = fd_read_file_at(AT_FDCWD, file, text.max, &text, err);
	if (done == -ENOENT || done == -ESRCH)
		return err_set(err, ERR_NOT_FOUND, ESRCH, "%s does not exist", name);
	if (done < 0)
		return done;
	done = cg_alloc(name, &cg, err);
	if (done < 0)
		return done;
	next = text.data;
	while (next && cg_proc_next(&next, &line)) {
		done = open_line(cg, &line, err);
		if (done < 0)
			return done;
	}
	if (cg_any_fd(cg) < 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "the groups of %s are not visible here",
			       name);
	*ret = take_ptr(&cg);
	return 0;
}
