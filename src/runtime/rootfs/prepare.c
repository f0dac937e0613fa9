/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootfs/rootfs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "linux/mount.h"

static void clear_mount(struct rootfs_mount *mount)
{
	close_fd(&mount->fd);
	free(mount->link);
	for (size_t i = 0; i < mount->part_count; i++)
		close_fd(&mount->parts[i]);
	free(mount->parts);
}

void rootfs_plan_clear(struct rootfs_plan *plan)
{
	for (size_t i = 0; plan->mounts && i < plan->count; i++)
		clear_mount(&plan->mounts[i]);
	free(plan->mounts);
	free(plan->chroot_path);
	close_fd(&plan->root_fd);
	*plan = ROOTFS_PLAN_NONE;
}

/* A path of the host in config.json may be relative to the bundle. */
static char *host_path(const char *bundle, const char *path)
{
	return path[0] == '/' ? strdup(path) : path_join(bundle, path);
}

/* --- the root -------------------------------------------------------------------------------- */

/* While the mounts are being placed nothing may travel back to the host; slave is as far as a root
 * may follow the host. What the specification wants beyond that is set after the pivot. */
static unsigned long early_propagation(unsigned long wanted)
{
	return wanted & (MS_SLAVE | MS_SHARED) ? MS_SLAVE : MS_PRIVATE;
}

static int clone_root(const struct rt_create_args *args, int *ret_fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	cleanup_free char *path = NULL;
	cleanup_fd int dir = -1;

	if (!args->spec->root_path)
		return err_invalid(err, "root.path is required");
	path = host_path(args->bundle, args->spec->root_path);
	if (!path)
		return err_oom(err);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "root.path %s", path);
	change.propagation = early_propagation(args->spec->linux.rootfs_propagation);
	change.recursive = true;
	return mount_bind_fd(dir, true, &change, ret_fd, err);
}

static int prepare_root(const struct rt_create_args *args, int userns_fd, int *ret_fd,
			struct err *err)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	if (args->make_root)
		r = args->make_root(args->make_root_arg, userns_fd, &fd, err);
	else
		r = clone_root(args, &fd, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "look at the container's root");
	if (!S_ISDIR(st.st_mode))
		return err_invalid(err, "the container's root is no directory");
	*ret_fd = take_fd(&fd);
	return 0;
}

/* --- one mount ------------------------------------------------------------------------------- */

static int change_attributes(int fd, uint64_t set, uint64_t clear, bool recursive, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;

	change.set = set;
	change.clear = clear;
	change.recursive = recursive;
	return mount_change_fd(fd, &change, err);
}

int rootfs_apply_attributes(int fd, const struct oci_mount *m, struct err *err)
{
	int r = change_attributes(fd, m->attr_set_r, m->attr_clear_r, true, err);

	if (r == 0)
		r = change_attributes(fd, m->attr_set, m->attr_clear, false, err);
	if (r == 0 && m->propagation) {
		struct mount_change change = MOUNT_CHANGE_NONE;

		change.propagation = m->propagation;
		change.recursive = m->propagation_recursive;
		r = mount_change_fd(fd, &change, err);
	}
	return r;
}

static struct id_map *convert_maps(const struct oci_id_maps *from)
{
	struct id_map *maps = calloc(from->count ? from->count : 1, sizeof(*maps));

	for (size_t i = 0; maps && i < from->count; i++)
		maps[i] = (struct id_map){ .inside = from->items[i].container,
					   .outside = from->items[i].host,
					   .count = from->items[i].size };
	return maps;
}

/* The user namespace that an idmapped bind mount is seen through: of its own maps, or the
 * container's. */
static int idmap_namespace(const struct oci_mount *m, const struct ns_plan *ns, int *ret_fd,
			   struct err *err)
{
	cleanup_free struct id_map *uids = convert_maps(&m->uid_maps);
	cleanup_free struct id_map *gids = convert_maps(&m->gid_maps);
	struct userns_maps maps = { .uids = uids,
				    .gids = gids,
				    .uid_count = m->uid_maps.count,
				    .gid_count = m->gid_maps.count };

	if (!uids || !gids)
		return err_oom(err);
	if (maps.uid_count && maps.gid_count)
		return userns_create(&maps, ret_fd, err);
	if (ns_is_made(ns, CLONE_NEWUSER) && !ns->unprivileged)
		return userns_create(&ns->maps, ret_fd, err);
	if (ns->joined[OCI_NS_USER] >= 0) {
		*ret_fd = fcntl(ns->joined[OCI_NS_USER], F_DUPFD_CLOEXEC, 3);
		return *ret_fd < 0 ? err_sys(err, errno, "dup") : 0;
	}
	return err_invalid(err, "mount %s: idmap without mappings or a user namespace",
			   m->destination);
}

/* copy-symlink: a source that is a link is not followed but made anew. 1 when it is. */
static int copy_link(const char *source, const struct oci_mount *m, char **ret, struct err *err)
{
	char text[PATH_MAX];
	ssize_t len;

	if (!m->copy_symlink)
		return 0;
	len = readlink(source, text, sizeof(text));
	if (len < 0 && errno == EINVAL)
		return 0;
	if (len < 0)
		return err_sys(err, errno, "bind source %s", source);
	*ret = strndup(text, (size_t)len);
	return *ret ? 1 : err_oom(err);
}

static int prepare_bind(const struct rt_create_args *args, const struct ns_plan *ns,
			struct rootfs_mount *mount, struct err *err)
{
	const struct oci_mount *m = mount->spec;
	struct mount_change change = MOUNT_CHANGE_NONE;
	cleanup_free char *source = NULL;
	cleanup_fd int from = -1, userns = -1, fd = -1;
	int r;

	if (!m->source)
		return err_invalid(err, "mount %s: a bind mount needs a source", m->destination);
	source = host_path(args->bundle, m->source);
	if (!source)
		return err_oom(err);
	r = copy_link(source, m, &mount->link, err);
	if (r != 0)
		return r < 0 ? r : 0;
	from = open(source, O_PATH | O_CLOEXEC);
	if (from < 0)
		return err_sys(err, errno, "bind source %s", source);
	/* A clone of a shared mount is its peer: what the container mounts below would appear on
	 * the host. Unless asked for, it is cut off. */
	if (!m->propagation) {
		change.propagation = MS_PRIVATE;
		change.recursive = true;
	}
	r = mount_bind_fd(from, m->recursive_bind, &change, &fd, err);
	if (r == 0 && m->idmap) {
		struct mount_change idmap = MOUNT_CHANGE_NONE;

		r = idmap_namespace(m, ns, &userns, err);
		idmap.userns_fd = userns;
		idmap.recursive = m->idmap_recursive;
		if (r == 0)
			r = mount_change_fd(fd, &idmap, err);
	}
	if (r == 0)
		r = rootfs_apply_attributes(fd, m, err);
	if (r < 0)
		return err_wrap(err, "mount %s", m->destination);
	mount->fd = take_fd(&fd);
	return 0;
}

/* These show a namespace, and only the user namespace that owns that one may mount them. A
 * container with a user namespace of its own in somebody else's network, PID, IPC or cgroup
 * namespace gets the host's mount instead: sysfs and cgroup read-only (CVE-2023-25809). */
static bool shows_foreign_namespace(const struct oci_mount *m, const struct ns_plan *ns,
				    const char **ret_host)
{
	static const struct {
		const char *type, *host;
		int flag;
	} table[] = {
		{ "sysfs", "/sys", CLONE_NEWNET },
		{ "proc", "/proc", CLONE_NEWPID },
		{ "mqueue", "/dev/mqueue", CLONE_NEWIPC },
		{ "cgroup", "/sys/fs/cgroup", CLONE_NEWCGROUP },
		{ "cgroup2", "/sys/fs/cgroup", CLONE_NEWCGROUP },
	};

	if (!ns_is_made(ns, CLONE_NEWUSER) || !m->type)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (str_eq(m->type, table[i].type) && !ns_is_made(ns, table[i].flag)) {
			*ret_host = table[i].host;
			return true;
		}
	return false;
}

static int prepare_hosts(const struct oci_mount *m, const char *path, int *ret_fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	cleanup_fd int from = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	int r;

	if (from < 0)
		return err_sys(err, errno, "mount %s: the host's %s", m->destination, path);
	change.propagation = MS_PRIVATE;
	change.recursive = true;
	if (!str_eq(m->type, "proc") && !str_eq(m->type, "mqueue"))
		change.set = MOUNT_ATTR_RDONLY;
	r = mount_bind_fd(from, true, &change, &fd, err);
	if (r == 0)
		r = change_attributes(fd, m->attr_set, 0, false, err);
	if (r < 0)
		return err_wrap(err, "mount %s", m->destination);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int prepare_filesystem(const struct oci_mount *m, int *ret_fd, struct err *err)
{
	cleanup_fd int fd = -1;
	int r = mount_fs_fd(m->type, m->source, (const char *const *)m->data.items, m->sb_flags,
			    m->attr_set | m->attr_set_r, &fd, err);

	if (r == 0 && m->propagation)
		r = rootfs_apply_attributes(fd, m, err);
	if (r < 0)
		return err_wrap(err, "mount %s", m->destination);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int prepare_mount(const struct rt_create_args *args, const struct ns_plan *ns,
			 const struct cgroup *cgroup, struct rootfs_mount *mount, struct err *err)
{
	const struct oci_mount *m = mount->spec;
	const char *host = NULL;
	int r;

	if (m->bind)
		return prepare_bind(args, ns, mount, err);
	if (!m->type)
		return err_invalid(err, "mount %s: it has no type", m->destination);
	r = rootfs_prepare_cgroup_view(args->spec, ns, cgroup, mount, err);
	if (r < 0 || mount->parts)
		return r;
	if (shows_foreign_namespace(m, ns, &host))
		return prepare_hosts(m, host, &mount->fd, err);
	r = rootfs_prepare_dev(args->spec, ns, m, &mount->fd, err);
	if (r != 1)
		return r;
	return rootfs_is_special(m) ? 0 : prepare_filesystem(m, &mount->fd, err);
}

static int refuse_without_namespace(const struct oci_spec *spec, struct err *err)
{
	static const char *const hint = "without a new mount namespace it would change the host's";

	if (spec->mount_count)
		return err_invalid(err, "mounts: %s", hint);
	if (spec->linux.masked_paths.count || spec->linux.readonly_paths.count)
		return err_invalid(err, "linux.maskedPaths, readonlyPaths: %s", hint);
	if (spec->root_readonly)
		return err_invalid(err, "root.readonly: %s", hint);
	if (spec->linux.rootfs_propagation)
		return err_invalid(err, "linux.rootfsPropagation: %s", hint);
	return 0;
}

static int prepare_chroot(const struct rt_create_args *args, struct rootfs_plan *plan,
			  struct err *err)
{
	int r = refuse_without_namespace(args->spec, err);

	if (r < 0)
		return r;
	if (args->make_root || !args->spec->root_path)
		return err_invalid(err, "a root needs a new mount namespace, or a root.path");
	plan->chroot_path = host_path(args->bundle, args->spec->root_path);
	return plan->chroot_path ? 0 : err_oom(err);
}

int rootfs_prepare(const struct rt_create_args *args, const struct ns_plan *ns,
		   const struct cgroup *cgroup, int userns_fd, struct rootfs_plan *ret,
		   struct err *err)
{
	cleanup_rootfs_plan struct rootfs_plan plan = ROOTFS_PLAN_NONE;
	const struct oci_spec *spec = args->spec;
	int r;

	plan.spec = spec;
	plan.ns = ns;
	plan.own_groups = cgroup != NULL;
	if (ns_is_made(ns, CLONE_NEWNS)) {
		r = prepare_root(args, userns_fd, &plan.root_fd, err);
	} else {
		r = prepare_chroot(args, &plan, err);
	}
	if (r < 0)
		return r;
	plan.mounts = calloc(spec->mount_count + 1, sizeof(*plan.mounts));
	if (!plan.mounts)
		return err_oom(err);
	for (size_t i = 0; i < spec->mount_count; i++) {
		plan.mounts[i] = (struct rootfs_mount){ .spec = &spec->mounts[i], .fd = -1 };
		plan.count = i + 1;
		r = prepare_mount(args, ns, cgroup, &plan.mounts[i], err);
		if (r < 0)
			return r;
	}
	*ret = plan;
	plan = ROOTFS_PLAN_NONE;
	return 0;
}
