/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where everything lives (see ARCHITECTURE.md, State). Two trees: `lib` (what was asked for) and
 * `run` (what was started). --root and CORACLE_ROOT move the first, and the second then moves to a
 * name made from the first, so that two roots never see each other's containers, groups or rules.
 */
#ifndef CORACLE_ENGINE_ROOT_ROOT_H
#define CORACLE_ENGINE_ROOT_ROOT_H

#include <stdbool.h>

#include "base/err.h"

struct root {
	char *lib, *run;    /* absolute, without links */
	int lib_fd, run_fd; /* O_PATH|O_DIRECTORY */
	int containers_fd, run_containers_fd;
	int live_fd;	    /* lib/stamp, flock LOCK_SH: somebody uses the tree; monitors keep it */
	int shared_lock_fd; /* flock LOCK_SH on the run directory: the stamp is valid while held */
	bool system;	    /* uid 0 with CAP_SYS_ADMIN in the initial user namespace's sense */
	char *cgroup_parent; /* "coracle", or "coracle-<8 hex>" for another root */
};

/* `dir` is --root: NULL or "" for CORACLE_ROOT, else the default of this user. Makes what is
 * missing, every directory 0700; a directory of somebody else, or one that is neither empty nor a
 * root, is refused (ERR_DENIED, ERR_INVALID). Waits for a command that is just declaring the old
 * run tree stale. */
int root_open(const char *dir, struct root **ret, struct err *err);
void root_close(struct root *root);

/* Whether `dir` (an absolute path) is a root that was opened before. For the clean-up after a run:
 * a root that was removed meanwhile is not made again. */
bool root_is_there(const char *dir);

/* A directory of the lib tree ("layers"), made 0700 where missing, its owner and mode asserted.
 * O_PATH|O_DIRECTORY. */
int root_subdir(const struct root *root, const char *name, int *ret_fd, struct err *err);

/* Descriptors of containers/<id> in either tree, made (0700) with `create`. O_PATH|O_DIRECTORY.
 * -ENOENT with ERR_NOT_FOUND where missing. */
int root_container_dir(const struct root *root, const char *id, bool create, int *ret_fd,
		       struct err *err);
int root_run_dir(const struct root *root, const char *id, bool create, int *ret_fd,
		 struct err *err);

/* Appends one JSON document as a line to run/events, rotating it at 1 MiB (one old file,
 * events.1). */
#define ROOT_EVENTS "events"
#define ROOT_EVENTS_OLD "events.1"
int root_append_event(const struct root *root, const char *line, struct err *err);

#endif
