/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's view of its own groups at /sys/fs/cgroup. Within a cgroup namespace a mount is
 * rooted at the container's group by itself, when it is made after the namespace (a mount made by
 * the starter would carry the host's root, and a sibling's cgroup.procs could be written through
 * it). Without one, the group's directory is cut out of each v1 hierarchy.
 */
#include "runtime/rootfs/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "linux/mount.h"
#include "runtime/cgroup/cgroup.h"

struct view {
	const struct rootfs_plan *plan;
	const struct oci_mount *m;
	int dir;	/* the tmpfs that holds the hierarchies; borrowed */
	uint64_t attrs; /* of each hierarchy */
	bool whole;	/* a cgroup namespace does the cutting */
};

static int mount_hierarchy(const struct cgroup_hierarchy *h, uint64_t attrs, int *ret_fd,
			   struct err *err)
{
	cleanup_strv struct strv options = { 0 };

	if (!h->v2 && strv_split(&options, h->mount_options, ',') < 0)
		return err_oom(err);
	return mount_fs_fd(h->v2 ? "cgroup2" : "cgroup", "cgroup",
			   (const char *const *)options.items, 0, attrs, ret_fd, err);
}

/* A directory of a mount can be cloned once the mount is attached (detached ones: from 6.15). So it
 * is attached, the group's directory cloned, and the whole taken away again. */
static int cut_out(const struct view *view, const char *name, int *mnt, struct err *err)
{
	cleanup_fd int group = -1, clone = -1;
	const char *path = view->plan->cgroup_path;
	int r = mount_attach_at(*mnt, view->dir, name, 0, err);

	if (r < 0)
		return r;
	group = openat(*mnt, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (group < 0)
		return err_sys(err, errno, "open group %s of %s", path, name);
	r = mount_bind_fd(group, false, &MOUNT_CHANGE_NONE, &clone, err);
	if (r < 0)
		return r;
	if (fchdir(view->dir) < 0 || umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return err_sys(err, errno, "unmount the whole of %s", name);
	close_fd(mnt);
	*mnt = take_fd(&clone);
	return 0;
}

static int place_hierarchy(const struct view *view, const struct cgroup_hierarchy *h,
			   struct err *err)
{
	cleanup_fd int mnt = -1;
	int r;

	if (mkdirat(view->dir, h->name, 0755) < 0)
		return err_sys(err, errno, "make /sys/fs/cgroup/%s", h->name);
	r = mount_hierarchy(h, view->attrs, &mnt, err);
	if (r == 0 && !view->whole)
		r = cut_out(view, h->name, &mnt, err);
	if (r == 0)
		r = mount_attach_at(mnt, view->dir, h->name, 0, err);
	return r < 0 ? err_wrap(err, "cgroup hierarchy %s", h->name) : 0;
}

/* "cpu" → "cpu,cpuacct": programs look for a controller under its own name. */
static int link_controllers(const struct view *view, const struct cgroup_hierarchy *h,
			    struct err *err)
{
	cleanup_strv struct strv names = { 0 };

	if (h->v2 || !strchr(h->name, ','))
		return 0;
	if (strv_split(&names, h->name, ',') < 0)
		return err_oom(err);
	for (size_t i = 0; i < names.count; i++)
		if (symlinkat(h->name, view->dir, names.items[i]) < 0 && errno != EEXIST)
			return err_sys(err, errno, "link /sys/fs/cgroup/%s", names.items[i]);
	return 0;
}

static int place_tmpfs(struct view *view, const struct cgroup_hierarchy *table, size_t count,
		       int target_fd, struct err *err)
{
	static const char *const options[] = { "mode=755", NULL };
	struct mount_change change = MOUNT_CHANGE_NONE;
	cleanup_fd int tmpfs = -1;
	int r = mount_fs_fd("tmpfs", "tmpfs", options, 0,
			    view->attrs & ~(uint64_t)MOUNT_ATTR_RDONLY, &tmpfs, err);

	if (r == 0)
		r = mount_attach(tmpfs, target_fd, err);
	view->dir = tmpfs;
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = place_hierarchy(view, &table[i], err);
		if (r == 0)
			r = link_controllers(view, &table[i], err);
	}
	change.set = view->attrs & MOUNT_ATTR_RDONLY;
	if (r == 0 && change.set)
		r = mount_change_fd(tmpfs, &change, err);
	return r;
}

int rootfs_cgroup_view(const struct rootfs_plan *plan, const struct oci_mount *m, int target_fd,
		       struct err *err)
{
	static const struct cgroup_hierarchy only_v2 = { true, (char *)"", (char *)"" };
	struct view view = { plan, m, -1, m->attr_set | m->attr_set_r, true };
	const struct cgroup_hierarchy *table = &only_v2;
	cleanup_fd int mnt = -1;
	size_t count = 1;
	int r;

	if (str_eq(m->type, "cgroup"))
		table = cgroup_hierarchies(&count, err);
	if (!table)
		return -EIO;
	/* Without a group of its own the root of the view is a group of its caller's: the siblings
	 * there are not the container's to steer (CVE-2023-25809). */
	if (!plan->cgroup_path)
		view.attrs |= MOUNT_ATTR_RDONLY;
	view.whole = plan->spec->linux.ns[OCI_NS_CGROUP].set || !plan->cgroup_path;
	if (count != 1 || !table[0].v2)
		return place_tmpfs(&view, table, count, target_fd, err);
	r = mount_hierarchy(&table[0], view.attrs, &mnt, err);
	return r < 0 ? r : mount_attach(mnt, target_fd, err);
}
