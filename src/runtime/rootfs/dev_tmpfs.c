/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev of a container in a user namespace, made by the privileged side. There nobody can make
 * device nodes, and on a tmpfs of that namespace they would not open; so the tmpfs belongs to the
 * initial user namespace, and its directory and nodes to the host ids of the container's users. The
 * container's root can fill it further, but not with devices.
 */
#include "runtime/rootfs/rootfs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "linux/mount.h"
#include "linux/openat2.h"

static bool is_for_us(const struct ns_plan *ns, const struct oci_mount *m)
{
	cleanup_free char *clean = path_clean(m->destination);

	if (!ns_is_made(ns, CLONE_NEWUSER) || ns->unprivileged || !str_eq(m->type, "tmpfs"))
		return false;
	if (!clean || (!str_eq(clean, "/dev") && !str_eq(clean, "dev")) || m->tmpcopyup)
		return false;
	/* Ids in the options mean the container's: only its own mount understands them. */
	for (size_t i = 0; i < m->data.count; i++)
		if (str_starts(m->data.items[i], "uid=") || str_starts(m->data.items[i], "gid="))
			return false;
	return true;
}

static int host_ids(const struct ns_plan *ns, const struct oci_device *d, uid_t *uid, gid_t *gid,
		    struct err *err)
{
	int64_t u = id_map_outside(ns->maps.uids, ns->maps.uid_count, d->uid);
	int64_t g = id_map_outside(ns->maps.gids, ns->maps.gid_count, d->gid);

	if (u < 0 || g < 0)
		return err_invalid(err, "device %s: its owner %u:%u is not in the id maps", d->path,
				   d->uid, d->gid);
	*uid = (uid_t)u;
	*gid = (gid_t)g;
	return 0;
}

/* Elsewhere than below /dev: left to init, which binds it. */
static const char *below_dev(const char *path)
{
	return str_starts(path, "/dev/") ? path + 5 : NULL;
}

static int add_node(int root, const struct ns_plan *ns, const struct oci_device *d, struct err *err)
{
	const char *path = below_dev(d->path);
	cleanup_fd int dir = -1;
	cleanup_free char *name = NULL;
	uid_t uid = 0;
	gid_t gid = 0;
	int r;

	if (!path)
		return 0;
	r = host_ids(ns, d, &uid, &gid, err);
	if (r == 0)
		r = parent_in_root(root, path, 0755, &dir, &name, err);
	return r < 0 ? r : rootfs_make_node(dir, name, d, uid, gid, err);
}

static int fill(int root, const struct oci_spec *spec, const struct ns_plan *ns, struct err *err)
{
	static const struct oci_device top = { .path = (char *)"/dev" };
	const struct oci_linux *l = &spec->linux;
	uid_t uid = 0;
	gid_t gid = 0;
	int r = host_ids(ns, &top, &uid, &gid, err);

	if (r == 0 && fchown(root, uid, gid) < 0)
		r = err_sys(err, errno, "owner of /dev");
	for (size_t i = 0; r == 0 && i < ROOTFS_DEFAULT_DEVICES; i++)
		if (!rootfs_device_is_listed(l, rootfs_default_devices[i].path))
			r = add_node(root, ns, &rootfs_default_devices[i], err);
	for (size_t i = 0; r == 0 && i < l->device_count; i++)
		r = add_node(root, ns, &l->devices[i], err);
	return r;
}

int rootfs_prepare_dev(const struct oci_spec *spec, const struct ns_plan *ns,
		       const struct oci_mount *m, int *ret_fd, struct err *err)
{
	uint64_t attrs = (m->attr_set | m->attr_set_r) & ~(uint64_t)MOUNT_ATTR_RDONLY;
	cleanup_fd int mnt = -1, root = -1;
	mode_t mask;
	int r;

	if (!is_for_us(ns, m))
		return 1;
	r = mount_fs_fd("tmpfs", m->source ? m->source : "tmpfs",
			(const char *const *)m->data.items, m->sb_flags & ~(unsigned long)MS_RDONLY,
			attrs, &mnt, err);
	if (r < 0)
		return err_wrap(err, "mount %s", m->destination);
	root = openat(mnt, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(err, errno, "open the new /dev");
	mask = umask(0);
	r = fill(root, spec, ns, err);
	umask(mask);
	if (r == 0)
		*ret_fd = take_fd(&mnt);
	return r;
}
