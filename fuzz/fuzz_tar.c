/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a layer's bytes: decompressor, tar parser, and the reader of records, which must take
 * what the parser says and survive what it would never say. In one process, without the cages. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/decompress.h"
#include "archive/record.h"
#include "archive/tar_parse.h"
#include "base/cleanup.h"
#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Input and output of the next stage: the last one's output, and an empty file. */
static void next_stage(void)
{
	int out = memfd_create("out", MFD_CLOEXEC);

	if (lseek(1, 0, SEEK_SET) < 0 || dup2(1, 0) < 0 || out < 0 || dup2(out, 1) < 0)
		abort();
	close(out);
}

static void read_records(bool trusted)
{
	struct record_reader reader cleanup_record_reader = { .fd = -1 };
	struct entry *entry cleanup_free = calloc(1, sizeof(*entry));
	const void *piece;
	uint64_t offset;
	size_t len;
	int r = 1;

	if (!entry || record_reader_init(&reader, 0, NULL) < 0)
		abort();
	while (r > 0 && (r = record_next(&reader, entry, NULL)) > 0)
		if (entry->head.type == RECORD_FILE) {
			while ((r = record_data(&reader, &offset, &piece, &len, NULL)) > 0)
				;
			r = r < 0 ? r : 1;
		}
	entry_clear(entry);
	/* what the parser ended properly is readable to its end */
	if (trusted && r != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tar_parse_args args = { .need_end = false };
	struct err err = { 0 };
	int in;

	if (size < 1)
		return 0;
	in = memfd_create("in", MFD_CLOEXEC);
	if (in < 0 || fd_write_all(in, data + 1, size - 1) < 0 || dup2(in, 1) < 0)
		abort();
	close(in);
	next_stage();
	if (*data == 'r') {
		read_records(false);
		return 0;
	}
	if (*data == 'z') {
		if (decompress_main(NULL, &err) < 0)
			return 0;
		next_stage();
	}
	if (tar_parse_main(&args, &err) < 0)
		return 0;
	next_stage();
	read_records(true);
	return 0;
}
