/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/loop.h"
#include "base/time.h"

struct world {
	struct loop *loop;
	struct loop_source *sources[4];
	int pipes[4][2];
	int calls[4], timer_calls;
	int64_t fired_at;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->loop = loop_new();
	assert_non_null(w->loop);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pipe2(w->pipes[i], O_CLOEXEC | O_NONBLOCK), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	loop_free(w->loop);
	for (int i = 0; i < 4; i++) {
		close(w->pipes[i][0]);
		close(w->pipes[i][1]);
	}
	free(w);
	return 0;
}

static int index_of(struct world *w, int fd)
{
	for (int i = 0; i < 4; i++)
		if (w->pipes[i][0] == fd)
			return i;
	return -1;
}

static void stop(struct loop *loop, void *arg)
{
	loop_stop(loop);
}

static void read_one(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct world *w = arg;
	char byte;

	w->calls[index_of(w, fd)]++;
	if (read(fd, &byte, 1) != 1)
		loop_stop(loop);
}

static void descriptors_are_watched(void **state)
{
	struct world *w = *state;

	w->sources[0] = loop_add_fd(w->loop, w->pipes[0][0], EPOLLIN, read_one, w);
	assert_int_equal(write(w->pipes[0][1], "abc", 3), 3);
	close(w->pipes[0][1]);
	assert_int_equal(loop_run(w->loop), 0); /* until end of file */
	assert_int_equal(w->calls[0], 4);
	w->pipes[0][1] = -1;
}

/* The first to run removes all: none of those already reported may run. */
static void remove_all(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct world *w = arg;

	w->calls[index_of(w, fd)]++;
	for (int i = 0; i < 4; i++) {
		loop_remove(w->sources[i]);
		w->sources[i] = NULL;
	}
	loop_add_timer(loop, 1000000, stop, w);
}

static void sources_may_be_removed_while_dispatching(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 4; i++) {
		w->sources[i] = loop_add_fd(w->loop, w->pipes[i][0], EPOLLIN, remove_all, w);
		assert_int_equal(write(w->pipes[i][1], "x", 1), 1);
	}
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->calls[0] + w->calls[1] + w->calls[2] + w->calls[3], 1);
	loop_remove(NULL);
}

static void note_time(struct loop *loop, void *arg)
{
	struct world *w = arg;

	w->timer_calls++;
	w->fired_at = time_monotonic_ns();
}

static void timers_fire_once_and_never_early(void **state)
{
	struct world *w = *state;
	int64_t start = time_monotonic_ns();

	loop_add_timer(w->loop, 20000000, note_time, w);
	loop_add_timer(w->loop, -1, note_time, w); /* disarmed */
	loop_add_timer(w->loop, 60000000, stop, w);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->timer_calls, 1);
	assert_true(w->fired_at - start >= 20000000);
}

static void again_at_once(struct loop *loop, void *arg)
{
	struct world *w = arg;

	w->timer_calls++;
	loop_set_timer(w->sources[1], 0);
}

static void a_busy_timer_does_not_starve_descriptors(void **state)
{
	struct world *w = *state;

	w->sources[0] = loop_add_fd(w->loop, w->pipes[0][0], EPOLLIN, read_one, w);
	w->sources[1] = loop_add_timer(w->loop, 0, again_at_once, w);
	assert_int_equal(write(w->pipes[0][1], "abc", 3), 3);
	close(w->pipes[0][1]);
	w->pipes[0][1] = -1;
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->calls[0], 4);
	assert_true(w->timer_calls > 0);
}

static void timer_removes_itself(struct loop *loop, void *arg)
{
	struct world *w = arg;

	w->timer_calls++;
	loop_remove(w->sources[1]);
	w->sources[1] = NULL;
	loop_add_timer(loop, 5000000, stop, w);
}

static void a_timer_may_remove_itself(void **state)
{
	struct world *w = *state;

	w->sources[1] = loop_add_timer(w->loop, 0, timer_removes_itself, w);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->timer_calls, 1);
}

static void events_may_be_changed(void **state)
{
	struct world *w = *state;

	w->sources[0] = loop_add_fd(w->loop, w->pipes[0][0], EPOLLIN, read_one, w);
	assert_int_equal(loop_set_events(w->sources[0], 0), 0);
	assert_int_equal(write(w->pipes[0][1], "abc", 3), 3);
	loop_add_timer(w->loop, 5000000, stop, w);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->calls[0], 0);
}

static void what_cannot_be_watched_is_an_error(void **state)
{
	struct world *w = *state;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_null(loop_add_fd(w->loop, fd, EPOLLIN, read_one, w));
	assert_int_equal(errno, EPERM);
	close(fd);
	loop_add_timer(w->loop, 0, stop, w);
	assert_int_equal(loop_run(w->loop), 0);
	loop_free(NULL);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(descriptors_are_watched),
		ROW(sources_may_be_removed_while_dispatching),
		ROW(timers_fire_once_and_never_early),
		ROW(a_busy_timer_does_not_starve_descriptors),
		ROW(a_timer_may_remove_itself),
		ROW(events_may_be_changed),
		ROW(what_cannot_be_watched_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
