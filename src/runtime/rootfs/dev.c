/* SPDX-License-Identifier: Apache-2.0 */
/* /dev of the container: device nodes and the links that programs expect. */
#include "runtime/rootfs/rootfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "linux/mount.h"
#include "linux/openat2.h"
#include "linux/syscalls.h"

/* What the specification gives every container (config-linux.md, Default Devices). */
const struct oci_device rootfs_default_devices[ROOTFS_DEFAULT_DEVICES] = {
	{ (char *)"/dev/null", 'c', 1, 3, 0666, 0, 0 },
	{ (char *)"/dev/zero", 'c', 1, 5, 0666, 0, 0 },
	{ (char *)"/dev/full", 'c', 1, 7, 0666, 0, 0 },
	{ (char *)"/dev/random", 'c', 1, 8, 0666, 0, 0 },
	{ (char *)"/dev/urandom", 'c', 1, 9, 0666, 0, 0 },
	{ (char *)"/dev/tty", 'c', 5, 0, 0666, 0, 0 },
};

static const struct {
	const char *name, *target;
} default_links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

int rootfs_open_dev(const struct rootfs_plan *plan, int *ret_fd, struct err *err)
{
	cleanup_fd int made = -1;
	int fd = open_resolve(plan->root_fd, "dev", O_PATH | O_DIRECTORY, 0,
			      RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	int r;

	if (fd == -ENOENT) {
		r = mkdir_in_root(plan->root_fd, "dev", 0755, &made, err);
		if (r < 0)
			return r;
		fd = take_fd(&made);
	}
	if (fd == -ELOOP || fd == -ENOTDIR)
		return err_set(err, ERR_DENIED, fd,
			       "the image's /dev is a link or a file: no device goes elsewhere");
	if (fd < 0)
		return err_sys(err, fd, "/dev");
	*ret_fd = fd;
	return 0;
}

static mode_t file_type(const struct oci_device *d)
{
	if (d->type == 'b')
		return S_IFBLK;
	return d->type == 'p' ? S_IFIFO : S_IFCHR;
}

static bool is_the_device(const struct stat *st, const struct oci_device *d)
{
	if ((st->st_mode & S_IFMT) != file_type(d))
		return false;
	return d->type == 'p' || st->st_rdev == makedev(d->major, d->minor);
}

/* In a user namespace nobody makes device nodes: the host's own is bound on an empty file. */
static int bind_device(int dirfd, const char *name, const struct oci_device *d, struct err *err)
{
	cleanup_fd int host = open(d->path, O_PATH | O_CLOEXEC);
	cleanup_fd int file = -1, target = -1, mnt = -1;
	struct stat st;
	int r;

	if (host < 0 || fstat(host, &st) < 0)
		return err_sys(err, errno, "device %s: the host's, to bind it", d->path);
	if (!is_the_device(&st, d))
		return err_set(err, ERR_UNSUPPORTED, ENODEV,
			       "device %s: a node cannot be made here, and the host's is another",
			       d->path);
	file = openat(dirfd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (file < 0)
		return err_sys(err, errno, "device %s: make a place for it", d->path);
	target = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_sys(err, errno, "device %s", d->path);
	r = mount_bind_fd(host, false, &MOUNT_CHANGE_NONE, &mnt, err);
	return r < 0 ? r : mount_attach(mnt, target, err);
}

/* What the image has under that name: the very device is kept, a mount was asked for, anything
 * else (a link, a file that poses as /dev/null, CVE-2026-88265) goes. 1: make it. */
static int clear_name(int dirfd, const char *name, const struct oci_device *d, struct err *err)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 1 : err_sys(err, errno, "device %s", d->path);
	if (is_the_device(&st, d))
		return 0;
	if (unlinkat(dirfd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0)
		return 1;
	if (errno == EBUSY)
		return 0;
	return err_sys(err, errno, "device %s: another file is in its place", d->path);
}

int rootfs_make_node(int dir, const char *name, const struct oci_device *d, uid_t uid, gid_t gid,
		     struct err *err)
{
	if (mknodat(dir, name, file_type(d) | d->mode, makedev(d->major, d->minor)) < 0)
		return err_sys(err, errno, "device %s", d->path);
	if (fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "device %s: owner", d->path);
	return 0;
}

static int make_device(const struct rootfs_plan *plan, const struct oci_device *d, struct err *err)
{
	cleanup_fd int dir = -1;
	cleanup_free char *name = NULL;
	int r = parent_in_root(plan->root_fd, d->path, 0755, &dir, &name, err);

	if (r < 0)
		return r;
	r = clear_name(dir, name, d, err);
	if (r <= 0)
		return r;
	r = rootfs_make_node(dir, name, d, d->uid, d->gid, err);
	return r == -EPERM ? bind_device(dir, name, d, err) : r;
}

static int make_link(int dev, const char *name, const char *target, struct err *err)
{
	struct stat st;

	if (symlinkat(target, dev, name) == 0)
		return 0;
	if (errno != EEXIST || fstatat(dev, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "link /dev/%s", name);
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return 0; /* the image's own; nothing of ours goes through it */
	if (unlinkat(dev, name, 0) < 0)
		return errno == EBUSY ? 0 : err_sys(err, errno, "replace /dev/%s", name);
	if (symlinkat(target, dev, name) < 0)
		return err_sys(err, errno, "link /dev/%s", name);
	return 0;
}

/* A /dev that the caller bound in is the caller's to fill. */
static bool dev_is_bound(const struct rootfs_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct oci_mount *m = plan->mounts[i].spec;
		cleanup_free char *clean = m->bind ? path_clean(m->destination) : NULL;

		if (clean && (str_eq(clean, "/dev") || str_eq(clean, "dev")))
			return true;
	}
	return false;
}

bool rootfs_device_is_listed(const struct oci_linux *l, const char *path)
{
	for (size_t i = 0; i < l->device_count; i++)
		if (str_eq(l->devices[i].path, path))
			return true;
	return false;
}

static int make_defaults(const struct rootfs_plan *plan, struct err *err)
{
	cleanup_fd int dev = -1;
	int r = rootfs_open_dev(plan, &dev, err);

	for (size_t i = 0; r == 0 && i < ROOTFS_DEFAULT_DEVICES; i++)
		if (!rootfs_device_is_listed(&plan->spec->linux, rootfs_default_devices[i].path))
			r = make_device(plan, &rootfs_default_devices[i], err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(default_links); i++)
		r = make_link(dev, default_links[i].name, default_links[i].target, err);
	return r;
}

int rootfs_devices(const struct rootfs_plan *plan, struct err *err)
{
	const struct oci_linux *l = &plan->spec->linux;
	int r = 0;

	if (dev_is_bound(plan))
		return 0;
	r = make_defaults(plan, err);
	for (size_t i = 0; r == 0 && i < l->device_count; i++)
		r = make_device(plan, &l->devices[i], err);
	return r;
}
