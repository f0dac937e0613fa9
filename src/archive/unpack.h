/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's blob becomes a directory. */
#ifndef CORACLE_ARCHIVE_UNPACK_H
#define CORACLE_ARCHIVE_UNPACK_H

#include "archive/layer_writer.h"
#include "archive/pipeline.h"

struct unpack_args {
	int blob_fd;	     /* at its beginning; compressed or not. Borrowed */
	int dir_fd;	     /* an empty directory. Borrowed */
	const char *diff_id; /* what the tar stream must hash to; NULL: anything, it is only told */
	struct archive_limits limits;
	bool need_end; /* see tar_parse.h */
	int copy_fd;   /* the plain tar is written here as well; -1 */
	struct layer_writer_args writer;
	const struct userns_maps *maps; /* NULL: as root */
};

struct unpack_result {
	char diff_id[SHA256_TEXT];
	uint64_t tar_size;
	int report_fd; /* owned: what layer_report_next() reads */
};

/* On failure the directory is half filled and of no use. The report is not applied yet: marks and
 * attributes that need the parent's rights come last, when no child can change the tree under it.
 */
int unpack_layer(const struct unpack_args *args, struct unpack_result *ret, struct err *err);

/* The next note: 1; 0 at the end. `path` holds RECORD_NAME_MAX + 1 bytes. */
int layer_report_next(int report_fd, struct layer_note_head *ret, char *path, struct err *err);

#endif
