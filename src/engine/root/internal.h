/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#ifndef CORACLE_ENGINE_ROOT_INTERNAL_H
#define CORACLE_ENGINE_ROOT_INTERNAL_H

#include "engine/root/root.h"

/* paths.c: fills lib, run, system and cgroup_parent; the lib directory exists afterwards. */
int root_choose_paths(struct root *root, const char *dir, struct err *err);

/* dirs.c: opens a directory of ours below `dirfd` (AT_FDCWD: a path), made 0700 where missing.
 * Another owner is ERR_DENIED; a looser mode of our own directory is tightened. O_PATH. */
int root_own_dir(int dirfd, const char *name, int *ret_fd, struct err *err);
/* The same for the top of the lib tree, where a looser mode is tightened only when the directory is
 * empty or already a root: `--root /etc` must not change /etc. */
int root_own_top(const char *path, int *ret_fd, struct err *err);

struct stamp;

/* hold_lib.c: holds the lib tree shared, after its stamp was found ours or made ours.
 * hold_run.c: opens the run tree and holds it shared, after the stamp was found true, or the old
 * tree was put aside and a new one stamped. */
int root_hold_lib(struct root *root, const struct stamp *now, struct err *err);
int root_hold_run(struct root *root, const struct stamp *now, struct err *err);

#endif
