/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { BUFFER = RECORD_CHUNK_MAX };

int record_reader_init(struct record_reader *reader, int fd, struct err *err)
{
	*reader = (struct record_reader){ .fd = fd, .buffer = malloc(BUFFER) };
	return reader->buffer ? 0 : err_oom(err);
}

void record_reader_clear(struct record_reader *reader)
{
	free(reader->buffer);
	*reader = (struct record_reader){ .fd = -1 };
}

void entry_clear(struct entry *entry)
{
	size_t i;

	for (i = 0; i < entry->xattr_count; i++) {
		free(entry->xattrs[i].name);
		free(entry->xattrs[i].value);
	}
	entry->xattr_count = 0;
}

static int cut(struct err *err)
{
	return err_set(err, ERR_INVALID, EPIPE, "the archive ended early");
}

static int broken(struct err *err)
{
	return err_set(err, ERR_INVALID, EBADMSG, "the tar parser sent what is no record");
}

/* At least `want` bytes (at most BUFFER) in the buffer from `pos` on. */
static int fill(struct record_reader *r, size_t want, struct err *err)
{
	ssize_t n;

	if (r->len - r->pos >= want)
		return 0;
	memmove(r->buffer, r->buffer + r->pos, r->len - r->pos);
	r->len -= r->pos;
	r->pos = 0;
	while (r->len < want) {
		n = read(r->fd, r->buffer + r->len, BUFFER - r->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "read the tar parser's records");
		if (n == 0)
			return cut(err);
		r->len += n;
	}
	return 0;
}

static int take(struct record_reader *r, void *out, size_t len, struct err *err)
{
	int failed = fill(r, len, err);

	if (failed < 0)
		return failed;
	memcpy(out, r->buffer + r->pos, len);
	r->pos += len;
	return 0;
}

/* A text without NUL bytes inside; `out` has room for len + 1. */
static int take_text(struct record_reader *r, char *out, size_t len, struct err *err)
{
	int failed = take(r, out, len, err);

	if (failed < 0)
		return failed;
	out[len] = '\0';
	return strlen(out) == len ? 0 : broken(err);
}

static int take_xattr(struct record_reader *r, struct entry *entry, size_t *bytes, struct err *err)
{
	struct entry_xattr *x = &entry->xattrs[entry->xattr_count];
	struct record_xattr head;
	int failed = take(r, &head, sizeof(head), err);

	if (failed < 0)
		return failed;
	*bytes += (size_t)head.name_len + head.value_len;
	if (head.name_len == 0 || head.name_len > RECORD_XATTR_NAME_MAX ||
	    head.value_len > RECORD_XATTR_VALUE_MAX || *bytes > RECORD_XATTR_BYTES_MAX)
		return broken(err);
	x->name = malloc(head.name_len + 1);
	x->value = malloc(head.value_len + 1);
	x->len = head.value_len;
	entry->xattr_count++;
	if (!x->name || !x->value)
		return err_oom(err);
	failed = take_text(r, x->name, head.name_len, err);
	return failed < 0 ? failed : take(r, x->value, x->len, err);
}

static int check_head(const struct record *head, struct err *err)
{
	if (head->magic != RECORD_MAGIC || head->type < RECORD_DIR || head->type > RECORD_END ||
	    head->mode > 07777 || head->name_len > RECORD_NAME_MAX ||
	    head->link_len > RECORD_NAME_MAX || head->xattr_count > RECORD_XATTRS_MAX ||
	    head->size > INT64_MAX || head->mtime_ns > 999999999 || head->uid == UINT32_MAX ||
	    head->gid == UINT32_MAX)
		return broken(err);
	if (head->type != RECORD_END && head->name_len == 0)
		return broken(err);
	return 0;
}

int record_next(struct record_reader *reader, struct entry *ret, struct err *err)
{
	size_t i, bytes = 0;
	int r;

	entry_clear(ret);
	r = take(reader, &ret->head, sizeof(ret->head), err);
	if (r == 0)
		r = check_head(&ret->head, err);
	if (r == 0)
		r = take_text(reader, ret->name, ret->head.name_len, err);
	if (r == 0)
		r = take_text(reader, ret->link, ret->head.link_len, err);
	for (i = 0; r == 0 && i < ret->head.xattr_count; i++)
		r = take_xattr(reader, ret, &bytes, err);
	if (r < 0)
		return r;
	reader->file_size = ret->head.type == RECORD_FILE ? ret->head.size : 0;
	reader->file_at = 0;
	return ret->head.type != RECORD_END;
}

int record_data(struct record_reader *reader, uint64_t *ret_offset, const void **ret_data,
		size_t *ret_len, struct err *err)
{
	struct record_chunk chunk;
	int r = take(reader, &chunk, sizeof(chunk), err);

	if (r < 0)
		return r;
	if (chunk.length == 0)
		return 0;
	if (chunk.length > RECORD_CHUNK_MAX || chunk.offset < reader->file_at ||
	    chunk.offset > reader->file_size || chunk.length > reader->file_size - chunk.offset)
		return broken(err);
	r = fill(reader, chunk.length, err);
	if (r < 0)
		return r;
	*ret_offset = chunk.offset;
	*ret_data = reader->buffer + reader->pos;
	*ret_len = chunk.length;
	reader->pos += chunk.length;
	reader->file_at = chunk.offset + chunk.length;
	return 1;
}
