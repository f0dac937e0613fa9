/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the run tree is to be believed.
 *
 * The file `stamp` holds the boot id, the PID namespace and the start time of its PID 1 under which
 * the tree was made, and the root that it belongs to. When they differ from ours, every pid in the
 * tree means somebody else, or nobody: the machine was restarted (/run is not a tmpfs everywhere).
 *
 * Each command holds a shared flock(2) on the run directory for as long as it believes the stamp.
 * Whoever finds another stamp takes the lock exclusively, looks again, renames the tree aside, and
 * begins anew. The lock is the old directory's: who waited for it finds that the name now means
 * another directory, and begins anew as well.
 *
 * The same boot but another PID namespace is most often a container that was given our directories:
 * as long as anything of the tree lives, its owner is right and we are refused. (That the other has
 * only the lib tree in common with us is hold_lib.c's case.)
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/root/internal.h"
#include "engine/root/stamp.h"
#include "linux/flock.h"
#include "runtime/cgroup/cgroup.h"

enum { EXCLUSIVE_TRIES = 100, EXCLUSIVE_PAUSE_MS = 50 };

static bool group_lives(const struct root *root, const char *id)
{
	char *path cleanup_free = str_printf("%s/%s", root->cgroup_parent, id);
	struct cgroup *group cleanup_cgroup = NULL;
	bool populated = false;

	if (path && cgroup_open(path, &group, NULL) == 0)
		cgroup_is_populated(group, &populated, NULL);
	return populated;
}

/* Whether any container of the tree has a living monitor or a populated group. */
static bool anything_lives(const struct root *root, int run_fd)
{
	int fd = openat(run_fd, "containers", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *lock cleanup_free = NULL;

		if (entry->d_name[0] == '.')
			continue;
		lock = path_join(entry->d_name, "monitor.lock");
		if (lock && flock_is_held(dirfd(dir), lock) == 1)
			return true;
		if (group_lives(root, entry->d_name))
			return true;
	}
	return false;
}

/* Not flock_wait(): in the case of a foreign PID namespace a `logs -f` there may hold the lock for
 * days. */
static int lock_exclusively(const struct root *root, int fd, struct err *err)
{
	int tries, r = 1;

	for (tries = 0; tries < EXCLUSIVE_TRIES; tries++) {
		r = flock_try(fd, FLOCK_EXCLUSIVE);
		if (r <= 0)
			break;
		poll(NULL, 0, EXCLUSIVE_PAUSE_MS);
	}
	if (r < 0)
		return err_sys(err, r, "lock %s", root->run);
	if (r > 0)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "%s is from before the machine's last start, but a command still "
			       "uses it",
			       root->run);
	return 0;
}

static bool is_still_named(const struct root *root, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(root->run, &named) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* Under the exclusive lock. The tree leaves its name in one step and is then removed: what it says
 * about processes is void. */
static int put_aside(const struct root *root, struct err *err)
{
	char *aside cleanup_free = NULL;
	char random[17];

	if (str_random_hex(random, 8) < 0)
		return err_sys(err, EIO, "getrandom");
	aside = str_printf("%s.stale-%s", root->run, random);
	if (!aside)
		return err_oom(err);
	if (rename(root->run, aside) < 0)
		return err_sys(err, errno, "rename %s aside", root->run);
	if (fd_remove_tree_at(AT_FDCWD, aside, NULL) < 0)
		log_warn("%s could not be removed", aside);
	return 0;
}

static int write_stamp(const struct root *root, int run_fd, const struct stamp *stamp,
		       struct err *err)
{
	char *text cleanup_free = stamp_text(root, stamp);

	if (!text)
		return err_oom(err);
	return fd_replace_file_at(run_fd, STAMP_FILE, text, strlen(text), 0600, err);
}

/* Under the exclusive lock: 0 when the tree is to be believed now, 1 when it was put aside. */
static int renew(const struct root *root, int fd, const struct stamp *now, struct err *err)
{
	struct stamp old;
	int r = stamp_read(root, fd, STAMP_FILE, &old, err);

	if (r < 0)
		return r;
	if (r == 1)
		return write_stamp(root, fd, now, err);
	if (stamp_same(&old, now))
		return 0;
	if (stamp_same_boot(&old, now) && anything_lives(root, fd))
		return stamp_refuse(root, &old, now, err);
	r = put_aside(root, err);
	return r < 0 ? r : 1;
}

/* 0: held and believed; 1: look again. */
static int try_hold(const struct root *root, int fd, const struct stamp *now, struct err *err)
{
	struct stamp old;
	int r;

	r = flock_wait(fd, FLOCK_SHARED);
	if (r < 0)
		return err_sys(err, r, "lock %s", root->run);
	if (!is_still_named(root, fd))
		return 1;
	r = stamp_read(root, fd, STAMP_FILE, &old, err);
	if (r < 0)
		return r;
	if (r == 0 && stamp_same(&old, now))
		return 0;
	/* Before waiting for a lock that a foreign command may hold for long. */
	if (r == 0 && stamp_same_boot(&old, now) && anything_lives(root, fd))
		return stamp_refuse(root, &old, now, err);
	flock_release(fd);
	r = lock_exclusively(root, fd, err);
	if (r == 0 && is_still_named(root, fd))
		r = renew(root, fd, now, err);
	return r < 0 ? r : 1;
}

int root_hold_run(struct root *root, const struct stamp *now, struct err *err)
{
	int r;

	do {
		int run cleanup_fd = -1, lock cleanup_fd = -1;

		r = root_own_dir(AT_FDCWD, root->run, &run, err);
		if (r < 0)
			return r;
		lock = openat(run, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (lock < 0)
			return err_sys(err, errno, "open %s", root->run);
		r = try_hold(root, lock, now, err);
		if (r == 0) {
			root->run_fd = take_fd(&run);
			root->shared_lock_fd = take_fd(&lock);
		}
	} while (r > 0);
	return r;
}
