/* SPDX-License-Identifier: Apache-2.0 */
/* Events: past, future, in between, and across rotations of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/time.h"
#include "engine/container/event.h"
#include "engine_fixture.h"

struct seen {
	int next, wanted;
	bool out_of_order;
};

static int on_event(void *arg, const json_t *event)
{
	struct seen *s = arg;
	json_t *attributes = json_object_get(json_object_get(event, "Actor"), "Attributes");
	int n = atoi(json_string_value(json_object_get(attributes, "n")));

	s->out_of_order |= n != s->next;
	s->next = n + 1;
	return s->next == s->wanted;
}

static void emit(const struct engine_fixture *f, int n, size_t padding)
{
	char number[16];
	char *text = calloc(1, padding + 1);

	snprintf(number, sizeof(number), "%d", n);
	memset(text, 'x', padding);
	engine_event(f->engine, "container", "test", "id", "image",
		     json_pack("{ss ss}", "n", number, "padding", text));
	free(text);
}

static void test_past(void **state)
{
	struct engine_fixture *f = *state;
	struct seen s = { .wanted = -1 };
	int64_t middle;

	emit(f, 0, 0);
	emit(f, 1, 0);
	middle = time_now_ns();
	emit(f, 2, 0);
	assert_int_equal(engine_events(f->engine, 0, time_now_ns(), on_event, &s, NULL), 0);
	assert_int_equal(s.next, 3);
	assert_false(s.out_of_order);
	s = (struct seen){ .next = 2, .wanted = -1 };
	assert_int_equal(engine_events(f->engine, middle, time_now_ns(), on_event, &s, NULL), 0);
	assert_int_equal(s.next, 3);
	assert_false(s.out_of_order);
	s = (struct seen){ .wanted = -1 };
	assert_int_equal(engine_events(f->engine, 0, middle, on_event, &s, NULL), 0);
	assert_int_equal(s.next, 2);
}

/* A line that a full disk or a killed writer has cut hides no other. */
static void test_cut_line(void **state)
{
	struct engine_fixture *f = *state;
	struct seen s = { .wanted = -1 };
	int fd;

	emit(f, 0, 0);
	fd = openat(f->engine->root->run_fd, ROOT_EVENTS, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "{\"Type\":\"contai", 15), 15);
	close(fd);
	emit(f, 1, 0);
	assert_int_equal(engine_events(f->engine, 0, time_now_ns(), on_event, &s, NULL), 0);
	assert_int_equal(s.next, 2);
	assert_false(s.out_of_order);
}

/* 5 MB through a file of 1 MiB, read while it is written. */
static void test_rotation(void **state)
{
	struct engine_fixture *f = *state;
	struct seen s = { .wanted = 5000 };
	int status;

	if (fork() == 0) {
		for (int i = 0; i < 5000; i++) {
			emit(f, i, 800);
			if (i % 100 == 0)
				usleep(2000);
		}
		_exit(0);
	}
	assert_int_equal(engine_events(f->engine, 0, 0, on_event, &s, NULL), 0);
	assert_true(wait(&status) > 0);
	assert_int_equal(s.next, 5000);
	assert_false(s.out_of_order);
}

static void test_until(void **state)
{
	struct engine_fixture *f = *state;
	struct seen s = { .wanted = -1 };
	int64_t begin = time_now_ns();

	assert_int_equal(engine_events(f->engine, begin, begin + 300000000, on_event, &s, NULL), 0);
	assert_true(time_now_ns() >= begin + 300000000);
	assert_true(time_now_ns() < begin + 5000000000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, engine_setup, engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_past),
		TEST(test_cut_line),
		TEST(test_rotation),
		TEST(test_until),
	};

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
