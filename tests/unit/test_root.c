/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything lives: names, modes, and what happens when the stamp is another's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "engine/root/root.h"
#include "engine_root.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct fixture {
	char *dir;
	char *run; /* of the last root that was opened */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = temp_root();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->run)
		fd_remove_tree_at(AT_FDCWD, f->run, NULL);
	free(f->run);
	remove_root(f->dir);
	free(f);
	return 0;
}

static struct root *open_ok(struct fixture *f, const char *dir)
{
	struct root *root = NULL;
	struct err err = { 0 };

	if (root_open(dir, &root, &err) < 0)
		fail_msg("%s", err.text);
	free(f->run);
	f->run = strdup(root->run);
	return root;
}

static void open_fails(const char *dir, enum err_class class, const char *text)
{
	struct root *root = NULL;
	struct err err = { 0 };

	assert_true(root_open(dir, &root, &err) < 0);
	if (!strstr(err.text, text))
		fail_msg("\"%s\" does not say \"%s\"", err.text, text);
	assert_int_equal(err.class, class);
}

static unsigned mode_of(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_layout(void **state)
{
	struct fixture *f = *state;
	struct root *root = open_ok(f, f->dir);
	int fd;

	assert_string_equal(root->lib, f->dir);
	assert_true(str_starts(root->run, "/run/coracle-"));
	assert_int_equal(strlen(root->run), strlen("/run/coracle-") + 8);
	assert_string_equal(root->cgroup_parent, root->run + strlen("/run/"));
	assert_true(root->system);
	assert_int_equal(mode_of(root->lib, "."), 0700);
	assert_int_equal(mode_of(root->lib, "containers"), 0700);
	assert_int_equal(mode_of(root->lib, "stamp"), 0600);
	assert_int_equal(mode_of(root->run, "."), 0700);
	assert_int_equal(mode_of(root->run, "containers"), 0700);
	assert_int_equal(mode_of(root->run, "stamp"), 0600);
	assert_int_equal(root_container_dir(root, ID, false, &fd, NULL), -ENOENT);
	assert_int_equal(root_container_dir(root, ID, true, &fd, NULL), 0);
	close(fd);
	assert_int_equal(root_container_dir(root, ID, false, &fd, NULL), 0);
	close(fd);
	assert_int_equal(root_run_dir(root, "..", false, &fd, NULL), -ENOENT);
	root_close(root);
}

/* However the same directory is named, it is the same root; another is another. */
static void test_names(void **state)
{
	struct fixture *f = *state;
	struct root *a = open_ok(f, f->dir), *b;
	char link[4096];
	int cwd = open(".", O_PATH | O_CLOEXEC);

	snprintf(link, sizeof(link), "%s/volumes", f->dir);
	assert_int_equal(symlink(f->dir, link), 0);
	b = open_ok(f, link);
	assert_string_equal(a->run, b->run);
	assert_string_equal(a->lib, b->lib);
	root_close(b);
	assert_int_equal(chdir("/tmp"), 0);
	b = open_ok(f, f->dir + strlen("/tmp/"));
	assert_string_equal(a->lib, b->lib);
	root_close(b);
	assert_int_equal(fchdir(cwd), 0);
	close(cwd);
	root_close(a);
}

static void test_long_path(void **state)
{
	struct fixture *f = *state;
	char path[512];
	struct root *root;

	snprintf(path, sizeof(path), "%s/%0100d/%0100d", f->dir, 1, 2);
	root = open_ok(f, path);
	assert_string_equal(root->lib, path);
	root_close(root);
}

static void test_modes(void **state)
{
	struct fixture *f = *state;
	struct root *root;

	assert_int_equal(chmod(f->dir, 0755), 0);
	root = open_ok(f, f->dir);
	assert_int_equal(mode_of(f->dir, "."), 0700);
	root_close(root);
	assert_int_equal(chmod(f->dir, 0777), 0);
	root = open_ok(f, f->dir);
	assert_int_equal(mode_of(f->dir, "."), 0700);
	root_close(root);
}

/* --root /etc must not make /etc unreadable. */
static void test_not_a_root(void **state)
{
	struct fixture *f = *state;

	write_text(f->dir, "passwd", "x");
	assert_int_equal(chmod(f->dir, 0755), 0);
	open_fails(f->dir, ERR_INVALID, "is not a root of coracle");
	assert_int_equal(mode_of(f->dir, "."), 0755);
}

static void test_foreign_owner(void **state)
{
	struct fixture *f = *state;
	struct root *root = open_ok(f, f->dir);

	root_close(root);
	assert_int_equal(chown(f->dir, 1000, 1000), 0);
	open_fails(f->dir, ERR_DENIED, "belongs to uid 1000");
	assert_int_equal(chown(f->dir, 0, 0), 0);
	assert_int_equal(chown(f->run, 1000, 1000), 0);
	open_fails(f->dir, ERR_DENIED, "belongs to uid 1000");
	assert_int_equal(chown(f->run, 0, 0), 0);
}

/* --- the stamp ------------------------------------------------------------------------------- */

static char *stamp_of(struct fixture *f)
{
	struct buf text = BUF_INIT(8192);
	char path[4096];

	snprintf(path, sizeof(path), "%s/stamp", f->run);
	assert_int_equal(fd_read_file_at(-1, path, 8192, &text, NULL), 0);
	return buf_take(&text);
}

/* Opens once, leaves a container's directory behind, and rewrites one line of the stamp. */
static char *make_old(struct fixture *f, const char *key, const char *value)
{
	struct root *root = open_ok(f, f->dir);
	char *stamp, *line, *end, *changed;
	int fd;

	assert_int_equal(root_run_dir(root, ID, true, &fd, NULL), 0);
	close(fd);
	root_close(root);
	stamp = stamp_of(f);
	line = strstr(stamp, key);
	assert_non_null(line);
	end = strchrnul(line, '\n');
	changed = str_printf("%.*s%s %s%s", (int)(line - stamp), stamp, key, value, end);
	write_text(f->run, "stamp", changed);
	free(changed);
	return stamp;
}

static bool run_has(struct fixture *f, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", f->run, name);
	return access(path, F_OK) == 0;
}

static int count_stale(struct fixture *f)
{
	DIR *dir = opendir("/run");
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(dir)))
		n += str_starts(entry->d_name, f->run + strlen("/run/")) &&
		     strstr(entry->d_name, ".stale-");
	closedir(dir);
	return n;
}

static void test_restart(void **state)
{
	struct fixture *f = *state;
	char *before = make_old(f, "boot", "11111111-2222-3333-4444-555555555555"), *after;
	struct root *root;

	assert_true(run_has(f, "containers/" ID));
	root = open_ok(f, f->dir);
	assert_false(run_has(f, "containers/" ID));
	after = stamp_of(f);
	assert_string_equal(before, after);
	assert_int_equal(count_stale(f), 0);
	root_close(root);
	free(before);
	free(after);
}

static void test_damaged_stamp(void **state)
{
	struct fixture *f = *state;
	struct root *root;

	free(make_old(f, "boot", ""));
	write_text(f->run, "stamp", "nonsense");
	root = open_ok(f, f->dir);
	assert_false(run_has(f, "containers/" ID));
	root_close(root);
}

/* The same boot seen from another PID namespace: refused while a monitor lives, else put aside. */
static void test_foreign_namespace(void **state)
{
	struct fixture *f = *state;
	struct root *root;
	char path[4096];
	int lock;

	free(make_old(f, "pidns", "4026500001"));
	snprintf(path, sizeof(path), "%s/containers/" ID "/monitor.lock", f->run);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0);
	open_fails(f->dir, ERR_CONFLICT, "pid:[4026500001]; this is pid:[");
	assert_true(run_has(f, "containers/" ID));
	close(lock);
	root = open_ok(f, f->dir);
	assert_false(run_has(f, "containers/" ID));
	root_close(root);
}

/* Two roots whose names collide: told apart by the path in the stamp. */
static void test_other_root(void **state)
{
	struct fixture *f = *state;

	free(make_old(f, "root", "/somewhere/else"));
	open_fails(f->dir, ERR_CONFLICT, "run directory of another root, /somewhere/else");
}

/* Many commands find the old stamp at once: one puts it aside, all go on in the same new tree. */
static void test_restart_parallel(void **state)
{
	struct fixture *f = *state;
	struct root *root = NULL;
	struct err err;
	int status, fd;

	for (int round = 0; round < 20; round++) {
		free(make_old(f, "boot", "11111111-2222-3333-4444-555555555555"));
		for (int i = 0; i < 8; i++)
			if (fork() == 0) {
				char id[65];

				snprintf(id, sizeof(id), "%064d", i);
				if (root_open(f->dir, &root, &err) == 0 &&
				    root_run_dir(root, id, true, &fd, &err) == 0)
					_exit(0);
				print_error("%s\n", err.text);
				_exit(1);
			}
		for (int i = 0; i < 8; i++) {
			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
		}
		for (int i = 0; i < 8; i++) {
			char name[128];

			snprintf(name, sizeof(name), "containers/%064d", i);
			assert_true(run_has(f, name));
		}
		assert_int_equal(count_stale(f), 0);
	}
}

static void test_events(void **state)
{
	struct fixture *f = *state;
	struct root *root = open_ok(f, f->dir);
	char line[1001];
	struct stat st;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 1200; i++)
		assert_int_equal(root_append_event(root, line, NULL), 0);
	assert_true(run_has(f, "events.1"));
	assert_int_equal(fstatat(root->run_fd, "events.1", &st, 0), 0);
	assert_true(st.st_size >= 1 << 20 && st.st_size < (1 << 20) + 2000);
	assert_int_equal(st.st_size % 1001, 0);
	assert_int_equal(fstatat(root->run_fd, "events", &st, 0), 0);
	assert_int_equal(st.st_size % 1001, 0);
	root_close(root);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_layout),
		TEST(test_names),
		TEST(test_long_path),
		TEST(test_modes),
		TEST(test_not_a_root),
		TEST(test_foreign_owner),
		TEST(test_restart),
		TEST(test_damaged_stamp),
		TEST(test_foreign_namespace),
		TEST(test_other_root),
		TEST(test_restart_parallel),
		TEST(test_events),
	};

	if (geteuid() != 0) {
		print_message("SKIP: the system's run tree needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
