/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes files of a layer's records, in the writer's cage, where / is the layer's directory.
 *
 * Even so names are resolved beneath it and never through a link that leads out: an entry that
 * wants to leave is a hostile one and ends the layer with one line, instead of landing elsewhere in
 * it. Whiteouts become character devices 0:0. What only the parent can finish (opaque marks, the
 * attributes of directories that the archive did not mention) is written to the report.
 */
#ifndef CORACLE_ARCHIVE_LAYER_WRITER_H
#define CORACLE_ARCHIVE_LAYER_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct layer_writer_args {
	bool bottom;	 /* there is no layer below: whiteouts hide nothing */
	bool squash;	 /* every file belongs to the one id there is */
	bool no_devices; /* device nodes are left out: an ordinary user cannot make them */
};

/* One line of the report: what is to be done with the directory `path` (beneath the layer, ""
 * for its root). Fixed head, then the path. */
enum layer_note { LAYER_OPAQUE = 1, LAYER_IMPLICIT, LAYER_SIZE };
struct layer_note_head {
	uint32_t note, path_len;
	int64_t size; /* LAYER_SIZE: bytes of all files */
};

/* A worker_fn: descriptor 0: records, descriptor 1: the report, a regular file. `arg` is struct
 * layer_writer_args. */
int layer_writer_main(void *arg, struct err *err);

#endif
