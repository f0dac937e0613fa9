/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Init's half of the mounts. The image and every volume are hostile: any component of a
 * destination may be a link, or become one between two looks. So a destination is resolved once,
 * with the root as "/" and without magic links, into a descriptor, and mounted on by descriptor.
 */
#include "runtime/rootfs/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "linux/mount.h"
#include "linux/openat2.h"
#include "linux/syscalls.h"

enum { LINKS_MAX = 40 };

/* A file system that later steps trust by its place (proc is masked by path, /dev gets the device
 * nodes) must be where it says: an image whose /proc is a link would have it elsewhere and keep an
 * unmasked directory of its own there (CVE-2019-19921, CVE-2025-52881, CVE-2026-41579). */
static bool place_is_trusted(const struct oci_mount *m)
{
	cleanup_free char *clean = NULL;

	if (m->bind || !rootfs_is_special(m))
		return false;
	if (!str_eq(m->type, "tmpfs"))
		return true;
	clean = path_clean(m->destination);
	return clean && (str_eq(clean, "/dev") || str_eq(clean, "dev"));
}

/* Opens, or makes, a directory whose path has no link in it. */
static int open_trusted(int root_fd, const char *path, int *ret_fd, struct err *err)
{
	const uint64_t strict = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
	cleanup_fd int made = -1;
	int fd = open_resolve(root_fd, path, O_PATH | O_DIRECTORY, 0, strict);

	if (fd == -ENOENT) {
		int r = mount_point_in_root(root_fd, path, true, &made, err);

		if (r < 0)
			return r;
		fd = open_resolve(root_fd, path, O_PATH | O_DIRECTORY, 0, strict);
	}
	if (fd == -ELOOP || fd == -ENOTDIR)
		return err_set(err, ERR_DENIED, fd,
			       "mount %s: the image has a link or a file there, and it is not "
			       "mounted elsewhere",
			       path);
	if (fd < 0)
		return err_sys(err, fd, "mount %s", path);
	*ret_fd = fd;
	return 0;
}

/* A mount on the root's own directory would be put above it, where pivot_root does not look. */
static int refuse_root_itself(int root_fd, int target, const char *path, struct err *err)
{
	struct statx a, b;
	unsigned want = STATX_INO | STATX_MNT_ID;

	if (statx(root_fd, "", AT_EMPTY_PATH, want, &a) < 0 ||
	    statx(target, "", AT_EMPTY_PATH, want, &b) < 0)
		return err_sys(err, errno, "mount %s: statx", path);
	if (a.stx_ino == b.stx_ino && a.stx_mnt_id == b.stx_mnt_id)
		return err_invalid(err, "mount %s: that is the root itself", path);
	return 0;
}

/* "/etc/resolv.conf/" → "/etc/". */
static void keep_directory(char *path)
{
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	path[len] = '\0';
}

/* An image may have a link whose target only a volume or a service would bring, such as
 * /etc/resolv.conf -> ../run/systemd/resolve/stub-resolv.conf: the target is made, in the root. */
static int make_through_links(int root_fd, const char *path, bool directory, int *ret_fd,
			      struct err *err)
{
	cleanup_free char *at = strdup(path);

	for (int hops = 0; at && hops < LINKS_MAX; hops++) {
		cleanup_fd int parent = -1;
		cleanup_free char *next = NULL;
		cleanup_free char *name = NULL;
		char target[PATH_MAX];
		ssize_t len;
		int r = mount_point_in_root(root_fd, at, directory, ret_fd, err);

		if (r != -ELOOP || parent_in_root(root_fd, at, 0755, &parent, &name, NULL) < 0)
			return r;
		len = readlinkat(parent, name, target, sizeof(target) - 1);
		if (len < 0)
			return r;
		target[len] = '\0';
		keep_directory(at);
		next = *target == '/' ? strdup(target) : str_printf("%s%s", at, target);
		free(at);
		at = take_ptr(&next);
	}
	return at ? err_set(err, ERR_INVALID, ELOOP, "mount %s: too many links", path)
		  : err_oom(err);
}

int rootfs_mount_point(const struct rootfs_plan *plan, const struct oci_mount *m, bool directory,
		       int *ret_fd, struct err *err)
{
	cleanup_fd int fd = -1;
	int r;

	if (place_is_trusted(m))
		r = open_trusted(plan->root_fd, m->destination, &fd, err);
	else
		r = make_through_links(plan->root_fd, m->destination, directory, &fd, err);
	if (r == 0)
		r = refuse_root_itself(plan->root_fd, fd, m->destination, err);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

static int is_directory(int fd, const struct oci_mount *m, bool *ret, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "mount %s: stat", m->destination);
	/* A link that was mounted on would be followed by whoever opens it. */
	if (S_ISLNK(st.st_mode))
		return err_invalid(err, "mount %s: the source is a symbolic link", m->destination);
	*ret = S_ISDIR(st.st_mode);
	return 0;
}

static int copy_up(int target, int mnt_fd, const struct oci_mount *m, struct err *err)
{
	/* "." does not step up to what is mounted on the directory. */
	cleanup_fd int below = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (below < 0)
		return err_sys(err, errno, "mount %s: read what is below", m->destination);
	return rootfs_copy_up(below, mnt_fd, err);
}

static int place_link(const struct rootfs_plan *plan, const struct rootfs_mount *mount,
		      struct err *err)
{
	const char *at = mount->spec->destination;
	cleanup_fd int dir = -1;
	cleanup_free char *name = NULL;
	char old[PATH_MAX];
	ssize_t len;
	int r = parent_in_root(plan->root_fd, at, 0755, &dir, &name, err);

	if (r < 0 || symlinkat(mount->link, dir, name) == 0)
		return r;
	len = errno == EEXIST ? readlinkat(dir, name, old, sizeof(old)) : -1;
	if (len == (ssize_t)strlen(mount->link) && memcmp(old, mount->link, (size_t)len) == 0)
		return 0;
	return err_sys(err, EEXIST, "mount %s: make a link", at);
}

static bool is_cgroup(const struct oci_mount *m)
{
	return !m->bind && m->type && (str_eq(m->type, "cgroup") || str_eq(m->type, "cgroup2"));
}

static int place_one(const struct rootfs_plan *plan, struct rootfs_mount *mount, struct err *err)
{
	const struct oci_mount *m = mount->spec;
	cleanup_fd int target = -1;
	bool directory = true;
	int r = 0;

	if (mount->link)
		return place_link(plan, mount, err);
	if (is_cgroup(m) && mount->fd < 0) {
		r = rootfs_mount_point(plan, m, true, &target, err);
		return r < 0 ? r : rootfs_cgroup_view(plan, mount, target, err);
	}
	if (mount->fd < 0)
		r = rootfs_make_special(plan, m, &mount->fd, err);
	if (r == 0)
		r = is_directory(mount->fd, m, &directory, err);
	if (r == 0)
		r = rootfs_mount_point(plan, m, directory, &target, err);
	if (r == 0 && m->tmpcopyup)
		r = copy_up(target, mount->fd, m, err);
	if (r == 0)
		r = mount_attach(mount->fd, target, err);
	return r < 0 ? err_wrap(err, "mount %s", m->destination) : 0;
}

/* What the host mounts from now on does not arrive here, and nothing that is mounted here arrives
 * at the host. */
static int cut_off(struct err *err)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(err, errno, "make the new mount namespace private");
	return 0;
}

int rootfs_place(struct rootfs_plan *plan, struct err *err)
{
	int r;

	if (plan->root_fd < 0)
		return 0;
	r = cut_off(err);
	/* Over "/": no directory of the host is needed, and paths of this process still start at
	 * the old root, below. */
	if (r == 0)
		r = mount_attach_at(plan->root_fd, AT_FDCWD, "/", 0, err);
	for (size_t i = 0; r == 0 && i < plan->count; i++)
		r = place_one(plan, &plan->mounts[i], err);
	if (r == 0)
		r = rootfs_devices(plan, err);
	return r;
}

void rootfs_make_cwd(const struct rootfs_plan *plan, const char *cwd)
{
	cleanup_fd int fd = -1;

	if (plan->root_fd >= 0)
		(void)mkdir_in_root(plan->root_fd, cwd, 0755, &fd, NULL);
}

int rootfs_pivot(struct rootfs_plan *plan, struct err *err)
{
	unsigned long propagation = plan->spec->linux.rootfs_propagation;

	if (plan->root_fd < 0) {
		if (chroot(plan->chroot_path) < 0 || chdir("/") < 0)
			return err_sys(err, errno, "chroot to %s", plan->chroot_path);
		return 0;
	}
	if (fchdir(plan->root_fd) < 0)
		return err_sys(err, errno, "enter the container's root");
	/* Both "."; the old root then lies on top of the new one, where the unmount finds it. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_sys(err, errno, "pivot_root");
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(err, errno, "detach the old root");
	if (chdir("/") < 0)
		return err_sys(err, errno, "chdir /");
	if (propagation && mount(NULL, "/", NULL, propagation, NULL) < 0)
		return err_sys(err, errno, "linux.rootfsPropagation");
	return 0;
}
