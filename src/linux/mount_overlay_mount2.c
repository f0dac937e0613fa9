/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlays by mount(2), for kernels before 6.8 and for layers that newer ones refuse.
 *
 * mount(2) can only attach, and takes paths; neither may touch the caller's mount table. So:
 *
 *   here      every layer is copied into a mount fd of its own (open_tree works only on mounts of
 *             the caller's namespace, so this comes first); upper and work must lie in one mount,
 *             hence a copy of the directory that holds both
 *   child     shares our memory and descriptors, has a mount namespace of its own, a slave of ours.
 *             A tmpfs over its / is reached through its descriptor as the working directory:
 *                 ./0 ./1 …   the layers, attached
 *                 ./rw        the directory of upper and work
 *                 ./m         the overlay, by short relative names: 500 layers fit mount(2)'s page
 *             hands out an open_tree copy of ./m through the shared table, and exits
 *   here      goes on with that descriptor; the namespace is gone, the overlay holds its layers
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "linux/mount.h"
#include "linux/mount_overlay.h"
#include "linux/spawn.h"

enum { MOUNT_DATA_MAX = 4095 }; /* mount(2) copies one page */

struct overlay_work {
	const struct overlay_request *req;
	int tmpfs_fd, rw_fd;
	int *layer_fds; /* lower_count of them */
	const char *data;
	/* written by the child */
	int mnt_fd;
	int failed;
	const char *failed_step;
};

static void overlay_work_free(struct overlay_work *w)
{
	close_fd(&w->tmpfs_fd);
	close_fd(&w->rw_fd);
	close_fd(&w->mnt_fd);
	for (size_t i = 0; w->layer_fds && i < w->req->lower_count; i++)
		close_fd(&w->layer_fds[i]);
	free(w->layer_fds);
}

static int step_failed(struct overlay_work *w, const char *step)
{
	w->failed = errno;
	w->failed_step = step;
	return 1;
}

/* In the child: root of a new mount namespace (or of the caller's user namespace), memory and
 * descriptors shared with the sleeping caller. Must not allocate. */
static int attach_layers(struct overlay_work *w)
{
	char name[16];

	for (size_t i = 0; i < w->req->lower_count; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		if (mkdir(name, 0700) < 0)
			return step_failed(w, "make a mount point");
		if (move_mount(w->layer_fds[i], "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return step_failed(w, "attach a layer");
	}
	if (w->rw_fd < 0)
		return 0;
	if (mkdir("rw", 0700) < 0)
		return step_failed(w, "make a mount point");
	if (move_mount(w->rw_fd, "", AT_FDCWD, "rw", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return step_failed(w, "attach the upper layer");
	return 0;
}

static int overlay_child(void *arg)
{
	struct overlay_work *w = arg;
	unsigned long flags = w->req->flags & OVERLAY_READ_ONLY ? MS_RDONLY : 0;

	/* Slave: what we mount here must not appear in the caller's namespace. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return step_failed(w, "separate a mount namespace (is / a mount point?)");
	if (move_mount(w->tmpfs_fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    fchdir(w->tmpfs_fd) < 0 || mkdir("m", 0700) < 0)
		return step_failed(w, "make a place to mount");
	if (attach_layers(w))
		return 1;
	if (mount("overlay", "m", "overlay", flags, w->data) < 0)
		return step_failed(w, "mount");
	w->mnt_fd = open_tree(AT_FDCWD, "m", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (w->mnt_fd < 0)
		return step_failed(w, "copy the mount");
	return 0;
}

/* Before 6.15 a mount that is attached nowhere cannot be copied: it is used up itself. `layer` is
 * its root then. */
static int copy_layer(int layer, int *ret_fd, struct err *err)
{
	int r = mount_clone_fd(layer, "", false, ret_fd, err);

	if (r != -EINVAL)
		return r;
	*ret_fd = fcntl(layer, F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? err_sys(err, errno, "overlay: duplicate a layer") : 0;
}

static int copy_layers(struct overlay_work *w, struct err *err)
{
	int r = 0;

	w->layer_fds = calloc(w->req->lower_count, sizeof(int));
	if (!w->layer_fds)
		return err_oom(err);
	for (size_t i = 0; i < w->req->lower_count; i++)
		w->layer_fds[i] = -1;
	for (size_t i = 0; r == 0 && i < w->req->lower_count; i++)
		r = copy_layer(w->req->lowers[i], &w->layer_fds[i], err);
	return r;
}

/* The name of the directory `fd` in `parent_fd`. The kernel's path of a descriptor is only a hint:
 * what it names must be the same directory. */
static int name_in_parent(int fd, int parent_fd, char name[NAME_MAX + 1], struct err *err)
{
	char link[40], path[PATH_MAX];
	struct stat want, have;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return err_sys(err, errno, "overlay: read %s", link);
	path[n] = '\0';
	snprintf(name, NAME_MAX + 1, "%s", basename(path));
	if (fstat(fd, &want) < 0 || fstatat(parent_fd, name, &have, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "overlay: find the upper layer");
	if (want.st_dev != have.st_dev || want.st_ino != have.st_ino)
		return err_invalid(err, "overlay: the upper layer was moved");
	/* These end or escape a word in mount(2)'s options. */
	if (strpbrk(name, ",:\\"))
		return err_invalid(
		    err, "overlay: the upper directory's name \"%s\" holds , : or \\", name);
	return 0;
}

static int copy_upper(struct overlay_work *w, struct buf *data, struct err *err)
{
	char upper[NAME_MAX + 1], work[NAME_MAX + 1];
	int parent cleanup_fd = -1, other cleanup_fd = -1, r;
	struct stat a, b;

	parent = openat(w->req->upper, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	other = openat(w->req->work, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 || other < 0 || fstat(parent, &a) < 0 || fstat(other, &b) < 0)
		return err_sys(err, errno, "overlay: find the upper layer");
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return err_invalid(err, "overlay: upper and work must be in one directory");
	r = name_in_parent(w->req->upper, parent, upper, err);
	if (r == 0)
		r = name_in_parent(w->req->work, parent, work, err);
	if (r == 0)
		r = copy_layer(parent, &w->rw_fd, err);
	if (r == 0)
		buf_printf(data, ",upperdir=rw/%s,workdir=rw/%s", upper, work);
	return r;
}

static int write_data(struct overlay_work *w, struct buf *data, struct err *err)
{
	unsigned flags = w->req->flags;
	int r = 0;

	buf_add_str(data, "lowerdir=");
	for (size_t i = 0; i < w->req->lower_count; i++)
		buf_printf(data, "%s%zu", i ? ":" : "", i);
	if (w->req->upper >= 0)
		r = copy_upper(w, data, err);
	for (size_t i = 0; i < OVERLAY_OPTIONS; i++) {
		const struct overlay_option *o = &overlay_options[i];

		if (flags & o->flag)
			buf_printf(data, ",%s%s%s", o->key, o->value ? "=" : "",
				   o->value ? o->value : "");
	}
	if (r == 0 && data->failed)
		r = err_sys(err, data->failed, "overlay: options");
	return r;
}

int overlay_by_mount2(const struct overlay_request *req, int *ret_mnt_fd, struct err *err)
{
	struct overlay_work w cleanup_with(
	    overlay_work_free) = { .req = req, .tmpfs_fd = -1, .rw_fd = -1, .mnt_fd = -1 };
	static const char *const tmpfs_options[] = { "mode=0700", NULL };
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	struct buf data cleanup_buf = BUF_INIT(MOUNT_DATA_MAX);
	int status, r;

	r = copy_layers(&w, err);
	if (r == 0)
		r = write_data(&w, &data, err);
	if (r == 0)
		r = mount_fs_fd("tmpfs", "overlay", tmpfs_options, 0, 0, &w.tmpfs_fd, err);
	if (r < 0)
		return r;
	w.data = buf_str(&data);
	args.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_NEWNS;
	r = spawn(&args, overlay_child, &w, &child, err);
	if (r < 0)
		return r;
	r = spawn_wait(child.pid, &status, err);
	if (r < 0)
		return r;
	if (w.failed)
		return err_sys(err, w.failed, "overlay: %s", w.failed_step);
	if (w.mnt_fd < 0)
		return err_set(err, ERR_ENGINE, EIO, "overlay: the helper was killed");
	*ret_mnt_fd = take_fd(&w.mnt_fd);
	return 0;
}
