/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a hostile tree: resolved once, by openat2(2) (5.6), into a descriptor that is kept.
 * A path string is never resolved a second time.
 *
 *   in root   links and ".." resolve as if `root_fd` were "/": for paths a container names;
 *   beneath   no links at all and no way up: for trees whose layout is ours. (With both O_PATH and
 *             O_NOFOLLOW a final link is opened itself.)
 * Magic links (/proc/PID/fd/N) are never followed. All descriptors are O_CLOEXEC.
 */
#ifndef CORACLE_LINUX_OPENAT2_H
#define CORACLE_LINUX_OPENAT2_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Each returns a descriptor or -errno. `flags` as in open(2), `mode` with O_CREAT. A race with a
 * rename (EAGAIN) is retried a bounded number of times. */
int open_in_root(int root_fd, const char *path, int flags, mode_t mode);
int open_beneath(int dir_fd, const char *path, int flags, mode_t mode);
/* Any RESOLVE_* set. */
int open_resolve(int dir_fd, const char *path, int flags, mode_t mode, uint64_t resolve);

/* mkdir -p in the root: missing components are made with `mode`, one by one, each by the
 * descriptor of its parent; existing links are followed within the root, but a component is never
 * made through a dangling one (ELOOP). Returns an O_PATH descriptor of the directory in *ret_fd. */
int mkdir_in_root(int root_fd, const char *path, mode_t mode, int *ret_fd, struct err *err);

/* The parent of `path` (made as by mkdir_in_root when `make_mode` is not 0) and the last component:
 * *ret_name is malloc'ed. For mknodat, symlinkat, and the like. A path that ends in "..", "."
 * or is the root is refused. */
int parent_in_root(int root_fd, const char *path, mode_t make_mode, int *ret_fd, char **ret_name,
		   struct err *err);

/* A mount point: an existing thing is opened (O_PATH, links followed within the root); a missing
 * one is made, a directory or an empty regular file (O_EXCL), and its parents as directories. */
int mount_point_in_root(int root_fd, const char *path, bool directory, int *ret_fd,
			struct err *err);

/* --- /proc that is procfs ----------------------------------------------------------------------
 */

/* A descriptor of a procfs that nobody else can mount over: a fresh detached instance where the
 * kernel lets us make one, else /proc itself, verified to be the root of a procfs. */
int procfs_open(int *ret_fd, struct err *err);

/* Opens below such a descriptor ("self" and "thread-self" are resolved first): refuses links,
 * mounts on top, and what is not procfs. Returns a descriptor or -errno. */
int procfs_open_at(int proc_fd, const char *path, int flags);

/* Writes a value to a file below such a descriptor ("self/attr/exec", "sys/net/…") by one write. */
int procfs_write(int proc_fd, const char *path, const char *value, struct err *err);

/* True when the descriptor lies on procfs. */
bool procfs_is(int fd);

#endif
