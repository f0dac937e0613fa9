/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of a layer whose attributes are set once everything is in them: a mode may forbid
 * what follows, and every file that is made moves the time. Also remembers those that exist only
 * because something below them does.
 */
#ifndef CORACLE_ARCHIVE_LAYER_DIRS_H
#define CORACLE_ARCHIVE_LAYER_DIRS_H

#include <stdbool.h>

#include "archive/record.h"

struct layer_dir {
	char *path; /* "" is the layer's root */
	size_t order;
	bool implied; /* no entry of its own */
	uint32_t mode, uid, gid, mtime_ns;
	int64_t mtime_s;
	struct entry_xattr *xattrs;
	size_t xattr_count;
};

/* One name of 4095 bytes implies two thousand directories: a small archive could fill a disk. */
enum { LAYER_IMPLIED_MAX = 65536 };

struct layer_dirs {
	struct layer_dir *items;
	size_t count, room, implied;
};

void layer_dirs_clear(struct layer_dirs *dirs);

/* Takes the attributes of `entry` out of it. */
int layer_dirs_add(struct layer_dirs *dirs, const char *path, struct entry *entry, struct err *err);
int layer_dirs_add_implied(struct layer_dirs *dirs, const char *path, struct err *err);

/* Sorts by path and keeps one of each: its last entry, or the implied one where it had none. */
void layer_dirs_settle(struct layer_dirs *dirs);

#endif
