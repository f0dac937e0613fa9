/* SPDX-License-Identifier: Apache-2.0 */
/* Groups made, entered, frozen, signalled, watched and removed, on whatever layout this kernel has.
 */
#include <sys/resource.h>

#include "cgroup_support.h"

static void refuses_paths(void **state)
{
	static const char *const bad[] = { "",
					   "/",
					   "//coracle-test",
					   "coracle-test//b",
					   "coracle-test/",
					   "coracle-test/.",
					   "coracle-test\nb",
					   "../coracle-test",
					   "coracle-test/../../b",
					   "coracle-test/..",
					   ".." };
	char longest[2000];
	struct cgroup *cg = NULL;
	struct err err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(cgroup_create(bad[i], NULL, false, &cg, &err), -EINVAL);
		assert_int_equal(err.class, ERR_INVALID);
		assert_int_equal(cgroup_open(bad[i], &cg, NULL), -EINVAL);
		assert_int_equal(cgroup_open_shared(bad[i], &cg, NULL), -EINVAL);
	}
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(cgroup_create(longest, NULL, false, &cg, &err), -EINVAL);
	assert_null(cg);
}

static int shows_groups(void *arg)
{
	char text[8192], *next = text, wanted[128];
	struct cg_proc_line line;
	int rows = 0;

	snprintf(wanted, sizeof(wanted), "/%s", (const char *)arg);
	if (cg_get(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) < 0)
		return 101;
	while (cg_proc_next(&next, &line))
		rows += str_eq(line.path, wanted);
	return rows;
}

static void joins_every_hierarchy(void **state)
{
	struct cgroup *cg;

	need_groups();
	cg = make("join", NULL);
	assert_int_equal(run_in(cg, shows_groups, (void *)test_path("join")), layout()->count);
	unmake(cg);
	assert_false(exists_anywhere(test_path("join")));
}

static void exists_busy(void **state)
{
	struct cgroup *cg, *other = NULL;
	struct err err = { 0 };
	pid_t pid;

	need_groups();
	cg = make("busy", NULL);
	pid = start_in(cg, sleeps, NULL);
	assert_int_equal(cgroup_create(test_path("busy"), NULL, false, &other, &err), -EEXIST);
	assert_int_equal(err.class, ERR_CONFLICT);
	assert_null(other);
	assert_int_equal(kill(pid, 0), 0);
	for (size_t row = 0; row < layout()->count; row++) {
		cleanup_free char *full = cg_full_path(layout(), row, test_path("busy"));

		assert_int_equal(access(full, F_OK), 0);
	}
	end(pid);
	unmake(cg);
}

/* What an empty group of that name still had in force is gone. */
static void exists_empty(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_PIDS_LIMIT, .pids_limit = 7 };
	struct cgroup *cg, *again;

	need_controller(CG_PIDS);
	cg = make("empty", &r);
	assert_string_equal(group_file(cg, CG_PIDS, "pids.max"), "7");
	again = make("empty", NULL);
	assert_string_equal(group_file(again, CG_PIDS, "pids.max"), "max");
	cgroup_free(cg);
	unmake(again);
}

static void opens(void **state)
{
	struct cgroup *cg, *by_path = NULL, *by_pid = NULL;
	struct err err = { 0 };
	pid_t pid, *pids = NULL;
	size_t count;

	need_groups();
	assert_int_equal(cgroup_open(test_path("missing"), &by_path, &err), -ENOENT);
	assert_int_equal(err.class, ERR_NOT_FOUND);
	cg = make("open", NULL);
	pid = start_in(cg, sleeps, NULL);
	assert_ok(cgroup_open(test_path("open"), &by_path, &err), &err);
	assert_ok(cgroup_open_pid(pid, &by_pid, &err), &err);
	for (size_t row = 0; row < layout()->count; row++) {
		assert_true(by_path->dir[row].fd >= 0);
		assert_string_equal(by_pid->dir[row].rel, test_path("open"));
	}
	assert_ok(cgroup_pids(by_path, &pids, &count, &err), &err);
	assert_int_equal(count, 1);
	assert_int_equal(pids[0], pid);
	free(pids);
	end(pid);
	assert_int_equal(cgroup_open_pid(pid, &by_pid, &err), -ESRCH);
	cgroup_free(by_path);
	cgroup_free(by_pid);
	unmake(cg);
}

static int counts(void *arg)
{
	volatile uint64_t *word = arg;

	for (;;)
		++*word;
	return 0;
}

static void freezes(void **state)
{
	volatile uint64_t *word;
	struct cgroup *cg;
	struct err err = { 0 };
	bool frozen = true;
	uint64_t then;
	pid_t pid;

	need_groups();
	word = shared_page();
	cg = make("freeze", NULL);
	pid = start_in(cg, counts, (void *)word);
	assert_true(changes(word));
	assert_ok(cgroup_is_frozen(cg, &frozen, &err), &err);
	assert_false(frozen);
	assert_ok(cgroup_freeze(cg, true, &err), &err);
	then = *word;
	usleep(100000);
	assert_int_equal(*word, then);
	assert_ok(cgroup_is_frozen(cg, &frozen, &err), &err);
	assert_true(frozen);
	assert_ok(cgroup_freeze(cg, false, &err), &err);
	assert_true(changes(word));
	assert_ok(cgroup_freeze(cg, true, &err), &err);
	assert_ok(cgroup_signal(cg, SIGKILL, &err), &err); /* a frozen one dies all the same */
	assert_int_equal(exit_code(pid), 128 + SIGKILL);
	assert_ok(cgroup_wait_empty(cg, 5000, &err), &err);
	unmake(cg);
	munmap((void *)word, 4096);
}

/* A process in the group and one in a group that the container made below it. */
static int has_child_group(void *arg)
{
	struct cgroup *cg = arg;
	pid_t pid;

	signal(SIGTERM, SIG_DFL);
	for (size_t row = 0; row < cg->layout->count; row++)
		if (mkdirat(cg->dir[row].fd, "below", 0755) < 0)
			return 1;
	pid = fork();
	if (pid == 0) {
		for (size_t row = 0; row < cg->layout->count; row++) {
			int dir = openat(cg->dir[row].fd, "below", O_PATH | O_CLOEXEC);

			if (cg->layout->row[row].v1_ctls & CG_BIT(CG_CPUSET) &&
			    cg_v1_cpuset_inherit(dir, NULL) < 0)
				_exit(1);
			if (fd_write_file_at(dir, "cgroup.procs", "0", NULL) < 0)
				_exit(1);
		}
		sleeps(NULL);
	}
	sleeps(NULL);
	return 0;
}

static void wait_for_pids(struct cgroup *cg, size_t wanted)
{
	size_t count = 0;

	for (int i = 0; i < 2000 && count != wanted; i++) {
		pid_t *pids = NULL;

		assert_int_equal(cgroup_pids(cg, &pids, &count, NULL), 0);
		free(pids);
		usleep(1000);
	}
	assert_int_equal(count, wanted);
}

static void signals(int sig)
{
	struct cgroup *cg;
	struct err err = { 0 };
	bool populated = false;
	pid_t pid;

	need_groups();
	cg = make("signal", NULL);
	pid = start_in(cg, has_child_group, cg);
	wait_for_pids(cg, 2);
	usleep(20000);
	assert_ok(cgroup_is_populated(cg, &populated, &err), &err);
	assert_true(populated);
	assert_ok(cgroup_signal(cg, sig, &err), &err);
	assert_int_equal(exit_code(pid), 128 + sig);
	assert_ok(cgroup_wait_empty(cg, 5000, &err), &err);
	assert_ok(cgroup_is_populated(cg, &populated, &err), &err);
	assert_false(populated);
	/* and may be entered again, which cgroup.kill makes a trap */
	assert_int_equal(run_in(cg, nothing, NULL), 0);
	unmake(cg);
}

static void signals_term(void **state)
{
	signals(SIGTERM);
}

static void signals_kill(void **state)
{
	signals(SIGKILL);
}

/* As on kernels before 5.14, and on v1 alone. */
static void kills_without_cgroup_kill(void **state)
{
	struct cgroup *cg;
	struct err err = { 0 };
	pid_t pid;
	int v2 = layout()->v2, saved;

	need_groups();
	cg = make("nokill", NULL);
	pid = start_in(cg, has_child_group, cg);
	wait_for_pids(cg, 2);
	if (v2 >= 0 && layout()->count > 1) { /* its v2 side is hidden: v1's freezer does it */
		saved = take_fd(&cg->dir[v2].fd);
		assert_ok(cgroup_signal(cg, SIGKILL, &err), &err);
		assert_ok(cgroup_wait_empty(cg, 5000, &err), &err);
		cg->dir[v2].fd = saved;
	} else {
		assert_ok(cgroup_signal(cg, SIGKILL, &err), &err);
	}
	assert_int_equal(exit_code(pid), 128 + SIGKILL);
	assert_ok(cgroup_wait_empty(cg, 5000, &err), &err);
	unmake(cg);
}

static void waits_until_empty(void **state)
{
	struct cgroup *cg;
	struct err err = { 0 };
	int64_t begin;
	pid_t pid;

	need_groups();
	cg = make("wait", NULL);
	assert_ok(cgroup_wait_empty(cg, 0, &err), &err);
	pid = start_in(cg, sleeps, NULL);
	begin = time_monotonic_ns();
	assert_int_equal(cgroup_wait_empty(cg, 50, &err), -ETIMEDOUT);
	assert_true(time_monotonic_ns() - begin >= 50000000);
	kill(pid, SIGKILL);
	assert_ok(cgroup_wait_empty(cg, 5000, &err), &err);
	exit_code(pid);
	unmake(cg);
}

static void refuses_to_remove_busy(void **state)
{
	struct cgroup *cg;
	struct err err = { 0 };
	char text[16];
	pid_t pid;

	need_groups();
	cg = make("inuse", NULL);
	pid = start_in(cg, sleeps, NULL);
	wait_for_pids(cg, 1);
	for (size_t row = 0; row < layout()->count; row++)
		assert_int_equal(mkdirat(cg->dir[row].fd, "empty", 0755), 0);
	assert_int_equal(cgroup_remove(cg, &err), -EBUSY);
	assert_int_equal(err.class, ERR_CONFLICT);
	snprintf(text, sizeof(text), "%d", (int)pid);
	assert_non_null(strstr(err.text, text));
	assert_int_equal(kill(pid, 0), 0);
	assert_ok(cgroup_remove_unused(test_path("inuse"), &err), &err); /* in use: success */
	for (size_t row = 0; row < layout()->count; row++) /* and nothing in it was touched */
		assert_int_equal(faccessat(cg->dir[row].fd, "empty", F_OK, 0), 0);
	assert_true(exists_anywhere(test_path("inuse")));
	end(pid);
	unmake(cg);
}

/* The container decides how deep its groups go: deeper than paths or descriptors reach. */
static void removes_deep_trees(void **state)
{
	enum { DEPTH = 600 };
	struct rlimit few = { 64, 64 }, before;
	struct cgroup *cg;

	need_groups();
	cg = make("deep", NULL);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (size_t row = 0; row<layout()->count; row += layout()->count> 1 ? 4 : 1) {
		int dir = dup(cg->dir[row].fd);

		for (int i = 0; i < DEPTH; i++) {
			int next;

			assert_int_equal(mkdirat(dir, "nested-group", 0755), 0);
			assert_true(mkdirat(dir, ".twin", 0755) == 0 || i > 0);
			next = openat(dir, "nested-group", O_PATH | O_DIRECTORY | O_CLOEXEC);
			assert_true(next >= 0);
			close(dir);
			dir = next;
		}
		close(dir);
	}
	unmake(cg);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(exists_anywhere(test_path("deep")));
}

static void shares(void **state)
{
	struct cgroup *cg = NULL, *again = NULL;
	struct err err = { 0 };
	size_t expected = 0;
	pid_t pid;

	need_groups();
	assert_ok(cgroup_open_shared(test_path("shared"), &cg, &err), &err);
	pid = start_in(cg, sleeps, NULL);
	assert_ok(cgroup_open_shared(test_path("shared"), &again, &err), &err);
	/* Not where this process is in a v1 hierarchy's root itself. */
	for (size_t row = 0; row < layout()->count; row++)
		expected += layout()->pub[row].v2 || !layout()->row[row].in_root;
	assert_int_equal(run_in(again, shows_groups, (void *)test_path("shared")), expected);
	end(pid);
	assert_ok(cgroup_wait_empty(cg, 5000, &err), &err);
	assert_ok(cgroup_remove_unused(test_path("shared"), &err), &err);
	assert_false(exists_anywhere(test_path("shared")));
	assert_ok(cgroup_remove_unused(test_path("shared"), &err), &err); /* missing: success */
	cgroup_free(cg);
	cgroup_free(again);
}

static int leaves(void *arg)
{
	if (cgroup_leave(NULL) < 0)
		return 100;
	return shows_groups(arg);
}

static void leaves_group(void **state)
{
	struct cgroup *cg;

	need_groups();
	cg = make("leave", NULL);
	assert_int_equal(run_in(cg, leaves, (void *)test_path("leave")), 0);
	unmake(cg);
}

/* Parents are made and removed by all of them at once. */
static int churns(int worker)
{
	char path[128];

	snprintf(path, sizeof(path), "coracle-test-%d/mid/%d", (int)getppid(), worker);
	for (int i = 0; i < 40; i++) {
		struct oci_resources r = { .has = OCI_HAS_PIDS_LIMIT, .pids_limit = 9 };
		struct err err = { 0 };
		struct cgroup *cg = NULL;

		if (cgroup_create(path, cg_home(layout(), CG_PIDS) < 0 ? NULL : &r, false, &cg,
				  &err) < 0 ||
		    cgroup_remove(cg, &err) < 0) {
			fprintf(stderr, "# %s\n", err.text);
			return 1;
		}
		cgroup_free(cg);
	}
	return 0;
}

static void many_at_once(void **state)
{
	enum { WORKERS = 8 };
	pid_t pids[WORKERS];

	need_groups();
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(churns(i));
	}
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(exit_code(pids[i]), 0);
}

static int as_nobody(void)
{
	struct oci_resources r = { .has = OCI_HAS_MEM_LIMIT, .mem_limit = 64 << 20 };
	struct err err = { 0 };
	struct cgroup *cg = NULL;

	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 1;
	if (cgroup_create("coracle-test-nobody/x", NULL, true, &cg, &err) < 0)
		return 2;
	if (cg_any_fd(cg) >= 0 || cgroup_remove(cg, &err) < 0)
		return 3;
	cgroup_free(cg);
	if (cgroup_create("coracle-test-nobody/x", &r, true, &cg, &err) == 0)
		return 4;
	if (err.class != ERR_UNSUPPORTED || !strstr(err.text, "memory"))
		return 5;
	if (cgroup_create("coracle-test-nobody/x", NULL, false, &cg, &err) != -EACCES)
		return 6;
	return cgroup_open_shared("coracle-test-nobody/m", &cg, &err) == 0 ? 0 : 7;
}

static void ordinary_user(void **state)
{
	pid_t pid;

	need_controller(CG_MEMORY);
	pid = fork();
	if (pid == 0)
		_exit(as_nobody());
	assert_int_equal(exit_code(pid), 0);
	assert_false(exists_anywhere("coracle-test-nobody"));
}

/* A process that is in no group of its own: all of the machine is not its container. */
static void spares_the_root(void **state)
{
	struct oci_resources r = { .has = OCI_HAS_PIDS_LIMIT, .pids_limit = 1 << 20 };
	struct cgroup *cg = NULL;
	struct err err = { 0 };

	need_controller(CG_PIDS);
	assert_ok(cgroup_open_pid(getpid(), &cg, &err), &err);
	if (cg->dir[cg_home(layout(), CG_PIDS)].rel[0] ||
	    (cg_v2_fd(cg) >= 0 && cg->dir[layout()->v2].rel[0])) {
		cgroup_free(cg);
		skip_because("this test is not in the root group itself");
	}
	assert_int_equal(cgroup_signal(cg, 0, &err), -EPERM);
	assert_int_equal(err.class, ERR_DENIED);
	assert_int_equal(cgroup_freeze(cg, false, &err), -EPERM);
	assert_int_equal(cgroup_update(cg, &r, &err), -EPERM);
	cgroup_free(cg);
}

static void leaks_no_descriptor(void **state)
{
	size_t before;

	need_groups();
	before = open_fds();
	for (int i = 0; i < 5; i++) {
		struct cgroup *cg = make("fds", NULL);

		assert_int_equal(run_in(cg, nothing, NULL), 0);
		unmake(cg);
	}
	assert_int_equal(open_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		group_test(refuses_paths),
		group_test(joins_every_hierarchy),
		group_test(exists_busy),
		group_test(exists_empty),
		group_test(opens),
		group_test(freezes),
		group_test(signals_term),
		group_test(signals_kill),
		group_test(kills_without_cgroup_kill),
		group_test(waits_until_empty),
		group_test(refuses_to_remove_busy),
		group_test(removes_deep_trees),
		group_test(shares),
		group_test(leaves_group),
		group_test(many_at_once),
		group_test(ordinary_user),
		group_test(spares_the_root),
		group_test(leaks_no_descriptor),
	};

	return run_cgroup_tests(tests);
}
