/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's view of its own groups at /sys/fs/cgroup. Within a cgroup namespace a mount is
 * rooted at the container's group by itself, when it is made after the namespace (a mount made by
 * the starter would carry the host's root, and a sibling's cgroup.procs could be written through
 * it). Without one, the builder binds the group's directory of each v1 hierarchy; on a
 * pure v2 host the whole hierarchy is shown, as programs look there for what /proc/self/cgroup
 * says.
 */
#include "runtime/rootfs/rootfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "linux/mount.h"
#include "runtime/cgroup/cgroup.h"

struct view {
	const struct rootfs_mount *mount;
	int dir;	/* the tmpfs that holds the hierarchies; borrowed */
	uint64_t attrs; /* of each hierarchy */
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

static int place_hierarchy(const struct view *view, const struct cgroup_hierarchy *h, size_t index,
			   struct err *err)
{
	const struct rootfs_mount *mount = view->mount;
	cleanup_fd int made = -1;
	int mnt = -1, r = 0;

	if (mount->parts)
		mnt = index < mount->part_count ? mount->parts[index] : -1;
	else
		r = mount_hierarchy(h, view->attrs, &made, err);
	if (mnt < 0)
		mnt = made;
	if (r < 0 || mnt < 0) /* the container has no group in it */
		return r < 0 ? err_wrap(err, "cgroup hierarchy %s", h->name) : 0;
	if (mkdirat(view->dir, h->name, 0755) < 0)
		return err_sys(err, errno, "make /sys/fs/cgroup/%s", h->name);
	return mount_attach_at(mnt, view->dir, h->name, 0, err);
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
		r = place_hierarchy(view, &table[i], i, err);
		if (r == 0)
			r = link_controllers(view, &table[i], err);
	}
	change.set = view->attrs & MOUNT_ATTR_RDONLY;
	if (r == 0 && change.set)
		r = mount_change_fd(tmpfs, &change, err);
	return r;
}

static bool shows_only_v2(const struct cgroup_hierarchy *table, size_t count)
{
	return count == 1 && table[0].v2;
}

/* Binds what init, in a user namespace or not, could not cut out of a whole hierarchy. */
int rootfs_prepare_cgroup_view(const struct oci_spec *spec, const struct ns_plan *ns,
			       const struct cgroup *cgroup, struct rootfs_mount *mount,
			       struct err *err)
{
	const struct oci_mount *m = mount->spec;
	const struct cgroup_hierarchy *table;
	struct mount_change change = MOUNT_CHANGE_NONE;
	size_t count;
	int r = 0;

	if (!str_eq(m->type, "cgroup") || spec->linux.ns[OCI_NS_CGROUP].set || !cgroup)
		return 0;
	table = cgroup_hierarchies(&count, err);
	if (!table)
		return -EIO;
	if (shows_only_v2(table, count))
		return 0;
	mount->parts = malloc(count * sizeof(*mount->parts));
	if (!mount->parts)
		return err_oom(err);
	change.set = m->attr_set | m->attr_set_r;
	change.propagation = MS_PRIVATE;
	for (; r == 0 && mount->part_count < count; mount->part_count++) {
		int dir = cgroup_dir(cgroup, mount->part_count);

		mount->parts[mount->part_count] = -1;
		if (dir >= 0)
			r = mount_bind_fd(dir, false, &change, &mount->parts[mount->part_count],
					  err);
	}
	return r < 0 ? err_wrap(err, "mount %s", m->destination) : 0;
}

int rootfs_cgroup_view(const struct rootfs_plan *plan, const struct rootfs_mount *mount,
		       int target_fd, struct err *err)
{
	static const struct cgroup_hierarchy only_v2 = { true, (char *)"", (char *)"" };
	const struct oci_mount *m = mount->spec;
	struct view view = { mount, -1, m->attr_set | m->attr_set_r };
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
	if (!plan->own_groups)
		view.attrs |= MOUNT_ATTR_RDONLY;
	if (!shows_only_v2(table, count))
		return place_tmpfs(&view, table, count, target_fd, err);
	r = mount_hierarchy(&table[0], view.attrs, &mnt, err);
	return r < 0 ? r : mount_attach(mnt, target_fd, err);
}
