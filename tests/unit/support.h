/* SPDX-License-Identifier: Apache-2.0 */
/* What unit tests share: cmocka in its required order, temporary directories, and skipping with a
 * reason. */
#ifndef CORACLE_TESTS_SUPPORT_H
#define CORACLE_TESTS_SUPPORT_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/fd.h"

/* Skips the running test and says why. */
#define skip_because(...)              \
	do {                           \
		printf("# skipped: "); \
		printf(__VA_ARGS__);   \
		putchar(10);           \
		skip();                \
	} while (0)

/* 0 or the error's text. */
#define assert_ok(call, err)                                                    \
	do {                                                                    \
		int assert_ok_ = (call);                                        \
		if (assert_ok_ < 0)                                             \
			fail_msg("%s: %d: %s", #call, assert_ok_, (err)->text); \
	} while (0)

/* CAP_SYS_ADMIN of the initial kind: what a namespace or a mount needs. */
static inline bool is_privileged(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0)
		_exit(syscall(SYS_unshare, 0x00020000 /* CLONE_NEWNS */) == 0 ? 0 : 1);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define need_privileges()                                                 \
	do {                                                              \
		if (!is_privileged())                                     \
			skip_because("no right to make namespaces here"); \
	} while (0)

/* qemu-user runs the tests of a foreign architecture and lacks some calls. */
static inline bool is_emulated(void)
{
	const char *run = getenv("CORACLE_TEST_EMULATED");

	return run && *run;
}

#define need_real_kernel(what)                                         \
	do {                                                           \
		if (is_emulated())                                     \
			skip_because("qemu-user does not have " what); \
	} while (0)

/* A new directory in $TMPDIR, its path malloc'ed, and an O_PATH-less descriptor of it. */
struct temp_dir {
	char *path;
	int fd;
};

static inline void temp_dir_make(struct temp_dir *t)
{
	const char *base = getenv("TMPDIR");

	assert_true(asprintf(&t->path, "%s/coracle-test.XXXXXX", base ? base : "/tmp") > 0);
	assert_non_null(mkdtemp(t->path));
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->fd >= 0);
}

static inline void temp_dir_remove(struct temp_dir *t)
{
	struct err err;

	close(t->fd);
	assert_ok(fd_remove_tree_at(AT_FDCWD, t->path, &err), &err);
	free(t->path);
}

static inline void put_file(int dirfd, const char *name, const char *text)
{
	struct err err;

	assert_ok(fd_replace_file_at(dirfd, name, text, strlen(text), 0644, &err), &err);
}

/* The file's contents in a static buffer, or NULL where it cannot be opened (errno says). */
static inline const char *get_file(int dirfd, const char *name)
{
	static char text[4096];
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

#endif
