/* SPDX-License-Identifier: Apache-2.0 */
/* Makes tar archives byte by byte, so that a test can make wrong ones too. */
#ifndef CORACLE_TESTS_TAR_MAKER_H
#define CORACLE_TESTS_TAR_MAKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct tar_entry {
	const char *name, *link, *data;
	char type; /* '0' file, '1' hard link, '2' link, '3' char, '4' block, '5' dir, '6' fifo */
	unsigned mode, uid, gid, major, minor;
	const char *pax[9];   /* key, value, …, NULL: an extended header in front */
	size_t pax_value_len; /* of the first value; 0: its strlen */
	long mtime;
};

static inline void tar_pad(struct buf *b)
{
	while (b->len % 512)
		buf_add_char(b, '\0');
}

static inline void tar_header(struct buf *b, const struct tar_entry *e, size_t size)
{
	char h[512] = { 0 };
	unsigned sum = 0;
	size_t i;

	strncpy(h, e->name, 100);
	snprintf(h + 100, 8, "%07o", e->mode ? e->mode : e->type == '5' ? 0755 : 0644);
	snprintf(h + 108, 8, "%07o", e->uid);
	snprintf(h + 116, 8, "%07o", e->gid);
	snprintf(h + 124, 12, "%011zo", size);
	snprintf(h + 136, 12, "%011lo", e->mtime ? e->mtime : 1000000000);
	h[156] = e->type ? e->type : '0';
	if (e->link)
		strncpy(h + 157, e->link, 100);
	memcpy(h + 257, "ustar\00000", 8);
	snprintf(h + 329, 8, "%07o", e->major);
	snprintf(h + 337, 8, "%07o", e->minor);
	memset(h + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	buf_add(b, h, 512);
}

static inline void tar_pax(struct buf *b, const struct tar_entry *e)
{
	struct buf records = BUF_INIT(1 << 20);
	struct tar_entry x = { .name = "pax", .type = 'x' };
	size_t i, len, total, digits;
	char number[24];

	for (i = 0; e->pax[i]; i += 2) {
		len = i == 0 && e->pax_value_len ? e->pax_value_len : strlen(e->pax[i + 1]);
		total = strlen(e->pax[i]) + len + 3; /* space, =, newline */
		digits = (size_t)snprintf(number, sizeof(number), "%zu", total);
		digits = (size_t)snprintf(number, sizeof(number), "%zu", total + digits);
		buf_printf(&records, "%zu %s=", total + digits, e->pax[i]);
		buf_add(&records, e->pax[i + 1], len);
		buf_add_char(&records, '\n');
	}
	tar_header(b, &x, records.len);
	buf_add(b, records.data, records.len);
	tar_pad(b);
	buf_free(&records);
}

static inline void tar_add(struct buf *b, struct tar_entry e)
{
	size_t size = e.data ? strlen(e.data) : 0;

	if (e.pax[0])
		tar_pax(b, &e);
	tar_header(b, &e, size);
	if (size > 0)
		buf_add(b, e.data, size);
	tar_pad(b);
}

static inline void tar_end(struct buf *b)
{
	static const char zeros[1024];

	buf_add(b, zeros, sizeof(zeros));
}

#endif
