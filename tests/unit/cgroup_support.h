/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of control groups share: throw-away groups below coracle-test-PID, and processes
 * in them. Everything is looked at as another program would: by path, in the kernel's files. */
#ifndef CORACLE_TESTS_CGROUP_SUPPORT_H
#define CORACLE_TESTS_CGROUP_SUPPORT_H

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include "base/path.h"
#include "base/str.h"
#include "base/time.h"
#include "linux/spawn.h"
#include "runtime/cgroup/internal.h"
#include "support.h"

static inline const char *test_path(const char *name)
{
	static char path[8][128];
	static unsigned next;

	snprintf(path[next % 8], sizeof(path[0]), "coracle-test-%d/%s", (int)getpid(), name);
	return path[next++ % 8];
}

/* Skips where groups cannot be made: not root, a read-only view, qemu-user. */
#define need_groups()                                                                       \
	do {                                                                                \
		struct cgroup *need_ = NULL;                                                \
		struct err need_err_ = { 0 };                                               \
		need_real_kernel("control groups");                                         \
		if (geteuid() != 0)                                                         \
			skip_because("not root: no groups can be made");                    \
		if (cgroup_create(test_path("probe"), NULL, false, &need_, &need_err_) < 0) \
			skip_because("no groups here: %s", need_err_.text);                 \
		assert_ok(cgroup_remove(need_, &need_err_), &need_err_);                    \
		cgroup_free(need_);                                                         \
	} while (0)

static inline const struct cg_layout *layout(void)
{
	const struct cg_layout *l;
	struct err err;

	assert_ok(cg_layout(&l, &err), &err);
	return l;
}

static inline bool on_v2(enum cg_ctl ctl)
{
	int home = cg_home(layout(), ctl);

	return home >= 0 && layout()->pub[home].v2;
}

#define need_controller(ctl)                                                     \
	do {                                                                     \
		need_groups();                                                   \
		if (cg_home(layout(), ctl) < 0)                                  \
			skip_because("no %s controller here", cg_ctl_name(ctl)); \
	} while (0)

/* The file of a controller's group as text; "" where it cannot be read. */
static inline const char *group_file(struct cgroup *cg, enum cg_ctl ctl, const char *file)
{
	static char text[8192];
	int row = cg_home(layout(), ctl), len;

	assert_true(row >= 0 && cg->dir[row].fd >= 0);
	len = cg_get(cg->dir[row].fd, file, text, sizeof(text));
	return len < 0 ? "" : text;
}

static inline uint64_t group_number(struct cgroup *cg, enum cg_ctl ctl, const char *file)
{
	uint64_t value;
	struct err err;

	assert_ok(str_to_u64(group_file(cg, ctl, file), UINT64_MAX, file, &value, &err), &err);
	return value;
}

/* Whether the group exists in any hierarchy. */
static inline bool exists_anywhere(const char *path)
{
	for (size_t row = 0; row < layout()->count; row++) {
		cleanup_free char *full = cg_full_path(layout(), row, path);

		if (access(full, F_OK) == 0)
			return true;
	}
	return false;
}

/* --- processes ------------------------------------------------------------------------------- */

struct inside {
	const struct cgroup_join *join;
	int joined; /* written to when the process is inside */
	int (*work)(void *arg);
	void *arg;
};

static inline int enter(void *arg)
{
	const struct inside *in = arg;
	int ret = cgroup_join_self(in->join);

	if (ret < 0 || write(in->joined, "", 1) != 1)
		return 200;
	close(in->joined);
	return in->work(in->arg);
}

/* Starts `work(arg)` in the group, the way that the runtime does. */
static inline pid_t start_in(struct cgroup *cg, int (*work)(void *), void *arg)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child = SPAWNED_NONE;
	struct cgroup_join join;
	struct err err = { 0 };
	int joined[2];
	struct inside in = { .join = &join, .work = work, .arg = arg };
	char byte;

	assert_ok(cgroup_join_open(cg, &join, &err), &err);
	assert_int_equal(pipe2(joined, O_CLOEXEC), 0);
	in.joined = joined[1];
	args.cgroup_fd = join.into_fd;
	assert_ok(spawn(&args, enter, &in, &child, &err), &err);
	cgroup_join_close(&join);
	close(joined[1]);
	assert_int_equal(read(joined[0], &byte, 1), 1);
	close(joined[0]);
	return child.pid;
}

static inline int exit_code(pid_t pid)
{
	int status;
	struct err err;

	assert_ok(spawn_wait(pid, &status, &err), &err);
	return spawn_exit_code(status);
}

static inline int run_in(struct cgroup *cg, int (*work)(void *), void *arg)
{
	return exit_code(start_in(cg, work, arg));
}

static inline void end(pid_t pid)
{
	kill(pid, SIGKILL);
	exit_code(pid);
}

static inline int sleeps(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return 0;
}

static inline int nothing(void *arg)
{
	(void)arg;
	return 0;
}

/* Memory that parent and child both see. */
static inline void *shared_page(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

/* Waits until `*word` is not what it was; false after two seconds. */
static inline bool changes(volatile uint64_t *word)
{
	uint64_t old = *word;

	for (int i = 0; i < 2000 && *word == old; i++)
		usleep(1000);
	return *word != old;
}

static inline struct cgroup *make(const char *name, const struct oci_resources *r)
{
	struct cgroup *cg = NULL;
	struct err err = { 0 };

	assert_ok(cgroup_create(test_path(name), r, false, &cg, &err), &err);
	return cg;
}

static inline void unmake(struct cgroup *cg)
{
	struct err err = { 0 };

	assert_ok(cgroup_remove(cg, &err), &err);
	cgroup_free(cg);
}

static inline size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

/* After every test, what it left in any hierarchy goes; that something was left fails the file. */
static bool left_behind;

static inline int clean_up(void **state)
{
	struct cgroup *cg = NULL;
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "coracle-test-%d", (int)getpid());
	if (geteuid() != 0 || is_emulated() || !exists_anywhere(path))
		return 0;
	left_behind = true;
	if (cgroup_open(path, &cg, NULL) == 0) {
		cgroup_signal(cg, SIGKILL, NULL);
		while (waitpid(-1, NULL, 0) > 0)
			;
		cgroup_remove(cg, NULL);
		cgroup_free(cg);
	}
	return 0;
}

static inline int failures_of_file(int failed)
{
	if (left_behind)
		fprintf(stderr, "# a test left groups behind\n");
	return failed + left_behind;
}

#define group_test(name) cmocka_unit_test_teardown(name, clean_up)
#define run_cgroup_tests(tests) failures_of_file(cmocka_run_group_tests(tests, NULL, NULL))

#endif
