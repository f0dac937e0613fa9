/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "user[:group]" against passwd and group files. Input: the user, a newline, the passwd file, a
 * byte 0x01, the group file. Beyond memory errors: digits are always that number, no id is -1, and
 * nobody becomes uid 0 by a name that no entry has.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/sec/sec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int root = -1;
static char root_path[] = "/dev/shm/coracle-fuzz.XXXXXX";

static void remove_root(void)
{
	unlinkat(root, "etc/passwd", 0);
	unlinkat(root, "etc/group", 0);
	unlinkat(root, "etc", AT_REMOVEDIR);
	rmdir(root_path);
}

static void make_root(void)
{
	if (!mkdtemp(root_path))
		abort();
	root = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || mkdirat(root, "etc", 0755) < 0)
		abort();
	atexit(remove_root);
}

static void put(const char *name, const void *data, size_t size)
{
	int fd cleanup_fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
}

static void check(const char *user, const struct sec_user *u)
{
	size_t digits = strspn(user, "0123456789");

	if (u->uid == UINT32_MAX || u->gid == UINT32_MAX || !u->home || *u->home != '/')
		abort();
	if (u->group_count == 0 || u->groups[0] != u->gid)
		abort();
	if (digits && (user[digits] == '\0' || user[digits] == ':') &&
	    strtoull(user, NULL, 10) != u->uid)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = memchr(data, '\n', size), *group;
	struct sec_user u = { 0 };
	char *user cleanup_free = NULL;
	size_t rest;

	if (!newline)
		return 0;
	if (root < 0)
		make_root();
	user = strndup((const char *)data, (size_t)(newline - data));
	rest = size - (size_t)(newline + 1 - data);
	group = memchr(newline + 1, 1, rest);
	put("etc/passwd", newline + 1, group ? (size_t)(group - newline - 1) : rest);
	put("etc/group", group ? group + 1 : data, group ? (size_t)(data + size - group - 1) : 0);
	if (sec_user_resolve(root, user, NULL, &u, NULL) == 0)
		check(user, &u);
	sec_user_clear(&u);
	return 0;
}
