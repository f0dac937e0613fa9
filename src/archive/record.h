/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tar parser says to whoever takes the entries, over a pipe: a stream of records in the
 * machine's own byte order, both ends being one program.
 *
 *     struct record, name, link, then `xattr_count` times { lengths, name, value };
 *     behind a RECORD_FILE chunks { offset, length, bytes } up to one of length 0.
 *     RECORD_END comes last: without it the stream was cut.
 *
 * The parser handled a stranger's bytes and may no longer be ours: the reader checks every length
 * and every number again.
 */
#ifndef CORACLE_ARCHIVE_RECORD_H
#define CORACLE_ARCHIVE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum record_type {
	RECORD_DIR = 1,
	RECORD_FILE,
	RECORD_SYMLINK,
	RECORD_HARDLINK,
	RECORD_CHAR,
	RECORD_BLOCK,
	RECORD_FIFO,
	RECORD_END,
};

enum {
	RECORD_MAGIC = 0x7261430a,
	RECORD_NAME_MAX = 4095,
	RECORD_XATTRS_MAX = 128,
	RECORD_XATTR_NAME_MAX = 255,
	RECORD_XATTR_VALUE_MAX = 65536,
	RECORD_XATTR_BYTES_MAX = 256 << 10, /* of all of one entry */
	RECORD_CHUNK_MAX = 1 << 20,
};

struct record {
	uint32_t magic, type;
	uint32_t mode; /* 07777 */
	uint32_t uid, gid;
	uint32_t major, minor;
	uint32_t name_len, link_len, xattr_count;
	uint64_t size; /* RECORD_FILE */
	int64_t mtime_s;
	uint32_t mtime_ns, reserved;
};

struct record_xattr {
	uint32_t name_len, value_len;
};

struct record_chunk {
	uint64_t offset;
	uint64_t length;
};

/* --- reading ---------------------------------------------------------------------------------- */

struct entry_xattr {
	char *name;
	void *value;
	size_t len;
};

struct entry {
	struct record head;
	char name[RECORD_NAME_MAX + 1], link[RECORD_NAME_MAX + 1];
	struct entry_xattr xattrs[RECORD_XATTRS_MAX];
	size_t xattr_count;
};
void entry_clear(struct entry *entry);

struct record_reader {
	int fd;
	unsigned char *buffer;
	size_t len, pos;
	uint64_t file_size, file_at; /* of the file whose chunks are read */
};
int record_reader_init(struct record_reader *reader, int fd, struct err *err);
void record_reader_clear(struct record_reader *reader);
#define cleanup_record_reader __attribute__((cleanup(record_reader_clear)))

/* The next entry: 1; 0 at RECORD_END. The chunks of a file must have been read. A stream that is
 * cut is -EPIPE ("the archive ended early"): the parser has the reason. */
int record_next(struct record_reader *reader, struct entry *ret, struct err *err);

/* The next piece of the file's data: 1 with *ret_data (valid until the next call); 0: complete.
 * Offsets grow and stay below the size; what is left out is a hole. */
int record_data(struct record_reader *reader, uint64_t *ret_offset, const void **ret_data,
		size_t *ret_len, struct err *err);

#endif
