/* SPDX-License-Identifier: Apache-2.0 */
/* A monitor killed at any moment is replaced without harm: what the process wrote is in the log
 * exactly once, and its exit status is known. */
#include "monitor_fixture.h"

static struct fixture f;
static struct exit_record record;

/* The payload of all records of one stream, in order. */
static void log_payload(struct buf *out)
{
	cleanup_buf struct buf text = BUF_INIT(256 << 20);
	const char *at, *end, *newline;

	fixture_read_file(&f, "log", &text);
	end = text.data + text.len;
	for (at = text.data; at < end; at = newline + 1) {
		const char *data;

		newline = memchr(at, '\n', (size_t)(end - at));
		assert_non_null(newline);
		data = memmem(at, (size_t)(newline - at), " stdout ", strlen(" stdout "));
		assert_non_null(data);
		data += strlen(" stdout ");
		buf_add(out, data + 2, (size_t)(newline - data - 2));
		if (*data == 'F')
			buf_add_char(out, '\n');
	}
	assert_int_equal(out->failed, 0);
}

static void kill_and_adopt(int times)
{
	for (int i = 0; i < times; i++) {
		usleep((useconds_t)(500 + rand() % 4000));
		fixture_kill_monitor(&f);
		fixture_adopt(&f);
	}
}

/* Numbers in order: a lost or doubled byte shows where it is. */
static void nothing_lost_or_doubled(void **state)
{
	cleanup_buf struct buf got = BUF_INIT(64 << 20);
	char *at, *end;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_fifos(&f, false);
	fixture_start(&f, "exec 2>&1; seq 1 400000; sleep 1.5; seq 400001 500000; exit 9");
	kill_and_adopt(150);
	fixture_finish(&f, &record);
	assert_int_equal(record.status, 9);
	log_payload(&got);
	at = got.data;
	for (long i = 1; i <= 500000; i++) {
		assert_int_equal(strtol(at, &end, 10), i);
		assert_int_equal(*end, '\n');
		at = end + 1;
	}
	assert_int_equal(*at, '\0');
	fixture_remove(&f);
}

/* The same bytes for ever: only the count can tell. */
static void constant_content(void **state)
{
	cleanup_buf struct buf got = BUF_INIT(64 << 20);

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_fifos(&f, false);
	fixture_start(&f, "yes $(printf %0999d 1) | head -c 20000000; sleep 1; exit 1");
	kill_and_adopt(150);
	fixture_finish(&f, &record);
	log_payload(&got);
	assert_int_equal(got.len, 20000000);
	for (size_t i = 0; i < got.len; i++)
		if (got.data[i] != (i % 1000 == 999 ? '\n' : i % 1000 == 998 ? '1' : '0'))
			fail_msg("byte %zu", i);
	fixture_remove(&f);
}

static void status_of_a_foreign_process(void **state)
{
	fixture_make(&f, MONITOR_LOG_NONE);
	fixture_fifos(&f, false);
	fixture_start(&f, "until [ -e $DIR/go ]; do sleep 0.02; done; kill -15 $$");
	fixture_kill_monitor(&f);
	fixture_adopt(&f);
	put_file(f.dir.fd, "go", "");
	fixture_finish(&f, &record);
	assert_int_equal(record.status, 143);
	assert_int_equal(record.signal, 15);
	fixture_remove(&f);
}

/* Without the page only the log itself tells: a torn record goes. */
static void torn_log_without_progress(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(1 << 20);
	int fd;

	fixture_make(&f, MONITOR_LOG_K8S_FILE);
	fixture_fifos(&f, false);
	fixture_start(&f, "echo a; until [ -e $DIR/go ]; do sleep 0.02; done; echo b");
	fixture_await_log(&f, "F a\n");
	fixture_kill_monitor(&f);
	fd = openat(f.dir.fd, "log", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "2026-11", 7), 7);
	close(fd);
	unlinkat(f.dir.fd, "progress", 0);
	assert_int_equal(mkdirat(f.dir.fd, "progress", 0700), 0); /* cannot be opened */
	fixture_adopt(&f);
	put_file(f.dir.fd, "go", "");
	fixture_finish(&f, &record);
	log_payload(&text);
	assert_string_equal(buf_str(&text), "a\nb\n");
	fixture_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_lost_or_doubled),
		cmocka_unit_test(constant_content),
		cmocka_unit_test(status_of_a_foreign_process),
		cmocka_unit_test(torn_log_without_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
