/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether somebody else uses this lib tree.
 *
 * A container may be given /var/lib and not /run: it would find no run tree, take all containers
 * for dead, and mount an upper layer that is mounted already. So the lib tree has a stamp of its
 * own, and who uses the tree holds a shared flock(2) on that file: every command, and every monitor
 * (it inherits the lock from the command that started it). Another stamp than ours may only be
 * replaced under the exclusive lock, which is to be had when no command and no container of the
 * other side is left. After a restart of the machine that is always so.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/root/internal.h"
#include "engine/root/stamp.h"
#include "linux/flock.h"

enum { TRIES = 20, PAUSE_MS = 25 }; /* a foreign command is short, a foreign container is not */

static int lock_exclusively(const struct root *root, int fd, const struct stamp *old,
			    const struct stamp *now, struct err *err)
{
	int tries, r = 1;

	for (tries = 0; r == 1 && tries < TRIES; tries++) {
		r = flock_try(fd, FLOCK_EXCLUSIVE);
		if (r == 1)
			poll(NULL, 0, PAUSE_MS);
	}
	if (r < 0)
		return err_sys(err, r, "lock %s/" STAMP_FILE, root->lib);
	return r == 1 ? stamp_refuse(root, old, now, err) : 0;
}

/* In place, under the exclusive lock: a new file would be without the lock. Half of it, left by a
 * crash, is a stamp that is nobody's. */
static int write_stamp(const struct root *root, int fd, const struct stamp *now, struct err *err)
{
	char *text cleanup_free = stamp_text(root, now);
	int r;

	if (!text)
		return err_oom(err);
	r = ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0
		? -errno
		: fd_write_all(fd, text, strlen(text));
	return r < 0 ? err_sys(err, r, "write %s/" STAMP_FILE, root->lib) : 0;
}

/* 0: held and ours; 1: look again. */
static int try_hold(const struct root *root, int fd, const struct stamp *now, struct err *err)
{
	struct stamp old = { 0 };
	int r = flock_wait(fd, FLOCK_SHARED);

	if (r < 0)
		return err_sys(err, r, "lock %s/" STAMP_FILE, root->lib);
	r = stamp_read(root, root->lib_fd, STAMP_FILE, &old, err);
	if (r < 0 || (r == 0 && stamp_same(&old, now)))
		return r;
	flock_release(fd);
	r = lock_exclusively(root, fd, &old, now, err);
	if (r == 0)
		r = stamp_read(root, root->lib_fd, STAMP_FILE, &old, err);
	if (r >= 0 && (r == 1 || !stamp_same(&old, now)))
		r = write_stamp(root, fd, now, err);
	return r < 0 ? r : 1;
}

int root_hold_lib(struct root *root, const struct stamp *now, struct err *err)
{
	int fd cleanup_fd =
	    openat(root->lib_fd, STAMP_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return err_sys(err, errno, "open %s/" STAMP_FILE, root->lib);
	do
		r = try_hold(root, fd, now, err);
	while (r > 0);
	if (r == 0)
		root->live_fd = take_fd(&fd);
	return r;
}
