/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

#define STANDARD "/sys/fs/cgroup"

static const char *const ctl_names[] = {
	[CG_CPU] = "cpu",	  [CG_CPUACCT] = "cpuacct", [CG_CPUSET] = "cpuset",
	[CG_MEMORY] = "memory",	  [CG_BLKIO] = "blkio",	    [CG_PIDS] = "pids",
	[CG_HUGETLB] = "hugetlb", [CG_FREEZER] = "freezer", [CG_DEVICES] = "devices",
};

const char *cg_ctl_name(enum cg_ctl ctl)
{
	return ctl < ARRAY_SIZE(ctl_names) ? ctl_names[ctl] : "unified";
}

cg_mask cg_mask_of_list(const char *list)
{
	cg_mask mask = 0;

	while (*list) {
		size_t len = strcspn(list, ",");

		for (size_t i = 0; i < ARRAY_SIZE(ctl_names); i++)
			if (strlen(ctl_names[i]) == len && memcmp(ctl_names[i], list, len) == 0)
				mask |= CG_BIT(i);
		list += len + (list[len] == ',');
	}
	return mask;
}

bool cg_proc_next(char **next, struct cg_proc_line *ret)
{
	while (**next) {
		char *line = *next, *end = line + strcspn(line, "\n"), *list, *path;

		*next = *end ? end + 1 : end;
		*end = '\0';
		list = strchr(line, ':');
		path = list ? strchr(list + 1, ':') : NULL;
		if (!path || path[1] != '/')
			continue;
		*path = '\0';
		*ret = (struct cg_proc_line){ .list = list + 1, .path = path + 1 };
		return true;
	}
	return false;
}

static bool is_fs(const char *path, long magic)
{
	struct statfs st;

	return statfs(path, &st) == 0 && st.f_type == magic;
}

/* The option string that mounts the same v1 hierarchy again: a hierarchy without a controller
 * has to say so. */
static char *mount_options(const char *list)
{
	return str_starts(list, "name=") ? str_printf("none,%s", list) : strdup(list);
}

static int add_row(struct cg_layout *l, const char *list, const char *name, char *mount,
		   struct err *err)
{
	struct cgroup_hierarchy *pub = &l->pub[l->count];
	bool v2 = *list == '\0';

	if (!mount)
		return err_oom(err);
	pub->v2 = v2;
	pub->name = strdup(name);
	pub->mount_options = v2 ? strdup("") : mount_options(list);
	l->row[l->count].mount = mount;
	l->row[l->count].v1_ctls = v2 ? 0 : cg_mask_of_list(list);
	if (v2)
		l->v2 = (int)l->count;
	l->count++; /* counted first, so that a half-filled row is released too */
	return pub->name && pub->mount_options ? 0 : err_oom(err);
}

static int try_name(struct cg_layout *l, const char *list, const char *standard, const char *name,
		    struct err *err)
{
	cleanup_free char *path = path_join(standard, name);
	int ret;

	if (!path)
		return err_oom(err);
	if (!is_fs(path, *list ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC))
		return 0;
	ret = add_row(l, list, name, path, err);
	take_ptr(&path);
	return ret < 0 ? ret : 1;
}

/* A directory of the tmpfs at the standard place: named after all controllers of the hierarchy, or
 * after one of them (the others are links then), or after "name=". 1: found, 0: not. */
static int try_standard(struct cg_layout *l, const char *list, const char *standard,
			struct err *err)
{
	cleanup_strv struct strv parts = { 0 };
	int ret;

	if (*list == '\0')
		return try_name(l, list, standard, "unified", err);
	if (strchr(list, '=') == NULL) {
		ret = try_name(l, list, standard, list, err);
		if (ret != 0)
			return ret;
	}
	if (strv_split(&parts, list, ',') < 0)
		return err_oom(err);
	for (size_t i = 0; i < parts.count; i++) {
		const char *part = parts.items[i];
		const char *name = str_starts(part, "name=") ? part + strlen("name=") : part;

		if (!path_is_component(name))
			continue;
		ret = try_name(l, list, standard, name, err);
		if (ret != 0)
			return ret;
	}
	return 0;
}

static int try_mountinfo(struct cg_layout *l, const char *list, const char *standard,
			 const char *text, struct err *err)
{
	cleanup_free char *mount = NULL, *root = NULL;
	const char *name = *list ? list : "unified";
	int ret;

	ret = cg_mountinfo_find(text, standard, list, &mount, &root);
	if (ret == -ENOENT)
		return 0; /* in use on this host, but not visible from here */
	if (ret < 0)
		return err_oom(err);
	if (!is_fs(mount, *list ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC))
		return 0; /* something else is mounted over it */
	if (str_starts(name, "name="))
		name += strlen("name=");
	ret = add_row(l, list, name, mount, err);
	take_ptr(&mount);
	return ret;
}

static int read_v2_controllers(struct cg_layout *l, struct err *err)
{
	cleanup_fd int root = open(l->row[l->v2].mount, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_sys(err, errno, "open %s", l->row[l->v2].mount);
	return cg_v2_controllers(root, "cgroup.controllers", &l->v2_ctls, err);
}

/* What the rows are found by. */
struct finder {
	const char *standard, *mountinfo;
	bool pure_v2;	 /* the one hierarchy is at the standard place itself */
	struct buf text; /* of mountinfo, once it was needed */
	bool text_read;
};

static void finder_clear(struct finder *f)
{
	buf_free(&f->text);
}

/* Adds the row of one line of /proc/self/cgroup, if its hierarchy can be seen from here. */
static int find_row(struct cg_layout *l, const char *list, struct finder *f, struct err *err)
{
	int ret = 0;

	if (f->pure_v2 && *list == '\0')
		return add_row(l, "", "", strdup(f->standard), err);
	if (!f->pure_v2)
		ret = try_standard(l, list, f->standard, err);
	if (ret != 0)
		return ret;
	if (!f->text_read)
		ret = cg_mountinfo_read(f->mountinfo, &f->text, err);
	f->text_read = true;
	return ret < 0 ? ret : try_mountinfo(l, list, f->standard, buf_str(&f->text), err);
}

int cg_layout_find(const char *proc_cgroup, const char *standard, const char *mountinfo,
		   struct cg_layout *ret, struct err *err)
{
	cleanup_with(cg_layout_clear) struct cg_layout l = { .v2 = -1 };
	cleanup_with(finder_clear) struct finder f = {
		.standard = standard,
		.mountinfo = mountinfo,
		.pure_v2 = is_fs(standard, CGROUP2_SUPER_MAGIC),
		.text = BUF_INIT(16 << 20),
	};
	cleanup_free char *lines = strdup(proc_cgroup);
	struct cg_proc_line line;
	char *next = lines;
	size_t before;
	int done;

	if (!lines)
		return err_oom(err);
	while (cg_proc_next(&next, &line)) {
		before = l.count;
		if (before == CG_ROWS_MAX)
			return err_set(err, ERR_UNSUPPORTED, E2BIG,
				       "more than %d cgroup hierarchies are mounted", CG_ROWS_MAX);
		done = find_row(&l, line.list, &f, err);
		if (done < 0)
			return done;
		if (l.count > before)
			l.row[before].in_root = str_eq(line.path, "/");
	}
	if (l.count == 0)
		return err_set(err, ERR_UNSUPPORTED, ENODEV,
			       "no cgroup file system is mounted where this process can see it");
	done = l.v2 < 0 ? 0 : read_v2_controllers(&l, err);
	if (done < 0)
		return done;
	*ret = l;
	l.count = 0;
	return 0;
}

void cg_layout_clear(struct cg_layout *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->pub[i].name);
		free(l->pub[i].mount_options);
		free(l->row[i].mount);
	}
	*l = (struct cg_layout){ .v2 = -1 };
}

/* What is mounted does not change below a running command; a process asks once. */
int cg_layout(const struct cg_layout **ret, struct err *err)
{
	static struct cg_layout the_layout;
	static bool known;
	cleanup_buf struct buf text = BUF_INIT(256 << 10);
	int done;

	if (!known) {
		done = fd_read_file_at(AT_FDCWD, "/proc/self/cgroup", text.max, &text, err);
		if (done < 0)
			return done;
		done = cg_layout_find(buf_str(&text), STANDARD, "/proc/self/mountinfo", &the_layout,
				      err);
		if (done < 0)
			return done;
		known = true;
	}
	*ret = &the_layout;
	return 0;
}

const struct cgroup_hierarchy *cgroup_hierarchies(size_t *count, struct err *err)
{
	const struct cg_layout *l;

	if (cg_layout(&l, err) < 0)
		return NULL;
	*count = l->count;
	return l->pub;
}
