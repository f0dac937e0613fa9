/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/image/load/loader.h"
#include "oci/digest.h"

enum { BLOCK = 256 << 10 };

int stage_create(struct loader *l, char file[16], int *ret_fd, struct err *err)
{
	int fd, r = loader_tmp(l, err);

	if (r < 0)
		return r;
	snprintf(file, 16, "file-%zu", l->files++);
	fd = openat(l->tmp_fd, file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "make a temporary file");
	*ret_fd = fd;
	return 0;
}

int stage_note(struct loader *l, const char *file, const char *digest, int64_t size,
	       struct err *err)
{
	struct staged_blob *grown, *blob;

	grown = reallocarray(l->blobs, l->blob_count + 1, sizeof(*grown));
	if (!grown)
		return err_oom(err);
	l->blobs = grown;
	blob = &grown[l->blob_count++];
	*blob = (struct staged_blob){ .size = size };
	snprintf(blob->digest, sizeof(blob->digest), "%s", digest);
	snprintf(blob->file, sizeof(blob->file), "%s", file);
	return 0;
}

static int copy_hashed(int from, int to, int64_t max, char digest[SHA256_TEXT], int64_t *ret_size,
		       struct err *err)
{
	struct sha256 *hash cleanup_sha256 = NULL;
	char *block cleanup_free = malloc(BLOCK);
	int64_t size = 0;
	ssize_t n;
	int r = sha256_new(&hash, err);

	if (!block)
		return err_oom(err);
	while (r == 0) {
		n = read(from, block, BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "read a blob");
		if (n == 0)
			break;
		size += n;
		if (size > max)
			return err_set(err, ERR_INVALID, EFBIG, "a blob is larger than it may be");
		r = sha256_add(hash, block, n, err);
		if (r == 0)
			r = fd_write_all(to, block, n);
		if (r < 0)
			return err_sys(err, r, "write a blob");
	}
	if (r == 0)
		r = sha256_end(hash, digest, err);
	*ret_size = size;
	return r;
}

int stage_copy(struct loader *l, int fd, int64_t max, const char *expected, int64_t size,
	       char ret_digest[SHA256_TEXT], int64_t *ret_size, struct err *err)
{
	char file[16], digest[SHA256_TEXT];
	int out cleanup_fd = -1, r;
	int64_t copied = 0;

	r = stage_create(l, file, &out, err);
	if (r == 0)
		r = copy_hashed(fd, out, max, digest, &copied, err);
	if (r < 0)
		return r;
	if (size >= 0 && copied != size)
		return err_set(err, ERR_INVALID, EBADMSG, "%s has %lld bytes instead of %lld",
			       expected ? expected : "a blob", (long long)copied, (long long)size);
	if (expected && !str_eq(expected, digest))
		return err_set(err, ERR_INVALID, EBADMSG, "blob %s is damaged: its digest is %s",
			       expected, digest);
	if (ret_digest)
		memcpy(ret_digest, digest, SHA256_TEXT);
	if (ret_size)
		*ret_size = copied;
	return stage_note(l, file, digest, copied, err);
}

int stage_bytes(struct loader *l, const void *data, size_t len, char ret_digest[SHA256_TEXT],
		struct err *err)
{
	int out cleanup_fd = -1, r;
	char file[16];

	r = sha256_of(data, len, ret_digest, err);
	if (r == 0)
		r = stage_create(l, file, &out, err);
	if (r < 0)
		return r;
	r = fd_write_all(out, data, len);
	if (r < 0)
		return err_sys(err, r, "write a blob");
	return stage_note(l, file, ret_digest, (int64_t)len, err);
}

static const struct staged_blob *find(const struct loader *l, const char *digest)
{
	size_t i;

	for (i = 0; i < l->blob_count; i++)
		if (str_eq(l->blobs[i].digest, digest))
			return &l->blobs[i];
	return NULL;
}

static bool in_store(const struct loader *l, const char *digest)
{
	struct stat st;

	return str_starts(digest, "sha256:") &&
	       fstatat(l->blobs_fd, oci_digest_hex(digest), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

bool stage_has(const struct loader *l, const char *digest)
{
	return in_store(l, digest) || find(l, digest);
}

int stage_open(const struct loader *l, const char *digest, int *ret_fd, int64_t *ret_size,
	       struct err *err)
{
	const struct staged_blob *blob = find(l, digest);
	struct stat st;
	int fd;

	if (in_store(l, digest))
		fd = openat(l->blobs_fd, oci_digest_hex(digest), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	else if (blob)
		fd = openat(l->tmp_fd, blob->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	else
		return err_set(err, ERR_INVALID, ENOENT, "blob %s is missing", digest);
	if (fd < 0)
		return err_sys(err, errno, "open blob %s", digest);
	if (fstat(fd, &st) < 0) {
		close(fd);
		return err_sys(err, errno, "open blob %s", digest);
	}
	*ret_fd = fd;
	*ret_size = st.st_size;
	return 0;
}

int stage_check_size(const struct loader *l, const char *digest, int64_t size, struct err *err)
{
	int fd cleanup_fd = -1, r;
	int64_t have;

	r = stage_open(l, digest, &fd, &have, err);
	if (r == 0 && have != size)
		return err_set(err, ERR_INVALID, EBADMSG, "blob %s has %lld bytes instead of %lld",
			       digest, (long long)have, (long long)size);
	return r;
}

int stage_read_json(const struct loader *l, const char *digest, size_t max, json_t **ret,
		    struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(max);
	int fd cleanup_fd = -1, r;
	int64_t size;

	r = stage_open(l, digest, &fd, &size, err);
	if (r < 0)
		return r;
	r = fd_read_all(fd, &text);
	if (r < 0)
		return err_sys(err, r, "read blob %s", digest);
	return js_parse(buf_str(&text), text.len, digest, ret, err);
}
