/* SPDX-License-Identifier: Apache-2.0 */
/* Masked and read-only paths, and what becomes read-only once it is filled. */
#include "runtime/rootfs/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "linux/mount.h"
#include "linux/openat2.h"
#include "linux/syscalls.h"

enum { NULL_MAJOR = 1, NULL_MINOR = 3 };

/* One of each is made and cloned for further paths. */
struct masks {
	int null_fd, empty_fd; /* owned: an attached mask, or -1 while there is none */
};

/* The host's /dev/null: never the image's, which may be anything, such as a link to what shall be
 * hidden, or a file that a volume shares (CVE-2025-31133). */
static int open_null(int *ret_fd, struct err *err)
{
	cleanup_fd int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(NULL_MAJOR, NULL_MINOR))
		return err_set(err, ERR_DENIED, EINVAL,
			       "the host's /dev/null is not character device 1:3");
	*ret_fd = take_fd(&fd);
	return 0;
}

static int file_mask(struct masks *masks, int *ret_fd, struct err *err)
{
	cleanup_fd int null = -1;
	int r;

	if (masks->null_fd >= 0)
		return mount_bind_fd(masks->null_fd, false, &MOUNT_CHANGE_NONE, ret_fd, err);
	r = open_null(&null, err);
	return r < 0 ? r : mount_bind_fd(null, false, &MOUNT_CHANGE_NONE, ret_fd, err);
}

static int directory_mask(struct masks *masks, int *ret_fd, struct err *err)
{
	static const char *const options[] = { "size=0k", "nr_inodes=1", "mode=755", NULL };
	uint64_t attrs =
	    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	if (masks->empty_fd >= 0)
		return mount_bind_fd(masks->empty_fd, false, &MOUNT_CHANGE_NONE, ret_fd, err);
	return mount_fs_fd("tmpfs", "tmpfs", options, 0, attrs, ret_fd, err);
}

static int mask_one(const struct rootfs_plan *plan, struct masks *masks, const char *path,
		    struct err *err)
{
	cleanup_fd int mask = -1;
	cleanup_fd int target = open_in_root(plan->root_fd, path, O_PATH, 0);
	struct stat st;
	int r;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0; /* nothing there to hide; what is made later is the container's own */
	if (target < 0)
		return err_sys(err, target, "mask %s", path);
	if (fstat(target, &st) < 0)
		return err_sys(err, errno, "mask %s", path);
	if (S_ISDIR(st.st_mode))
		r = directory_mask(masks, &mask, err);
	else
		r = file_mask(masks, &mask, err);
	if (r == 0)
		r = mount_attach(mask, target, err);
	if (r < 0)
		return err_wrap(err, "mask %s", path);
	if (S_ISDIR(st.st_mode) && masks->empty_fd < 0)
		masks->empty_fd = take_fd(&mask);
	else if (!S_ISDIR(st.st_mode) && masks->null_fd < 0)
		masks->null_fd = take_fd(&mask);
	return 0;
}

static int mask_all(const struct rootfs_plan *plan, struct err *err)
{
	const struct strv *paths = &plan->spec->linux.masked_paths;
	struct masks masks = { -1, -1 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < paths->count; i++)
		r = mask_one(plan, &masks, paths->items[i], err);
	close_fd(&masks.null_fd);
	close_fd(&masks.empty_fd);
	return r;
}

static int make_readonly(int fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;

	change.set = MOUNT_ATTR_RDONLY;
	return mount_change_fd(fd, &change, err);
}

/* The path becomes a mount of its own, so that the attribute is not its neighbours' too. */
static int readonly_one(const struct rootfs_plan *plan, const char *path, struct err *err)
{
	cleanup_fd int clone = -1;
	cleanup_fd int target = open_in_root(plan->root_fd, path, O_PATH, 0);
	int r;

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return err_sys(err, target, "make %s read-only", path);
	r = mount_bind_fd(target, true, &MOUNT_CHANGE_NONE, &clone, err);
	if (r == 0)
		r = make_readonly(clone, err);
	if (r == 0)
		r = mount_attach(clone, target, err);
	return r < 0 ? err_wrap(err, "make %s read-only", path) : 0;
}

/* By the descriptor the tmpfs was made with: its place may have been mounted over since
 * (CVE-2026-115521). */
static int finish_tmpfs(struct rootfs_mount *mount, struct err *err)
{
	const struct oci_mount *m = mount->spec;

	if (m->bind || !m->type || !str_eq(m->type, "tmpfs") ||
	    !((m->attr_set | m->attr_set_r) & MOUNT_ATTR_RDONLY))
		return 0;
	return make_readonly(mount->fd, err);
}

int rootfs_seal(struct rootfs_plan *plan, struct err *err)
{
	const struct strv *readonly = &plan->spec->linux.readonly_paths;
	int r = 0;

	if (plan->root_fd < 0)
		return 0;
	for (size_t i = 0; r == 0 && i < plan->count; i++)
		r = finish_tmpfs(&plan->mounts[i], err);
	/* Masks come after: one may lie below a read-only path and must not be covered by it. */
	for (size_t i = 0; r == 0 && i < readonly->count; i++)
		r = readonly_one(plan, readonly->items[i], err);
	if (r == 0)
		r = mask_all(plan, err);
	if (r == 0 && plan->spec->root_readonly)
		r = make_readonly(plan->root_fd, err);
	return r;
}
