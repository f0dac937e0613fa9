/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sec/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "linux/seccomp.h"
#include "runtime/sec/arch.h"

enum { FORMAT = 1 }; /* of the file and of the prefix: another compiler, another number */

struct header {
	char magic[8];
	uint32_t key_length, instructions, flags, notify;
	uint64_t checksum; /* of key and code */
};
static const char magic[8] = "CORACLEF";

/* FNV-1a: against a torn or rotten file. Who could forge it could write the file as well. */
static uint64_t hash(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}
#define HASH_BEGIN UINT64_C(14695981039346656037)

static void name_of(const struct buf *key, char out[40])
{
	snprintf(out, 40, "seccomp-%016" PRIx64, hash(HASH_BEGIN, key->data, key->len));
}

/* Strings end by NUL, which they cannot hold, so that no two profiles have one key. */
static void add_text(struct buf *b, const char *text)
{
	buf_add(b, text ? text : "", text ? strlen(text) + 1 : 1);
}

static void add_list(struct buf *b, const struct strv *v)
{
	buf_printf(b, "%zu ", v->count);
	for (size_t i = 0; i < v->count; i++)
		add_text(b, v->items[i]);
}

static void add_rule(struct buf *b, const struct oci_seccomp_rule *rule)
{
	add_list(b, &rule->names);
	add_text(b, rule->action);
	buf_printf(b, "%d %u %zu ", rule->errno_set, rule->errno_ret, rule->arg_count);
	for (size_t i = 0; i < rule->arg_count; i++) {
		const struct oci_seccomp_arg *arg = &rule->args[i];

		buf_printf(b, "%u %" PRIu64 " %" PRIu64 " ", arg->index, arg->value,
			   arg->value_two);
		add_text(b, arg->op);
	}
}

int sec_cache_key(const struct oci_seccomp *s, struct buf *ret)
{
	const struct scmp_version *v = seccomp_version();

	if (!v)
		return -EINVAL;
	buf_printf(ret, "%d %s %u.%u.%u ", FORMAT, sec_archs[0].name, v->major, v->minor, v->micro);
	add_text(ret, s->default_action);
	buf_printf(ret, "%d %u ", s->default_errno_set, s->default_errno);
	add_list(ret, &s->architectures);
	add_list(ret, &s->flags);
	/* where the listener goes does not change the program; that there is one does */
	buf_printf(ret, "%d %zu ", s->listener_path != NULL, s->rule_count);
	for (size_t i = 0; i < s->rule_count; i++)
		add_rule(ret, &s->rules[i]);
	return ret->failed;
}

static bool is_ours(int fd, off_t *size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	*size = st.st_size;
	return st.st_uid == geteuid() && (st.st_mode & 0077) == 0;
}

static bool accept_file(const struct buf *file, const struct buf *key, struct sec_filter *ret)
{
	struct header h;
	size_t code;

	if (file->len < sizeof(h))
		return false;
	memcpy(&h, file->data, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 || h.key_length != key->len ||
	    h.instructions == 0 || h.instructions > SECCOMP_INSN_MAX)
		return false;
	code = h.instructions * sizeof(struct sock_filter);
	if (file->len != sizeof(h) + h.key_length + code ||
	    memcmp(file->data + sizeof(h), key->data, key->len) != 0 ||
	    hash(HASH_BEGIN, file->data + sizeof(h), file->len - sizeof(h)) != h.checksum)
		return false;
	ret->code = malloc(code);
	if (!ret->code)
		return false;
	memcpy(ret->code, file->data + sizeof(h) + key->len, code);
	ret->length = (unsigned short)h.instructions;
	ret->flags = h.flags;
	ret->notify = h.notify != 0;
	return true;
}

bool sec_cache_get(int dirfd, const struct buf *key, struct sec_filter *ret)
{
	struct buf file cleanup_buf = BUF_INIT(sizeof(struct header) + key->len +
					       SECCOMP_INSN_MAX * sizeof(struct sock_filter));
	char name[40];
	off_t size;
	int fd cleanup_fd = -1;

	name_of(key, name);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || !is_ours(fd, &size) || size > (off_t)file.max)
		return false;
	return fd_read_all(fd, &file) == 0 && accept_file(&file, key, ret);
}

void sec_cache_put(int dirfd, const struct buf *key, const struct sec_filter *filter)
{
	size_t code = filter->length * sizeof(struct sock_filter);
	struct buf file cleanup_buf = BUF_INIT(sizeof(struct header) + key->len + code);
	struct header h = {
		.key_length = (uint32_t)key->len,
		.instructions = filter->length,
		.flags = filter->flags,
		.notify = filter->notify,
		.checksum = hash(hash(HASH_BEGIN, key->data, key->len), filter->code, code),
	};
	char name[40];
	struct err err;

	memcpy(h.magic, magic, sizeof(magic));
	buf_add(&file, &h, sizeof(h));
	buf_add(&file, key->data, key->len);
	buf_add(&file, filter->code, code);
	name_of(key, name);
	if (file.failed)
		return;
	if (fd_replace_file_at(dirfd, name, file.data, file.len, 0600, &err) < 0)
		log_debug("the compiled seccomp filter is not kept: %s", err.text);
}
