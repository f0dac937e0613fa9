/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/str.h"

static struct err err;

static void unsigned_numbers(void **state)
{
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "0x1",
					   "1e3",
					   "abc",
					   "1.",
					   "100",
					   "18446744073709551616",
					   "99999999999999999999999" };
	uint64_t n = 7;

	assert_ok(str_to_u64("0", 99, "it", &n, &err), &err);
	assert_int_equal(n, 0);
	assert_ok(str_to_u64("0099", 99, "it", &n, &err), &err);
	assert_int_equal(n, 99);
	assert_ok(str_to_u64("18446744073709551615", UINT64_MAX, "it", &n, &err), &err);
	assert_true(n == UINT64_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(str_to_u64(bad[i], 99, "the answer", &n, &err), -EINVAL);
		assert_non_null(strstr(err.text, "the answer"));
		assert_int_equal(err.class, ERR_INVALID);
	}
	assert_true(n == UINT64_MAX); /* untouched */
}

static void a_user_id_does_not_wrap(void **state)
{
	uint64_t n;

	assert_int_equal(str_to_u64("4294967296", UINT32_MAX, "uid", &n, &err), -EINVAL);
	assert_non_null(strstr(err.text, "4294967296"));
}

static void signed_numbers(void **state)
{
	int64_t n = 7;

	assert_ok(str_to_i64("-9223372036854775808", INT64_MIN, INT64_MAX, "it", &n, &err), &err);
	assert_true(n == INT64_MIN);
	assert_ok(str_to_i64("9223372036854775807", INT64_MIN, INT64_MAX, "it", &n, &err), &err);
	assert_true(n == INT64_MAX);
	assert_ok(str_to_i64("-1000", -1000, 1000, "it", &n, &err), &err);
	assert_int_equal(n, -1000);
	assert_int_equal(str_to_i64("-1001", -1000, 1000, "it", &n, &err), -EINVAL);
	assert_int_equal(str_to_i64("9223372036854775808", INT64_MIN, INT64_MAX, "it", &n, &err),
			 -EINVAL);
	assert_int_equal(str_to_i64("--1", -9, 9, "it", &n, &err), -EINVAL);
	assert_int_equal(str_to_i64("-", -9, 9, "it", &n, &err), -EINVAL);
	assert_int_equal(n, -1000);
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "512", 512 },
		{ "1b", 1 },
		{ "64m", 64 << 20 },
		{ "64M", 64 << 20 },
		{ "64mb", 64 << 20 },
		{ "64MiB", 64 << 20 },
		{ "1.5GiB", 3LL << 29 },
		{ "1.5 GiB", 3LL << 29 },
		{ ".5k", 512 },
		{ "2t", 2LL << 40 },
		{ "3p", 3LL << 50 },
		{ "0.1k", 102 },
		{ "9223372036854775807", INT64_MAX },
		{ "8191p", 8191LL << 50 },
	};
	static const char *const bad[] = { "",
					   "m",
					   ".",
					   "-1m",
					   "1x",
					   "1mm",
					   "1ib",
					   "1 ",
					   "1  m",
					   "1e3",
					   "0x10",
					   "1bb",
					   "1kbb",
					   "1.5.5k",
					   "8192p",
					   "9223372036854775808",
					   "99999999999999999999",
					   "1\xc4\xb0" };
	int64_t n = -5;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_ok(str_to_size(good[i].text, "memory", &n, &err), &err);
		if (n != good[i].bytes)
			fail_msg("%s is %lld", good[i].text, (long long)n);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (str_to_size(bad[i], "memory", &n, &err) != -EINVAL)
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_non_null(strstr(err.text, "memory"));
	}
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "5s", 5000000000 },
		{ "300ms", 300000000 },
		{ "1h2m3.5s", 3723500000000 },
		{ "1.5h", 5400000000000 },
		{ "10us", 10000 },
		{ "10\xc2\xb5s", 10000 },
		{ "7ns", 7 },
		{ ".5s", 500000000 },
		{ "1.s", 1000000000 },
		{ "1m1m", 120000000000 },
	};
	static const char *const bad[] = { "",	 "5",	  "s",	 "-1s", "+1s",
					   "1d", "1h 2m", "1s2", ".s",	"9999999999h" };
	int64_t ns = -5;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_ok(str_to_duration(good[i].text, "it", &ns, &err), &err);
		if (ns != good[i].ns)
			fail_msg("%s is %lld", good[i].text, (long long)ns);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (str_to_duration(bad[i], "it", &ns, &err) != -EINVAL)
			fail_msg("\"%s\" was accepted", bad[i]);
}

static void booleans(void **state)
{
	bool b = false;

	assert_ok(str_to_bool("True", "it", &b, &err), &err);
	assert_true(b);
	assert_ok(str_to_bool("0", "it", &b, &err), &err);
	assert_false(b);
	assert_ok(str_to_bool("1", "it", &b, &err), &err);
	assert_true(b);
	assert_int_equal(str_to_bool("yes", "it", &b, &err), -EINVAL);
	assert_int_equal(str_to_bool("", "it", &b, &err), -EINVAL);
}

static void sizes_for_people(void **state)
{
	char out[32];

	assert_string_equal(str_human_size(0, out), "0B");
	assert_string_equal(str_human_size(999, out), "999B");
	assert_string_equal(str_human_size(1000, out), "1kB");
	assert_string_equal(str_human_size(77825000, out), "77.83MB");
	assert_string_equal(str_bytes_size(1023, out), "1023B");
	assert_string_equal(str_bytes_size(64 << 20, out), "64MiB");
	assert_string_equal(str_bytes_size(1.5 * (1 << 30), out), "1.5GiB");
	assert_string_equal(str_bytes_size(1.9e30, out), "1.572e+06YiB");
}

static void durations_for_people(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "Less than a second" }, { -3, "Less than a second" },
		{ 1, "1 second" },	     { 59, "59 seconds" },
		{ 60, "About a minute" },    { 119, "About a minute" },
		{ 120, "2 minutes" },	     { 3599, "59 minutes" },
		{ 3600, "About an hour" },   { 5399, "About an hour" },
		{ 5400, "2 hours" },	     { 47 * 3600, "47 hours" },
		{ 48 * 3600, "2 days" },     { 14 * 86400, "2 weeks" },
		{ 60 * 86400, "2 months" },  { 730 * 86400, "2 years" },
	};
	char out[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(str_human_duration(rows[i].seconds, out), rows[i].text);
}

static void random_hex(void **state)
{
	char a[129], b[129];

	assert_int_equal(str_random_hex(a, 64), 0);
	assert_int_equal(str_random_hex(b, 64), 0);
	assert_int_equal(strlen(a), 128);
	assert_int_equal(strspn(a, "0123456789abcdef"), 128);
	assert_string_not_equal(a, b);
	assert_int_equal(str_random_hex(a, 0), 0);
	assert_string_equal(a, "");
}

static void vectors(void **state)
{
	struct strv v cleanup_strv = { 0 };
	char text[16];

	assert_int_equal(strv_split(&v, "", ','), 0);
	assert_int_equal(v.count, 0);
	assert_int_equal(strv_split(&v, "a,,b,", ','), 0);
	assert_int_equal(v.count, 4);
	assert_string_equal(v.items[1], "");
	assert_string_equal(v.items[3], "");
	assert_null(v.items[4]);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(strv_add(&v, text), 0);
		assert_null(v.items[v.count]);
	}
	assert_true(strv_contains(&v, "99"));
	assert_false(strv_contains(&v, "100"));
	assert_int_equal(strv_add_owned(&v, NULL), -ENOMEM);
}

static void prefixes_and_suffixes(void **state)
{
	assert_true(str_starts("abc", "ab"));
	assert_false(str_starts("a", "ab"));
	assert_true(str_ends("abc", "bc"));
	assert_true(str_ends("abc", ""));
	assert_false(str_ends("c", "bc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(a_user_id_does_not_wrap),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(booleans),
		cmocka_unit_test(sizes_for_people),
		cmocka_unit_test(durations_for_people),
		cmocka_unit_test(random_hex),
		cmocka_unit_test(vectors),
		cmocka_unit_test(prefixes_and_suffixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
