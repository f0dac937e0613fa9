/* SPDX-License-Identifier: Apache-2.0 */
/* ps(1)'s command lines, and rows about ourselves and a hostile neighbour. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/ps.h"

static void expect_titles(const char *args, const char *titles)
{
	struct ps_format format = { .count = 0 };
	struct err err = { 0 };
	json_t *list;
	char *dump;

	if (ps_format_parse(args, &format, &err) < 0)
		fail_msg("%s", err.text);
	list = ps_format_titles(&format);
	dump = json_dumps(list, JSON_COMPACT);
	assert_string_equal(dump, titles);
	free(dump);
	json_decref(list);
	ps_format_clear(&format);
}

static void test_titles(void **state)
{
	static const char full[] =
	    "[\"UID\",\"PID\",\"PPID\",\"C\",\"STIME\",\"TTY\",\"TIME\",\"CMD\"]";

	expect_titles("-ef", full);
	expect_titles("ef", full);
	expect_titles("-e -f", full);
	expect_titles("aux", "[\"USER\",\"PID\",\"%CPU\",\"%MEM\",\"VSZ\",\"RSS\",\"TTY\","
			     "\"STAT\",\"START\",\"TIME\",\"COMMAND\"]");
	expect_titles("-o pid,comm", "[\"PID\",\"COMMAND\"]");
	expect_titles("-opid -o comm=NAME", "[\"PID\",\"NAME\"]");
	expect_titles("-eo pid=", "[\"\"]");
	expect_titles("axo user,pid", "[\"USER\",\"PID\"]");
	expect_titles("-A", "[\"PID\",\"TTY\",\"TIME\",\"CMD\"]");
}

static void expect_refused(const char *args, int code)
{
	struct ps_format format = { .count = 0 };
	struct err err = { 0 };

	assert_int_equal(ps_format_parse(args, &format, &err), code);
	assert_int_equal(format.count, 0);
}

static void test_refused(void **state)
{
	expect_refused("-o nosuch", -ENOTSUP);
	expect_refused("-o pid,", -ENOTSUP);
	expect_refused("-o", -EINVAL);
	expect_refused("-Z", -ENOTSUP);
	expect_refused("--help", -ENOTSUP);
}

static json_t *row_of(pid_t pid, const char *args)
{
	struct ps_format format = { .count = 0 };
	json_t *row = NULL;

	assert_int_equal(ps_format_parse(args, &format, NULL), 0);
	if (ps_format_row(&format, pid, &row, NULL) != 0)
		row = NULL;
	ps_format_clear(&format);
	return row;
}

static void test_own_row(void **state)
{
	char pid[16], ppid[16], uid[16];
	json_t *row;

	prctl(PR_SET_NAME, "test_top"); /* an emulator has another */
	row = row_of(getpid(), "-o pid,ppid,uid,comm,s");
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	snprintf(ppid, sizeof(ppid), "%d", (int)getppid());
	snprintf(uid, sizeof(uid), "%d", (int)geteuid());
	assert_non_null(row);
	assert_string_equal(json_string_value(json_array_get(row, 0)), pid);
	assert_string_equal(json_string_value(json_array_get(row, 1)), ppid);
	assert_string_equal(json_string_value(json_array_get(row, 2)), uid);
	assert_string_equal(json_string_value(json_array_get(row, 3)), "test_top");
	assert_string_equal(json_string_value(json_array_get(row, 4)), "R");
	json_decref(row);
}

/* A name with brackets, control characters and broken UTF-8 gives one clean row. */
static void test_hostile_name(void **state)
{
	int ready[2], status;
	json_t *row;
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a) R 1 (\xff\x1b[");
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	row = row_of(pid, "-o pid,comm");
	assert_non_null(row);
	assert_int_equal(atoi(json_string_value(json_array_get(row, 0))), pid);
	assert_string_equal(json_string_value(json_array_get(row, 1)), "a) R 1 (??[");
	json_decref(row);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_null(row_of(pid, "-ef"));
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_own_row),
		cmocka_unit_test(test_hostile_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
