/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the layer an entry goes: names checked, parents resolved and made. For the files
 * layer_*.c, in the writer's cage. */
#ifndef CORACLE_ARCHIVE_LAYER_PLACE_H
#define CORACLE_ARCHIVE_LAYER_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "archive/layer_dirs.h"
#include "archive/layer_writer.h"
#include "base/err.h"

struct layer_writer {
	const struct layer_writer_args *args;
	struct layer_dirs dirs;
	int root_fd;
	/* the parent used last: archives are sorted */
	char parent_path[RECORD_NAME_MAX + 1];
	bool parent_strict;
	int parent_fd; /* -1: none */
	int64_t size;
	struct err *err;
};

struct place {
	char path[RECORD_NAME_MAX + 1]; /* clean: no "", ".", ".."; "" is the layer's root */
	char *name;			/* the last component, in `path` */
	int parent_fd;			/* borrowed until the next place; -1 for the root */
};

/* "entry "X": why", ERR_INVALID. */
int layer_refuse(struct layer_writer *w, const char *name, const char *why);

/* Cleans a name of the archive: absolute ones and ".." are refused, except that "/" alone is the
 * root. */
int layer_clean_name(struct layer_writer *w, const char *name, char out[RECORD_NAME_MAX + 1]);

/* The place of a clean path; missing parents are made. Links on the way are followed as long as
 * they stay in the layer; with `strict` (hard links' targets, whiteouts) there may be none. A file
 * on the way is refused, a whiteout becomes an opaque directory. */
int layer_find_place(struct layer_writer *w, struct place *place, bool strict);

/* Forgets the remembered parent: something was removed. */
void layer_forget_parent(struct layer_writer *w);

int layer_note_add(struct layer_writer *w, enum layer_note note, const char *path, int64_t size);

static inline bool layer_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

#endif
