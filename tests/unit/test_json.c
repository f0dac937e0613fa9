/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/json.h"

static struct err err;

static json_t *parse(const char *text)
{
	json_t *j = NULL;

	assert_ok(js_parse(text, strlen(text), "it", &j, &err), &err);
	return j;
}

static void refusals_say_where(void **state)
{
	static const char *const bad[] = { "",
					   "{",
					   "{\"a\":1,\"a\":2}",
					   "{\"a\":\"\\u0000\"}",
					   "{} x",
					   "7",
					   "{\"a\":99999999999999999999}",
					   "{\"a\":-9223372036854775809}",
					   "{\"a\":1e999}",
					   "{\"a\":\"\xff\"}" };
	json_t *j = NULL;
	char *deep cleanup_free = calloc(1, 100001);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (js_parse(bad[i], strlen(bad[i]), "it", &j, &err) != -EINVAL)
			fail_msg("%s was accepted", bad[i]);
	assert_int_equal(js_parse("{\n \"a\": x}", 10, "config.json", &j, &err), -EINVAL);
	assert_non_null(strstr(err.text, "config.json: line 2, column"));
	memset(deep, '[', 100000);
	assert_int_equal(js_parse(deep, 100000, "it", &j, &err), -EINVAL);
	assert_null(j);
}

static void getters(void **state)
{
	json_t *j cleanup_json = parse("{\"s\":\"text\",\"b\":true,\"i\":-5,\"u\":7,\"o\":{},"
				       "\"a\":[\"x\",\"y\"],\"n\":null,\"mixed\":[\"x\",1]}");
	const char *s = "default";
	char *copy cleanup_free = strdup("old");
	bool b = false;
	int64_t i = 0;
	uint64_t u = 0;
	json_t *o = NULL;
	struct strv v cleanup_strv = { 0 };

	assert_ok(js_get_str(j, "top", "absent", &s, &err), &err);
	assert_ok(js_get_str(j, "top", "n", &s, &err), &err);
	assert_string_equal(s, "default");
	assert_ok(js_get_str(j, "top", "s", &s, &err), &err);
	assert_string_equal(s, "text");
	assert_ok(js_dup_str(j, "top", "absent", &copy, &err), &err);
	assert_string_equal(copy, "old");
	assert_ok(js_dup_str(j, "top", "s", &copy, &err), &err);
	assert_string_equal(copy, "text");
	assert_ok(js_get_bool(j, "top", "b", &b, &err), &err);
	assert_true(b);
	assert_ok(js_get_i64(j, "top", "i", -5, 5, &i, &err), &err);
	assert_int_equal(i, -5);
	assert_ok(js_get_u64(j, "top", "u", 7, &u, &err), &err);
	assert_int_equal(u, 7);
	assert_ok(js_get_obj(j, "top", "o", &o, &err), &err);
	assert_true(json_is_object(o));
	assert_ok(js_get_strv(j, "top", "a", &v, &err), &err);
	assert_int_equal(v.count, 2);
	assert_string_equal(v.items[1], "y");

	assert_int_equal(js_get_str(j, "linux.resources", "o", &s, &err), -EINVAL);
	assert_string_equal(err.text, "linux.resources: o must be a string");
	assert_int_equal(js_get_str(j, "", "o", &s, &err), -EINVAL);
	assert_string_equal(err.text, "o must be a string");
	assert_int_equal(js_get_bool(j, "top", "s", &b, &err), -EINVAL);
	assert_int_equal(js_get_i64(j, "top", "i", -4, 5, &i, &err), -EINVAL);
	assert_int_equal(js_get_i64(j, "top", "s", -4, 5, &i, &err), -EINVAL);
	assert_int_equal(js_get_u64(j, "top", "i", 9, &u, &err), -EINVAL);
	assert_int_equal(js_get_u64(j, "top", "u", 6, &u, &err), -EINVAL);
	assert_int_equal(js_get_obj(j, "top", "a", &o, &err), -EINVAL);
	assert_int_equal(js_get_arr(j, "top", "o", &o, &err), -EINVAL);
	assert_int_equal(js_get_strv(j, "top", "mixed", &v, &err), -EINVAL);
	assert_int_equal(v.count, 2);
	assert_true(i == -5 && u == 7);
}

static void numbers_of_64_bits(void **state)
{
	json_t *j cleanup_json = parse(
	    "{\"max\":18446744073709551615,\"half\":9223372036854775808,"
	    "\"s\":\"18446744073709551615 \\\" 99999999999999999999\",\"l\":[1,9223372036854775808],"
	    "\"small\":\"7\"}");
	const char *s = NULL;
	uint64_t u = 0;
	int64_t i = 3;

	assert_ok(js_get_u64(j, "", "max", UINT64_MAX, &u, &err), &err);
	assert_true(u == UINT64_MAX);
	assert_ok(js_get_u64(j, "", "half", UINT64_MAX, &u, &err), &err);
	assert_true(u == 9223372036854775808u);
	assert_ok(js_get_str(j, "", "s", &s, &err), &err);
	assert_string_equal(s, "18446744073709551615 \" 99999999999999999999");
	assert_int_equal(js_get_u64(j, "", "max", UINT32_MAX, &u, &err), -EINVAL);
	assert_int_equal(js_get_i64(j, "", "max", 0, INT64_MAX, &i, &err), -EINVAL);
	assert_int_equal(js_get_u64(j, "", "small", 99, &u, &err), -EINVAL);
}

static void files(void **state)
{
	struct temp_dir tmp;
	json_t *j cleanup_json = parse("{\"a\":[1,2]}"), *again cleanup_json = NULL;
	char *text cleanup_free = NULL;

	temp_dir_make(&tmp);
	assert_ok(js_replace_file_at(tmp.fd, "f.json", j, 0600, &err), &err);
	assert_string_equal(get_file(tmp.fd, "f.json"), "{\"a\":[1,2]}");
	assert_ok(js_read_file_at(tmp.fd, "f.json", 100, &again, &err), &err);
	assert_true(json_equal(j, again));
	assert_int_equal(js_read_file_at(tmp.fd, "f.json", 5, &again, &err), -E2BIG);
	text = js_dump(again, JSON_COMPACT);
	assert_string_equal(text, "{\"a\":[1,2]}");
	temp_dir_remove(&tmp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_say_where),
		cmocka_unit_test(getters),
		cmocka_unit_test(numbers_of_64_bits),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
