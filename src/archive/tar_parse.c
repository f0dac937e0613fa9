/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive keeps names as the archive has them as long as the locale is "C": what it cannot
 * convert it hands on raw, with a warning. In any other locale it would normalise them, and a file
 * would change its name on the way. Hence no program that uses this calls setlocale(3).
 */
#include "archive/tar_parse.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "archive/record.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

enum { BLOCK = 256 << 10, TAR_BLOCK = 512, PADDING_MAX = 1 << 30 };

struct input {
	unsigned char block[BLOCK];
	size_t zeros; /* in front of the end of what was read */
	bool at_end;
	int failed; /* errno of the read */
};

struct parser {
	struct archive *archive;
	struct input *input;
	struct err *err;
	struct buf head; /* of the record being built */
};

static void parser_free(struct parser *p)
{
	archive_read_free(p->archive);
	free(p->input);
	buf_free(&p->head);
}

void tar_parse_prepare(void)
{
	static const char *const pairs[][2] = { { "ANSI_X3.4-1968", "UTF-8" },
						{ "UTF-8", "ANSI_X3.4-1968" } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		iconv_t converter = iconv_open(pairs[i][0], pairs[i][1]);

		if (converter != (iconv_t)-1)
			iconv_close(converter);
	}
}

static void count_zeros(struct input *in, size_t len)
{
	size_t tail = 0;

	while (tail < len && in->block[len - 1 - tail] == 0)
		tail++;
	in->zeros = tail == len ? in->zeros + len : tail;
}

static la_ssize_t read_input(struct archive *a, void *arg, const void **ret)
{
	struct input *in = arg;
	ssize_t n;

	do
		n = read(0, in->block, sizeof(in->block));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		in->failed = errno;
		if (a)
			archive_set_error(a, errno, "read");
		return -1;
	}
	in->at_end = n == 0;
	count_zeros(in, n);
	*ret = in->block;
	return n;
}

/* What stands behind the end mark is padding; of an endless device it would be endless. */
static int drain(struct input *in, struct err *err)
{
	const void *ignored;
	size_t drained = 0;

	while (!in->at_end && !in->failed) {
		drained += read_input(NULL, in, &ignored);
		if (drained > PADDING_MAX)
			return err_set(err, ERR_INVALID, EBADMSG,
				       "damaged tar archive: more than %d MiB behind its end",
				       PADDING_MAX >> 20);
	}
	return in->failed ? err_sys(err, in->failed, "read the archive") : 0;
}

static int damaged(struct parser *p)
{
	const char *text = archive_error_string(p->archive);

	return err_set(p->err, ERR_INVALID, EBADMSG, "damaged tar archive: %s",
		       text ? text : "unknown");
}

/* --- one entry ------------------------------------------------------------------------------- */

static int refuse(struct parser *p, const char *name, const char *why)
{
	return err_set(p->err, ERR_INVALID, EBADMSG, "entry \"%.200s\": %s", name, why);
}

static int add_xattrs(struct parser *p, struct archive_entry *entry, const char *name,
		      struct record *record)
{
	struct record_xattr head;
	const char *key;
	const void *value;
	size_t len, bytes = 0;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &key, &value, &len) == ARCHIVE_OK) {
		if (!key || !*key)
			continue;
		bytes += strlen(key) + len;
		if (strlen(key) > RECORD_XATTR_NAME_MAX || len > RECORD_XATTR_VALUE_MAX ||
		    bytes > RECORD_XATTR_BYTES_MAX || record->xattr_count == RECORD_XATTRS_MAX)
			return refuse(p, name, "too many or too large extended attributes");
		head = (struct record_xattr){ (uint32_t)strlen(key), (uint32_t)len };
		buf_add(&p->head, &head, sizeof(head));
		buf_add(&p->head, key, head.name_len);
		buf_add(&p->head, value, len);
		record->xattr_count++;
	}
	return 0;
}

static int type_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return RECORD_HARDLINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return RECORD_FILE;
	case AE_IFDIR:
		return RECORD_DIR;
	case AE_IFLNK:
		return RECORD_SYMLINK;
	case AE_IFCHR:
		return RECORD_CHAR;
	case AE_IFBLK:
		return RECORD_BLOCK;
	case AE_IFIFO:
		return RECORD_FIFO;
	default:
		return -1;
	}
}

/* Numbers that a tar header can hold and a file cannot have are refused here by name; what passes
 * fits the record. */
static int check_numbers(struct parser *p, struct archive_entry *entry, const char *name)
{
	if (archive_entry_uid(entry) < 0 || archive_entry_uid(entry) >= UINT32_MAX ||
	    archive_entry_gid(entry) < 0 || archive_entry_gid(entry) >= UINT32_MAX)
		return refuse(p, name, "its owner is out of range");
	if (archive_entry_size(entry) < 0)
		return refuse(p, name, "its size is negative");
	return 0;
}

static int build_record(struct parser *p, struct archive_entry *entry, int type)
{
	const char *name = archive_entry_pathname(entry), *link = NULL;
	struct record record = { .magic = RECORD_MAGIC, .type = (uint32_t)type };
	int r;

	if (!name || !*name)
		return refuse(p, "", "it has no name");
	if (type == RECORD_HARDLINK)
		link = archive_entry_hardlink(entry);
	else if (type == RECORD_SYMLINK)
		link = archive_entry_symlink(entry);
	if (strlen(name) > RECORD_NAME_MAX || (link && strlen(link) > RECORD_NAME_MAX))
		return refuse(p, name, "its name or target is longer than 4095 bytes");
	r = check_numbers(p, entry, name);
	if (r < 0)
		return r;
	record.mode = archive_entry_perm(entry) & 07777;
	record.uid = (uint32_t)archive_entry_uid(entry);
	record.gid = (uint32_t)archive_entry_gid(entry);
	record.major = (uint32_t)archive_entry_rdevmajor(entry);
	record.minor = (uint32_t)archive_entry_rdevminor(entry);
	record.name_len = (uint32_t)strlen(name);
	record.link_len = link ? (uint32_t)strlen(link) : 0;
	record.size = type == RECORD_FILE ? (uint64_t)archive_entry_size(entry) : 0;
	record.mtime_s = archive_entry_mtime(entry);
	if (archive_entry_mtime_nsec(entry) > 0 && archive_entry_mtime_nsec(entry) < 1000000000)
		record.mtime_ns = (uint32_t)archive_entry_mtime_nsec(entry);
	buf_clear(&p->head);
	buf_add(&p->head, &record, sizeof(record));
	buf_add(&p->head, name, record.name_len);
	buf_add(&p->head, link ? link : "", record.link_len);
	r = add_xattrs(p, entry, name, &record);
	if (r < 0)
		return r;
	if (p->head.failed)
		return err_oom(p->err);
	memcpy(p->head.data, &record, sizeof(record));
	return 0;
}

static int send(struct parser *p, const void *data, size_t len)
{
	int r = fd_write_all(1, data, len);

	return r < 0 ? err_sys(p->err, r, "pass on the archive's entries") : 0;
}

static int send_chunk(struct parser *p, uint64_t offset, const char *data, size_t len)
{
	struct record_chunk chunk;
	int r = 0;

	while (r == 0 && len > 0) {
		chunk = (struct record_chunk){ offset,
					       len < RECORD_CHUNK_MAX ? len : RECORD_CHUNK_MAX };
		r = send(p, &chunk, sizeof(chunk));
		if (r == 0)
			r = send(p, data, chunk.length);
		offset += chunk.length;
		data += chunk.length;
		len -= chunk.length;
	}
	return r;
}

static int send_data(struct parser *p)
{
	const struct record_chunk last = { 0, 0 };
	const void *data;
	la_int64_t offset;
	size_t len;
	int code, r;

	while ((code = archive_read_data_block(p->archive, &data, &len, &offset)) == ARCHIVE_OK) {
		r = send_chunk(p, (uint64_t)offset, data, len);
		if (r < 0)
			return r;
	}
	return code == ARCHIVE_EOF ? send(p, &last, sizeof(last)) : damaged(p);
}

static int parse_entry(struct parser *p, struct archive_entry *entry)
{
	int type = type_of(entry), r;

	if (type < 0)
		return refuse(p, archive_entry_pathname(entry) ?: "", "it is of an unknown type");
	r = build_record(p, entry, type);
	if (r == 0)
		r = send(p, p->head.data, p->head.len);
	if (r == 0 && type == RECORD_FILE)
		r = send_data(p);
	return r;
}

/* A warning is about a name that is not in the locale's character set, which is as it should be;
 * anything else that libarchive only warns of is damage to us. */
static bool only_a_name(const char *warning)
{
	return warning && strstr(warning, "can't be converted");
}

static int parse_all(struct parser *p, bool need_end)
{
	const struct record end = { .magic = RECORD_MAGIC, .type = RECORD_END };
	struct archive_entry *entry;
	int code, r;

	for (;;) {
		code = archive_read_next_header(p->archive, &entry);
		if (code == ARCHIVE_EOF)
			break;
		if (code != ARCHIVE_OK &&
		    (code != ARCHIVE_WARN || !only_a_name(archive_error_string(p->archive))))
			return damaged(p);
		archive_clear_error(p->archive);
		r = parse_entry(p, entry);
		if (r < 0)
			return r;
	}
	if (need_end && p->input->at_end && p->input->zeros < TAR_BLOCK)
		return err_set(p->err, ERR_INVALID, EBADMSG,
			       "truncated tar archive: it has no end mark");
	r = drain(p->input, p->err);
	return r < 0 ? r : send(p, &end, sizeof(end));
}

int tar_parse_main(void *arg, struct err *err)
{
	const struct tar_parse_args *args = arg;
	struct parser p cleanup_with(parser_free) = {
		.archive = archive_read_new(),
		.input = calloc(1, sizeof(struct input)),
		.err = err,
		.head = BUF_INIT(3 * RECORD_XATTR_BYTES_MAX),
	};

	if (!p.archive || !p.input)
		return err_oom(err);
	archive_read_support_format_tar(p.archive);
	archive_read_support_format_empty(p.archive);
	if (archive_read_open(p.archive, p.input, NULL, read_input, NULL) != ARCHIVE_OK)
		return damaged(&p);
	return parse_all(&p, args->need_end);
}
