/* SPDX-License-Identifier: Apache-2.0 */
/* The database: rows, conflicts, prefixes, what is refused, and many processes at once. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "engine/store/containers.h"
#include "engine_root.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "aaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct fixture {
	char *dir;
	int fd;
	struct store *store;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = temp_root();
	f->fd = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return store_open(f->fd, f->dir, &f->store, NULL);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	close(f->fd);
	remove_root(f->dir);
	free(f);
	return 0;
}

static int add(struct store *store, const char *id, const char *name, struct err *err)
{
	struct container_row row = {
		.name = (char *)name,
		.image = (char *)"img",
		.image_id = (char *)"",
		.config = (char *)"{}",
		.created_ns = 7,
	};

	memcpy(row.id, id, sizeof(row.id));
	return store_container_add(store, &row, err);
}

static void expect_found(struct store *store, const char *what, const char *id)
{
	struct container_row row = { 0 };
	struct err err = { 0 };

	assert_int_equal(store_container_find(store, what, &row, &err), 0);
	assert_string_equal(row.id, id);
	container_row_clear(&row);
}

static void test_find(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct container_row row = { 0 };
	struct err err;

	assert_int_equal(add(s, ID_A, "web", &err), 0);
	assert_int_equal(add(s, ID_B, "aaaaa", &err), 0);
	expect_found(s, "web", ID_A);
	expect_found(s, "/web", ID_A);
	expect_found(s, ID_B, ID_B);
	expect_found(s, "aaaab", ID_B);
	/* a name goes before a prefix */
	expect_found(s, "aaaaa", ID_B);
	expect_found(s, "aaaaaa", ID_A);
	assert_int_equal(store_container_find(s, "aaaa", &row, &err), -EINVAL);
	assert_int_equal(err.class, ERR_INVALID);
	assert_int_equal(store_container_find(s, "we%", &row, &err), -ENOENT);
	assert_string_equal(err.text, "No such container: we%");
	assert_int_equal(store_container_find(s, "", &row, &err), -EINVAL);
	assert_int_equal(store_container_find(s, "/", &row, &err), -EINVAL);
}

static void test_conflict(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct err err;

	assert_int_equal(add(s, ID_A, "web", &err), 0);
	assert_int_equal(add(s, ID_B, "web", &err), -EEXIST);
	assert_int_equal(err.class, ERR_CONFLICT);
	assert_non_null(strstr(err.text, "\"/web\" is already in use by container \"" ID_A "\""));
	assert_int_equal(add(s, ID_B, "db", &err), 0);
	assert_int_equal(store_container_rename(s, ID_B, "web", &err), -EEXIST);
	assert_int_equal(err.class, ERR_CONFLICT);
	assert_int_equal(store_container_rename(s, ID_B, "db2", &err), 0);
	expect_found(s, "db2", ID_B);
}

static void test_update_and_remove(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct container_row row = { 0 }, *rows;
	struct err err;
	size_t count;

	assert_int_equal(add(s, ID_A, "web", &err), 0);
	assert_int_equal(store_container_set_wanted(s, ID_A, true, &err), 0);
	assert_int_equal(store_container_set_config(s, ID_A, "{\"a\":1}", &err), 0);
	assert_int_equal(store_container_find(s, "web", &row, &err), 0);
	assert_true(row.wanted);
	assert_string_equal(row.config, "{\"a\":1}");
	container_row_clear(&row);
	assert_int_equal(store_container_list(s, &rows, &count, &err), 0);
	assert_int_equal(count, 1);
	container_row_clear(&rows[0]);
	free(rows);
	assert_int_equal(store_container_remove(s, ID_A, &err), 0);
	assert_int_equal(store_container_remove(s, ID_A, &err), -ENOENT);
	assert_int_equal(store_container_set_wanted(s, ID_A, true, &err), -ENOENT);
	assert_int_equal(store_container_list(s, &rows, &count, &err), 0);
	assert_int_equal(count, 0);
	free(rows);
}

static void test_rollback(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct container_row row = { 0 };
	struct err err;

	assert_int_equal(store_begin(s, &err), 0);
	assert_int_equal(add(s, ID_A, "web", &err), 0);
	assert_int_equal(store_end(s, false, &err), 0);
	assert_int_equal(store_container_find(s, "web", &row, &err), -ENOENT);
}

/* What was written is there for the next command, and the log stays. */
static void test_reopen(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct stat st;

	assert_int_equal(add(f->store, ID_A, "web", &err), 0);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(fstatat(f->fd, "coracle.db-wal", &st, 0), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fstatat(f->fd, "coracle.db", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_open(f->fd, f->dir, &f->store, &err), 0);
	expect_found(f->store, "web", ID_A);
}

static void test_checkpoint(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct stat st;

	for (int i = 0; i < 400; i++) {
		assert_int_equal(add(f->store, ID_A, "web", &err), 0);
		assert_int_equal(store_container_remove(f->store, ID_A, &err), 0);
	}
	assert_int_equal(fstatat(f->fd, "coracle.db-wal", &st, 0), 0);
	assert_true(st.st_size > 128 << 10);
	store_checkpoint(f->store);
	assert_int_equal(fstatat(f->fd, "coracle.db-wal", &st, 0), 0);
	assert_true(st.st_size < 64 << 10);
	assert_int_equal(add(f->store, ID_A, "web", &err), 0);
	expect_found(f->store, "web", ID_A);
}

static void reopen_fails(struct fixture *f, const char *text)
{
	struct store *s = NULL;
	struct err err = { 0 };

	assert_true(store_open(f->fd, f->dir, &s, &err) < 0);
	if (!strstr(err.text, text))
		fail_msg("\"%s\" does not say \"%s\"", err.text, text);
	assert_null(s);
}

static void test_newer(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt;

	assert_int_equal(store_prepare(f->store, "PRAGMA user_version=1000", &stmt, NULL), 0);
	assert_int_equal(store_step(f->store, stmt, NULL), 0);
	reopen_fails(f, "from a newer coracle");
}

static void drop_files(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	unlinkat(f->fd, "coracle.db", 0);
	unlinkat(f->fd, "coracle.db-wal", 0);
	unlinkat(f->fd, "coracle.db-shm", 0);
}

static void test_damaged(void **state)
{
	struct fixture *f = *state;
	char text[8193];

	drop_files(f);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_text(f->dir, "coracle.db", text);
	reopen_fails(f, "is damaged");
}

static void test_foreign(void **state)
{
	struct fixture *f = *state;
	char path[4096];
	sqlite3 *db;

	drop_files(f);
	snprintf(path, sizeof(path), "%s/coracle.db", f->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	reopen_fails(f, "of another program");
}

/* A lost database beside containers is not replaced by an empty one. */
static void test_lost(void **state)
{
	struct fixture *f = *state;

	drop_files(f);
	assert_int_equal(mkdirat(f->fd, "containers", 0700), 0);
	assert_int_equal(mkdirat(f->fd, "containers/" ID_A, 0700), 0);
	reopen_fails(f, "is missing or empty");
	write_text(f->dir, "coracle.db", "");
	reopen_fails(f, "is missing or empty");
}

static int child(struct fixture *f, int number)
{
	struct store *s;
	char id[65], name[16];
	struct err err;

	if (store_open(f->fd, f->dir, &s, &err) < 0) {
		print_error("%s\n", err.text);
		return 1;
	}
	for (int i = 0; i < 50; i++) {
		memset(id, '0', 64);
		snprintf(id + 48, 17, "%08d%08d", number, i);
		snprintf(name, sizeof(name), "n%d-%d", number, i);
		if (add(s, id, name, &err) < 0) {
			print_error("%s\n", err.text);
			return 1;
		}
	}
	store_close(s);
	return 0;
}

/* Eight processes make the database together and write at once: none is told "busy". */
static void test_parallel(void **state)
{
	struct fixture *f = *state;
	struct container_row *rows;
	size_t count;
	int status;

	drop_files(f);
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			_exit(child(f, i));
	for (int i = 0; i < 8; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(store_open(f->fd, f->dir, &f->store, NULL), 0);
	assert_int_equal(store_container_list(f->store, &rows, &count, NULL), 0);
	assert_int_equal(count, 400);
	while (count > 0)
		container_row_clear(&rows[--count]);
	free(rows);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_find),     TEST(test_conflict), TEST(test_update_and_remove),
		TEST(test_rollback), TEST(test_reopen),	  TEST(test_checkpoint),
		TEST(test_newer),    TEST(test_damaged),  TEST(test_foreign),
		TEST(test_lost),     TEST(test_parallel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
