/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses a plain tar stream (ustar, GNU, pax) and says what it holds as records (record.h): the
 * only place where tar headers are looked at. Runs inside a decoder's cage.
 */
#ifndef CORACLE_ARCHIVE_TAR_PARSE_H
#define CORACLE_ARCHIVE_TAR_PARSE_H

#include <stdbool.h>

#include "base/err.h"

struct tar_parse_args {
	bool need_end; /* an archive without its end mark is an error: no digest would tell */
};

/* Called in the parent before the fork: libc's character set tables, which libarchive asks for, can
 * only be loaded while there are files. */
void tar_parse_prepare(void);

/* A worker_fn: descriptor 0 (tar) to descriptor 1 (records). `arg` is struct tar_parse_args. Reads
 * the input to its end, so that whoever hashes it has seen all. */
int tar_parse_main(void *arg, struct err *err);

#endif
