/* SPDX-License-Identifier: Apache-2.0 */
/* The small ones: errors, buffers, cleanup, paths, times, log. */
#include "support.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/path.h"
#include "base/time.h"

static struct err err;

/* --- errors ------------------------------------------------------------------------------------
 */

static void errors_say_what_and_why(void **state)
{
	struct err e = { 0 };

	assert_int_equal(err_sys(&e, ENOENT, "open %s", "/x"), -ENOENT);
	assert_string_equal(e.text, "open /x: No such file or directory");
	assert_int_equal(e.code, ENOENT);
	assert_int_equal(e.class, ERR_ENGINE);
	assert_int_equal(err_wrap(&e, "container %s", "web"), -ENOENT);
	assert_string_equal(e.text, "container web: open /x: No such file or directory");
	assert_int_equal(err_sys(&e, -EPERM, "x"), -EPERM);
	assert_int_equal(err_set(&e, ERR_CONFLICT, 0, "x"), -EIO);
	assert_int_equal(err_invalid(&e, "n"), -EINVAL);
	assert_int_equal(e.class, ERR_INVALID);
	assert_int_equal(err_oom(&e), -ENOMEM);
	assert_int_equal(err_sys(NULL, EPERM, "x"), -EPERM);
	assert_int_equal(err_oom(NULL), -ENOMEM);
}

static void errors_cannot_drive_a_terminal(void **state)
{
	struct err e = { 0 };

	err_invalid(&e, "name \"%s\"", "a\033]0;owned\007\nb\x7f");
	assert_string_equal(e.text, "name \"a?]0;owned??b?\"");
	err_wrap(&e, "%s", "\033[2J");
	assert_null(strchr(e.text, '\033'));
}

static void long_errors_are_cut(void **state)
{
	char big[3000];
	struct err e = { 0 };

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_sys(&e, EPERM, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_set(&e, ERR_ENGINE, 1, "%s", "short");
	err_set(&e, ERR_ENGINE, 1, "again %s", e.text); /* its own text as argument */
	assert_string_equal(e.text, "again short");
}

/* --- buffers -----------------------------------------------------------------------------------
 */

static void buffers_stop_at_their_maximum(void **state)
{
	struct buf b cleanup_buf = BUF_INIT(10);

	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_add_str(&b, "12345"), 0);
	assert_int_equal(buf_printf(&b, "%d", 67890), 0);
	assert_int_equal(buf_add_char(&b, 'x'), -E2BIG);
	assert_int_equal(b.failed, -E2BIG);
	assert_string_equal(buf_str(&b), "1234567890");
	assert_int_equal(buf_printf(&b, "%s", "y"), -E2BIG);
	assert_int_equal(b.len, 10);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), -E2BIG);
}

static void buffers_consume_and_give_away(void **state)
{
	struct buf b cleanup_buf = BUF_INIT(1 << 20);
	char *taken;

	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%03d", i);
	buf_consume(&b, 3);
	assert_memory_equal(b.data, "001002", 6);
	assert_int_equal(b.len, 2997);
	buf_consume(&b, 2990);
	assert_string_equal(buf_str(&b), "7998999");
	taken = buf_take(&b);
	assert_string_equal(taken, "7998999");
	free(taken);
	taken = buf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
	buf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	buf_consume(&b, 99);
	assert_int_equal(b.len, 0);
}

/* --- cleanup -----------------------------------------------------------------------------------
 */

static void ownership_leaves_by_a_move_only(void **state)
{
	int kept;
	char *text;

	{
		int fd cleanup_fd = open("/dev/null", O_RDONLY | O_CLOEXEC), other cleanup_fd = -1;
		char *s cleanup_free = strdup("x");

		kept = take_fd(&fd);
		text = take_ptr(&s);
		assert_int_equal(fd, -1);
		assert_null(s);
		errno = EXDEV;
		close_fd(&other);
		assert_int_equal(errno, EXDEV);
	}
	assert_true(fcntl(kept, F_GETFD) >= 0);
	assert_string_equal(text, "x");
	close_fd(&kept);
	assert_int_equal(kept, -1);
	free(text);
}

/* --- paths -------------------------------------------------------------------------------------
 */

static void paths_are_cleaned_lexically(void **state)
{
	static const char *const rows[][2] = {
		{ "", "." },
		{ ".", "." },
		{ "/", "/" },
		{ "//", "/" },
		{ "a//b/./c/", "a/b/c" },
		{ "/a/../..", "/" },
		{ "/../../x", "/x" },
		{ "..", ".." },
		{ "../..", "../.." },
		{ "a/../..", ".." },
		{ "a/..", "." },
		{ "a/../../b/..", ".." },
		{ "/a/b/../c", "/a/c" },
		{ "./a", "a" },
		{ "...", "..." },
		{ "a/b/../../../c", "../c" },
		{ "/..a/.b", "/..a/.b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *clean cleanup_free = path_clean(rows[i][0]);

		assert_string_equal(clean, rows[i][1]);
	}
}

static void paths_are_joined_with_one_slash(void **state)
{
	static const char *const rows[][3] = {
		{ "/a", "b", "/a/b" }, { "/a/", "/b", "/a/b" }, { "/", "b", "/b" },
		{ "", "b", "b" },      { "a", "", "a/" },	{ "//", "//b", "/b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *joined cleanup_free = path_join(rows[i][0], rows[i][1]);

		assert_string_equal(joined, rows[i][2]);
	}
}

static void paths_beneath(void **state)
{
	assert_true(path_is_beneath("a/b"));
	assert_true(path_is_beneath("a/../b"));
	assert_true(path_is_beneath(""));
	assert_true(path_is_beneath("..."));
	assert_false(path_is_beneath("/a"));
	assert_false(path_is_beneath(".."));
	assert_false(path_is_beneath("a/../../b"));
	assert_false(path_is_beneath("a/../../a/b"));
	assert_false(path_is_beneath("./../x"));
}

static void path_components(void **state)
{
	char name[300];

	assert_string_equal(path_base("/a/b"), "b");
	assert_string_equal(path_base("b"), "b");
	assert_string_equal(path_base("/"), "/");
	assert_true(path_is_component("a.b"));
	assert_true(path_is_component("..."));
	assert_false(path_is_component(""));
	assert_false(path_is_component("."));
	assert_false(path_is_component(".."));
	assert_false(path_is_component("a/b"));
	assert_false(path_is_component("a\nb"));
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	assert_true(path_is_component(name));
	name[255] = 'n';
	name[256] = '\0';
	assert_false(path_is_component(name));
}

/* --- times -------------------------------------------------------------------------------------
 */

static void times_round_trip(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
		const char *again;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000000000Z" },
		{ "2026-11-24T03:14:45.655149687Z", 1795490085655149687,
		  "2026-11-24T03:14:45.655149687Z" },
		{ "2026-11-24T05:14:45.5+02:00", 1795490085500000000,
		  "2026-11-24T03:14:45.500000000Z" },
		{ "2026-11-23T22:44:45-04:30", 1795490085000000000,
		  "2026-11-24T03:14:45.000000000Z" },
		{ "1795490085", 1795490085000000000, "2026-11-24T03:14:45.000000000Z" },
		{ "1795490085.25", 1795490085250000000, "2026-11-24T03:14:45.250000000Z" },
		{ "2024-02-29T00:00:00.1234567891Z", 1709164800123456789,
		  "2024-02-29T00:00:00.123456789Z" },
		{ "1969-12-31T23:59:59.5Z", -500000000, "1969-12-31T23:59:59.500000000Z" },
	};
	char out[TIME_TEXT_MAX];
	int64_t ns = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_ok(time_parse(rows[i].text, &ns, &err), &err);
		if (ns != rows[i].ns)
			fail_msg("%s is %lld", rows[i].text, (long long)ns);
		assert_string_equal(time_format(ns, out), rows[i].again);
	}
}

static void wrong_times_are_refused(void **state)
{
	static const char *const bad[] = { "",
					   "now",
					   "2026-13-01T00:00:00Z",
					   "2026-00-01T00:00:00Z",
					   "2026-02-29T00:00:00Z",
					   "2100-02-29T00:00:00Z",
					   "2026-01-01T24:00:00Z",
					   "2026-01-01T00:60:00Z",
					   "2026-01-01T00:00:00",
					   "2026-01-01T00:00:00+1:00",
					   "2026-01-01T00:00:00.Z",
					   "2026-01-01 00:00:00Z",
					   "2026-01-01T00:00:00Zx",
					   "99999999999999999999",
					   "9999-01-01T00:00:00Z",
					   "-5",
					   "5." };
	int64_t ns = 3;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (time_parse(bad[i], &ns, &err) != -EINVAL)
			fail_msg("\"%s\" was accepted", bad[i]);
	assert_int_equal(ns, 3);
}

static void clocks_go_forward(void **state)
{
	int64_t a = time_monotonic_ns(), b = time_monotonic_ns();

	assert_true(b >= a);
	assert_true(time_now_ns() > 1700000000000000000);
}

/* --- log ---------------------------------------------------------------------------------------
 */

static const char *logged(enum log_level level, enum log_format format, const char *text)
{
	static char out[8192];
	int pair[2];
	ssize_t n;

	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK), 0);
	log_open(pair[1], LOG_LEVEL_INFO, format);
	errno = EXDEV;
	log_message(level, "%s", text);
	assert_int_equal(errno, EXDEV);
	log_open(-1, LOG_LEVEL_INFO, format);
	log_message(level, "to nowhere");
	close(pair[1]);
	n = read(pair[0], out, sizeof(out) - 1);
	close(pair[0]);
	out[n < 0 ? 0 : n] = '\0';
	return out;
}

static void log_lines(void **state)
{
	const char *json;

	assert_string_equal(logged(LOG_LEVEL_WARN, LOG_FORMAT_TEXT, "a\nb\033"), "warning: a?b?\n");
	assert_string_equal(logged(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT, "x"), "");
	json = logged(LOG_LEVEL_ERROR, LOG_FORMAT_JSON, "q\"\\ \n \xff \xc3\xa9 \xed\xa0\x80");
	assert_non_null(strstr(json, "{\"level\":\"error\",\"msg\":\"q\\\"\\\\ \\u000a \\ufffd "
				     "\xc3\xa9 \\ufffd\\ufffd\\ufffd\",\"time\":\"20"));
	assert_int_equal(json[strlen(json) - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_say_what_and_why),
		cmocka_unit_test(errors_cannot_drive_a_terminal),
		cmocka_unit_test(long_errors_are_cut),
		cmocka_unit_test(buffers_stop_at_their_maximum),
		cmocka_unit_test(buffers_consume_and_give_away),
		cmocka_unit_test(ownership_leaves_by_a_move_only),
		cmocka_unit_test(paths_are_cleaned_lexically),
		cmocka_unit_test(paths_are_joined_with_one_slash),
		cmocka_unit_test(paths_beneath),
		cmocka_unit_test(path_components),
		cmocka_unit_test(times_round_trip),
		cmocka_unit_test(wrong_times_are_refused),
		cmocka_unit_test(clocks_go_forward),
		cmocka_unit_test(log_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
