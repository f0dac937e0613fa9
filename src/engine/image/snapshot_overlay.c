/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The overlay driver. The overlay exists only as a detached mount fd and then in the container's
 * own mount namespace: the host's mount table never sees it.
 *
 * Layers never carry marks of their own (redirects, metacopy): the unpacker drops every
 * trusted.overlay.* and user.overlay.* attribute of an archive and sets whiteouts and opaque marks
 * itself. All the same the overlay is told to follow none.
 */
#include "engine/image/snapshot_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/image/changes.h"
#include "linux/caps.h"
#include "linux/mount.h"
#include "linux/openat2.h"

/* A root of some user namespace may write wherever its ids reach: no to that means that the owner
 * has no id there. */
static bool is_mapped(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, W_OK, AT_EACCESS) == 0 || errno != EACCES;
}

/* The container's resolv.conf, hosts and hostname are mounted on files of /etc, and root of a user
 * namespace makes none in a directory of somebody it does not map. An upper /etc of its own, merged
 * with that one, it can write to. */
static int make_etc(int upper, int top_lower, struct err *err)
{
	struct stat st;

	if (is_mapped(top_lower, "etc") ||
	    fstatat(top_lower, "etc", &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	if (mkdirat(upper, "etc", 0700) < 0 || fchmodat(upper, "etc", st.st_mode & 07777, 0) < 0)
		return err_sys(err, errno, "make the container's own /etc");
	return 0;
}

/* The root of an overlay has owner and mode of its upper directory: they are the image's. An owner
 * without an id here (a directory of somebody else's, as an ordinary user) cannot be given: it
 * stays the container's root's. */
static int make_upper(int container_fd, int top_lower, struct err *err)
{
	int fd cleanup_fd = -1;
	struct stat st;

	if (mkdirat(container_fd, "upper", 0700) < 0)
		return err_sys(err, errno, "make the container's upper layer");
	fd = openat(container_fd, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(top_lower, &st) < 0)
		return err_sys(err, errno, "make the container's upper layer");
	if ((st.st_uid != geteuid() || st.st_gid != getegid()) && is_mapped(top_lower, ".") &&
	    fchown(fd, st.st_uid, st.st_gid) < 0 && errno != EPERM && errno != EINVAL)
		return err_sys(err, errno, "give the container's upper layer its owner");
	if (fchmod(fd, st.st_mode & 07777) < 0)
		return err_sys(err, errno, "give the container's upper layer its mode");
	return make_etc(fd, top_lower, err);
}

static int overlay_create(const struct snapshot_place *place, json_t *description, struct err *err)
{
	struct snapshot_lowers lowers cleanup_lowers = { .count = 0 };
	int r;

	r = snapshot_lowers_open(description, place->lib_fd, false, &lowers, err);
	if (r < 0)
		return r;
	r = make_upper(place->container_fd, lowers.fds[0], err);
	if (r < 0)
		return r;
	if (mkdirat(place->container_fd, "work", 0700) < 0)
		return err_sys(err, errno, "make the container's work directory");
	return 0;
}

/* Each lower is seen through the user namespace's map, each by an idmapped mount of its own. */
static int map_lowers(struct snapshot_lowers *lowers, int userns_fd, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	int mapped, r;
	size_t i;

	change.userns_fd = userns_fd;
	for (i = 0; i < lowers->count; i++) {
		r = mount_bind_fd(lowers->fds[i], false, &change, &mapped, err);
		if (r < 0)
			return err_wrap(err, "map the ids of a layer");
		close_fd(&lowers->fds[i]);
		lowers->fds[i] = mapped;
	}
	return 0;
}

/* upper and work must lie in one mount: the container's directory, idmapped as a whole. That mount
 * lives only as long as *ret_base, a descriptor of its root (-1: no mount of our own). */
static int open_upper(const struct snapshot_mount_args *args, int *ret_base, int *ret_upper,
		      int *ret_work, struct err *err)
{
	struct mount_change change = MOUNT_CHANGE_NONE;
	int base cleanup_fd = -1, upper cleanup_fd = -1, work cleanup_fd = -1, r;
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	if (args->userns_fd >= 0) {
		change.userns_fd = args->userns_fd;
		r = mount_bind_fd(args->container_fd, false, &change, &base, err);
		if (r < 0)
			return err_wrap(err, "map the ids of the container's layer");
	}
	upper = openat(base >= 0 ? base : args->container_fd, "upper", flags);
	if (upper < 0)
		return err_sys(err, errno, "open the container's upper layer");
	work = openat(base >= 0 ? base : args->container_fd, "work", flags);
	if (work < 0)
		return err_sys(err, errno, "open the container's work directory");
	*ret_base = take_fd(&base);
	*ret_upper = take_fd(&upper);
	*ret_work = take_fd(&work);
	return 0;
}

/* A volatile overlay leaves work/work/incompat/volatile, and the next mount of this upper is
 * refused: what was not written when the machine crashed may be missing. Here the mark only says
 * that the last run of a temporary container ended; after a crash of the machine such a container
 * is removed, not started. */
static int forget_volatile(int work, struct err *err)
{
	int fd cleanup_fd = -1;

	fd = openat(work, "work", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == EACCES
			   ? 0
			   : err_sys(err, errno, "open the container's work directory");
	return fd_remove_tree_at(fd, "incompat", err);
}

/*
 * An overlay acts on its layers with the credentials of whoever mounted it. Through an idmapped
 * mount of the upper layer the host's root has no id: it could make nothing there, not even the
 * work directory, and the overlay would be read-only. The container's root, which is what the
 * upper layer's owner looks like, has one. Changing the fsuid takes some capabilities out of
 * effect; the overlay needs them.
 */
static int become_mapped_root(const struct snapshot_mount_args *args, int upper, struct err *err)
{
	struct cap_sets caps;
	struct stat st;
	int r;

	if (args->userns_fd < 0)
		return 0;
	if (fstat(upper, &st) < 0)
		return err_sys(err, errno, "look at the container's upper layer");
	r = caps_get(&caps, err);
	if (r < 0)
		return r;
	setfsgid(st.st_gid);
	setfsuid(st.st_uid);
	return caps_set(caps.effective, caps.permitted, caps.inheritable, err);
}

static int overlay_mount(const json_t *description, const struct snapshot_mount_args *args,
			 int *ret_fd, struct err *err)
{
	struct snapshot_lowers lowers cleanup_lowers = { .count = 0 };
	struct mount_change change = MOUNT_CHANGE_NONE;
	int base cleanup_fd = -1, upper cleanup_fd = -1, work cleanup_fd = -1;
	int mnt cleanup_fd = -1, r;
	unsigned flags = OVERLAY_NO_REDIRECT | OVERLAY_NO_INDEX | OVERLAY_NO_METACOPY;

	r = snapshot_lowers_open(description, args->lib_fd, false, &lowers, err);
	if (r == 0 && args->userns_fd >= 0)
		r = map_lowers(&lowers, args->userns_fd, err);
	if (r == 0)
		r = open_upper(args, &base, &upper, &work, err);
	if (r < 0)
		return r;
	if (json_is_true(json_object_get(description, "UserXattr")))
		flags = OVERLAY_USERXATTR | OVERLAY_NO_INDEX;
	r = forget_volatile(work, err);
	if (r < 0)
		return r;
	if (args->temporary)
		flags |= OVERLAY_VOLATILE;
	r = become_mapped_root(args, upper, err);
	if (r < 0)
		return r;
	r = mount_overlay_fd(lowers.fds, lowers.count, upper, work, flags, &mnt, err);
	if (args->userns_fd >= 0) {
		setfsuid(geteuid());
		setfsgid(getegid());
	}
	if (r < 0)
		return err_wrap(err, "mount the container's root");
	if (args->readonly) {
		change.set = MOUNT_ATTR_RDONLY;
		r = mount_change_fd(mnt, &change, err);
		if (r < 0)
			return r;
	}
	*ret_fd = take_fd(&mnt);
	return 0;
}

static int overlay_changes(const json_t *description, const struct snapshot_place *place,
			   json_t **ret, struct err *err)
{
	struct snapshot_lowers lowers cleanup_lowers = { .count = 0 };
	int upper cleanup_fd = -1, r;

	r = snapshot_lowers_open(description, place->lib_fd, true, &lowers, err);
	if (r < 0)
		return r;
	upper = openat(place->container_fd, "upper", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (upper < 0)
		return err_sys(err, errno, "open the container's upper layer");
	return changes_of_upper(upper, lowers.fds, lowers.count, ret, err);
}

static const char *const names[] = { "upper", "work", NULL };

const struct snapshot_driver snapshot_overlay = {
	.name = "overlay",
	.create = overlay_create,
	.mount = overlay_mount,
	.names = names,
	.size_name = "upper",
	.changes = overlay_changes,
};
