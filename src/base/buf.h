/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable byte buffer that states its maximum. The contents are always followed by a NUL byte
 * that `len` does not count, so that text may be used as a C string.
 */
#ifndef CORACLE_BASE_BUF_H
#define CORACLE_BASE_BUF_H

#include <stddef.h>
#include <stdlib.h>

struct buf {
	char *data; /* NULL while empty */
	size_t len, cap;
	size_t max; /* never grows past this many bytes */
	int failed; /* sticky: -ENOMEM or -E2BIG of the first append that failed */
};

#define BUF_INIT(maximum) ((struct buf){ .max = (maximum) })

static inline void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}
#define cleanup_buf __attribute__((cleanup(buf_free)))

/* Each appends and returns 0, or -ENOMEM, or -E2BIG when it would pass b->max; the contents are
 * then unchanged and b->failed is set, so that a caller may append much and check once. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_str(struct buf *b, const char *text);
int buf_add_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for `more` bytes behind the contents (not counted in len until buf_commit). */
int buf_reserve(struct buf *b, size_t more);
void buf_commit(struct buf *b, size_t added);

/* Removes `count` bytes (at most len) from the front. */
void buf_consume(struct buf *b, size_t count);
void buf_clear(struct buf *b);

/* The contents as a C string, "" when empty; owned by the buffer. */
const char *buf_str(const struct buf *b);

/* Moves the contents out (malloc'ed, NUL-terminated, never NULL unless out of memory). */
char *buf_take(struct buf *b);

#endif
