/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decompression of a stream whose kind is told by its first bytes, never by a name or media type:
 * gzip (several members too), zstd (several and skippable frames), bzip2, xz; anything else passes
 * through unchanged. Checksums are verified, and a stream that ends early is an error.
 *
 * Runs inside a decoder's cage: see sandbox.h.
 */
#ifndef CORACLE_ARCHIVE_DECOMPRESS_H
#define CORACLE_ARCHIVE_DECOMPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD, COMPRESSION_OTHER };

enum { COMPRESSION_MAGIC = 6 }; /* bytes that decide */

enum compression compression_of(const void *head, size_t len);

/* How much of the input was used up, in memory that parent and child share. */
struct decompress_progress;
int decompress_progress_new(struct decompress_progress **ret, struct err *err);
void decompress_progress_free(struct decompress_progress *progress);
static inline void decompress_progress_free_ptr(struct decompress_progress **progress)
{
	decompress_progress_free(*progress);
}
#define cleanup_progress __attribute__((cleanup(decompress_progress_free_ptr)))
uint64_t decompress_consumed(const struct decompress_progress *progress);

/* A worker_fn: descriptor 0 to descriptor 1. `arg` is a struct decompress_progress, or NULL. */
int decompress_main(void *arg, struct err *err);

#endif
