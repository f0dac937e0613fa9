/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip and zstd by their own libraries: libarchive's gzip filter checks no CRC, and a damaged
 * archive that is imported has no digest that would tell. bzip2 and xz, which no registry uses, by
 * libarchive's filters.
 */
#include "archive/decompress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum { BLOCK = 128 << 10 };

struct decompress_progress {
	_Atomic uint64_t consumed;
};

struct stream {
	struct decompress_progress *progress; /* may be NULL */
	unsigned char in[BLOCK], out[BLOCK];
	size_t in_len, in_pos; /* bytes of `in` that are there, that are used */
	bool at_end;
};

int decompress_progress_new(struct decompress_progress **ret, struct err *err)
{
	void *page = mmap(NULL, sizeof(struct decompress_progress), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return err_oom(err);
	*ret = page;
	return 0;
}

void decompress_progress_free(struct decompress_progress *progress)
{
	if (progress)
		munmap(progress, sizeof(*progress));
}

uint64_t decompress_consumed(const struct decompress_progress *progress)
{
	return progress->consumed;
}

static bool starts(const void *head, size_t len, const char *magic, size_t magic_len)
{
	return len >= magic_len && memcmp(head, magic, magic_len) == 0;
}

enum compression compression_of(const void *head, size_t len)
{
	const unsigned char *b = head;

	if (starts(head, len, "\x1f\x8b", 2))
		return COMPRESSION_GZIP;
	if (starts(head, len, "\x28\xb5\x2f\xfd", 4) ||
	    (len >= 4 && (b[0] & 0xf0) == 0x50 && starts(b + 1, 3, "\x2a\x4d\x18", 3)))
		return COMPRESSION_ZSTD;
	if (starts(head, len, "BZh", 3) || starts(head, len,
						  "\xfd"
						  "7zXZ\0",
						  6))
		return COMPRESSION_OTHER;
	return COMPRESSION_NONE;
}

/* Appends what one read gives. 0 at the end of the input. */
static ssize_t more(struct stream *s, struct err *err)
{
	ssize_t n;

	if (s->in_pos == s->in_len)
		s->in_pos = s->in_len = 0;
	do
		n = read(0, s->in + s->in_len, BLOCK - s->in_len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "read the archive");
	s->at_end = n == 0;
	s->in_len += n;
	if (s->progress)
		s->progress->consumed += n;
	return n;
}

static int put(const void *data, size_t len, struct err *err)
{
	int r = fd_write_all(1, data, len);

	return r < 0 ? err_sys(err, r, "pass on the archive") : 0;
}

static int truncated(const char *kind, struct err *err)
{
	return err_set(err, ERR_INVALID, EBADMSG, "the %s data end early", kind);
}

static int pass_through(struct stream *s, struct err *err)
{
	int r;

	for (;;) {
		r = put(s->in + s->in_pos, s->in_len - s->in_pos, err);
		if (r < 0)
			return r;
		s->in_pos = s->in_len;
		if (s->at_end)
			return 0;
		r = (int)more(s, err);
		if (r <= 0)
			return r;
	}
}

/* --- gzip ------------------------------------------------------------------------------------- */

static void end_inflate(z_stream *z)
{
	inflateEnd(z);
}

/* One member. `z` is fresh. */
static int gunzip_member(struct stream *s, z_stream *z, struct err *err)
{
	int code = Z_OK, r;

	while (code != Z_STREAM_END) {
		if (s->in_pos == s->in_len && (r = (int)more(s, err)) <= 0)
			return r < 0 ? r : truncated("gzip", err);
		z->next_in = s->in + s->in_pos;
		z->avail_in = s->in_len - s->in_pos;
		z->next_out = s->out;
		z->avail_out = BLOCK;
		code = inflate(z, Z_NO_FLUSH);
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return err_set(err, ERR_INVALID, EBADMSG, "damaged gzip data: %s",
				       z->msg ? z->msg : "no dictionary");
		s->in_pos = s->in_len - z->avail_in;
		r = put(s->out, BLOCK - z->avail_out, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What follows the last member and is none is padding of tapes and tools: ignored, as gzip(1)
 * does, if it is zeros. */
static int gzip_trailer(struct stream *s, struct err *err)
{
	int r;

	for (;;) {
		for (; s->in_pos < s->in_len; s->in_pos++)
			if (s->in[s->in_pos])
				return err_set(err, ERR_INVALID, EBADMSG,
					       "rubbish behind the gzip data");
		r = (int)more(s, err);
		if (r <= 0)
			return r;
	}
}

static int gunzip(struct stream *s, struct err *err)
{
	z_stream z cleanup_with(end_inflate) = { 0 };
	int r;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return err_oom(err);
	for (;;) {
		r = gunzip_member(s, &z, err);
		while (r == 0 && s->in_len - s->in_pos < 2 && !s->at_end) {
			memmove(s->in, s->in + s->in_pos, s->in_len - s->in_pos);
			s->in_len -= s->in_pos;
			s->in_pos = 0;
			r = (int)more(s, err);
			r = r > 0 ? 0 : r;
		}
		if (r < 0)
			return r;
		if (compression_of(s->in + s->in_pos, s->in_len - s->in_pos) != COMPRESSION_GZIP)
			return gzip_trailer(s, err);
		if (inflateReset(&z) != Z_OK)
			return err_oom(err);
	}
}

/* --- zstd ------------------------------------------------------------------------------------- */

static void free_zstd(ZSTD_DCtx **context)
{
	ZSTD_freeDCtx(*context);
}

static int unzstd(struct stream *s, struct err *err)
{
	ZSTD_DCtx *context cleanup_with(free_zstd) = ZSTD_createDCtx();
	size_t pending = 1; /* 0: at the end of a frame */
	int r;

	if (!context)
		return err_oom(err);
	for (;;) {
		ZSTD_inBuffer in = { s->in, s->in_len, s->in_pos };
		ZSTD_outBuffer out = { s->out, BLOCK, 0 };

		if (s->in_pos == s->in_len) {
			r = s->at_end ? 0 : (int)more(s, err);
			if (r <= 0)
				return r < 0 ? r : pending ? truncated("zstd", err) : 0;
			continue;
		}
		do {
			out.pos = 0;
			pending = ZSTD_decompressStream(context, &out, &in);
			if (ZSTD_isError(pending))
				return err_set(err, ERR_INVALID, EBADMSG, "damaged zstd data: %s",
					       ZSTD_getErrorName(pending));
			r = put(s->out, out.pos, err);
			if (r < 0)
				return r;
		} while (in.pos < in.size || (out.pos == BLOCK && pending));
		s->in_pos = s->in_len;
	}
}

/* --- bzip2, xz -------------------------------------------------------------------------------- */

static la_ssize_t filter_read(struct archive *a, void *arg, const void **ret)
{
	struct stream *s = arg;
	struct err err;
	ssize_t n = 0;

	if (s->in_pos == s->in_len && !s->at_end)
		n = more(s, &err);
	if (n < 0) {
		archive_set_error(a, EIO, "%s", err.text);
		return -1;
	}
	*ret = s->in + s->in_pos;
	n = s->in_len - s->in_pos;
	s->in_pos = s->in_len;
	return n;
}

static void free_archive(struct archive **a)
{
	archive_read_free(*a);
}

static int by_libarchive(struct stream *s, struct err *err)
{
	struct archive *a cleanup_with(free_archive) = archive_read_new();
	struct archive_entry *entry;
	la_ssize_t n;
	int r;

	if (!a)
		return err_oom(err);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	if (archive_read_open(a, s, NULL, filter_read, NULL) != ARCHIVE_OK)
		return err_set(err, ERR_INVALID, EBADMSG, "damaged data: %s",
			       archive_error_string(a));
	r = archive_read_next_header(a, &entry);
	if (r == ARCHIVE_EOF)
		return 0;
	while (r == ARCHIVE_OK && (n = archive_read_data(a, s->out, BLOCK)) != 0) {
		if (n < 0)
			break;
		r = put(s->out, n, err);
		if (r < 0)
			return r;
	}
	return r == ARCHIVE_OK && n == 0
		   ? 0
		   : err_set(err, ERR_INVALID, EBADMSG, "damaged data: %s",
			     archive_error_string(a) ? archive_error_string(a) : "unknown");
}

int decompress_main(void *arg, struct err *err)
{
	struct stream *s cleanup_free = calloc(1, sizeof(*s));
	ssize_t n;

	if (!s)
		return err_oom(err);
	s->progress = arg;
	while (s->in_len < COMPRESSION_MAGIC && !s->at_end) {
		n = more(s, err);
		if (n < 0)
			return (int)n;
	}
	switch (compression_of(s->in, s->in_len)) {
	case COMPRESSION_GZIP:
		return gunzip(s, err);
	case COMPRESSION_ZSTD:
		return unzstd(s, err);
	case COMPRESSION_OTHER:
		return by_libarchive(s, err);
	case COMPRESSION_NONE:
		break;
	}
	return pass_through(s, err);
}
