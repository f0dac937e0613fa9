/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One directory as an overlay of read-only layers would show it: the directories of that path in
 * each layer that still counts, the top one first. Whiteouts and opaque marks are heeded as
 * overlayfs does, without mounting anything. The layers may come from a stranger's image: nothing
 * here follows a link or crosses a mount.
 */
#ifndef CORACLE_ENGINE_IMAGE_DIRSET_H
#define CORACLE_ENGINE_IMAGE_DIRSET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/str.h"

struct dirset {
	int *fds; /* owned; O_RDONLY directories */
	size_t count;
};

void dirset_close(struct dirset *set);
#define cleanup_dirset __attribute__((cleanup(dirset_close)))

/* The roots of the layers (borrowed; O_PATH will do). */
int dirset_open(const int *layers, size_t count, struct dirset *ret, struct err *err);

struct dirset_hit {
	struct stat st;
	int fd; /* borrowed: the directory that holds the entry */
};

/* What the merged directory has under `name`: 1 with *ret_hit (may be NULL) and, for a directory,
 * its own set in *ret_child (may be NULL; left empty for anything else); 0: nothing. */
int dirset_find(const struct dirset *set, const char *name, struct dirset_hit *ret_hit,
		struct dirset *ret_child, struct err *err);

/* The names of the merged directory, in no order. */
int dirset_list(const struct dirset *set, struct strv *names, struct err *err);

/* A character device 0:0. */
static inline bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/* Whether the directory `fd` (not O_PATH) hides what lower layers have in its place. */
bool is_opaque(int fd);

#endif
