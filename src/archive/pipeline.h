/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive on its way through the cages:
 *
 *     file -> decompressor -> [we hash and count the tar] -> parser -> records -> reader
 *
 * Hash and limits are the parent's: a decoder that was taken over can lie about neither.
 */
#ifndef CORACLE_ARCHIVE_PIPELINE_H
#define CORACLE_ARCHIVE_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/decompress.h"
#include "archive/sha256.h"
#include "archive/tar_parse.h"
#include "archive/worker.h"

/*
 * What an archive may become. Compressed data of a few megabytes can stand for terabytes: the tar
 * stream may be `factor` times as large as what came in, and always `floor` bytes; never more than
 * `most` (each in bytes; 0: no limit of that kind). And the file system keeps one percent free.
 */
struct archive_limits {
	uint64_t factor, floor, most;
};
#define ARCHIVE_LIMITS ((struct archive_limits){ 200, 4ull << 30, 0 })

struct pump {
	struct archive_limits limits;
	int space_fd;	     /* on the file system that is filled */
	uint64_t input_size; /* bytes of the compressed archive; 0: not known (a pipe) */
	const struct decompress_progress *progress; /* used where the size is not known */
	struct sha256 *hash;			    /* of the tar stream; may be NULL */
	int copy_fd;				    /* the tar stream is written here too; -1 */
	uint64_t size;				    /* out: bytes of the tar stream */
};

/* `len` more bytes come out: the limits, and now and then the free space. */
int pump_count(struct pump *pump, size_t len, struct err *err);

/* Moves the tar stream from `from` (the input itself or the decompressor's pipe) to `to`, the
 * parser's pipe. -EPIPE: the parser has ended. */
int pump_run(struct pump *pump, int from, int to, struct err *err);

/* What ended it: of several errors the one that is the cause. `own` is pump_run's; `workers` are in
 * the order of the stream, and no descriptor of their pipes is open here any more. */
int pipeline_end(int own, struct worker *const *workers, size_t count, struct err *err);

#endif
