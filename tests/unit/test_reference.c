/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/str.h"
#include "engine/image/reference.h"

static struct err err;

static void names(void **state)
{
	static const struct {
		const char *text, *repository, *tag, *digest, *familiar;
	} cases[] = {
		{ "busybox", "docker.io/library/busybox", "latest", NULL, "busybox:latest" },
		{ "busybox:1.36", "docker.io/library/busybox", "1.36", NULL, "busybox:1.36" },
		{ "a/b", "docker.io/a/b", "latest", NULL, "a/b:latest" },
		{ "docker.io/x", "docker.io/library/x", "latest", NULL, "x:latest" },
		{ "index.docker.io/library/x", "docker.io/library/x", "latest", NULL, "x:latest" },
		{ "localhost/x:T", "localhost/x", "T", NULL, "localhost/x:T" },
		{ "h:5000/a/b:c", "h:5000/a/b", "c", NULL, "h:5000/a/b:c" },
		{ "[::1]:5000/a", "[::1]:5000/a", "latest", NULL, "[::1]:5000/a:latest" },
		{ "Host.Example/a", "Host.Example/a", "latest", NULL, "Host.Example/a:latest" },
		{ "a__b/c--d.e", "docker.io/a__b/c--d.e", "latest", NULL, "a__b/c--d.e:latest" },
		{ "8018249d493a", "docker.io/library/8018249d493a", "latest", NULL,
		  "8018249d493a:latest" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reference ref cleanup_reference = { 0 };
		char *full cleanup_free = NULL;

		assert_ok(reference_parse(cases[i].text, &ref, &err), &err);
		assert_int_equal(ref.kind, REF_NAME);
		assert_string_equal(ref.repository, cases[i].repository);
		assert_string_equal(ref.tag, cases[i].tag);
		full = reference_full_tag(&ref);
		assert_string_equal(reference_familiar(full), cases[i].familiar);
	}
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		enum reference_kind kind;
		const char *path, *selector;
		bool writable;
	} cases[] = {
		{ "host:", REF_HOST, NULL, NULL, false },
		{ "dir:/a:b", REF_DIR, "/a:b", NULL, false },
		{ "dir:/a:rw", REF_DIR, "/a", NULL, true },
		{ "oci:/d", REF_OCI, "/d", NULL, false },
		{ "oci:/d:x:1", REF_OCI, "/d", "x:1", false },
		{ "oci-archive:f:t", REF_OCI_ARCHIVE, "f", "t", false },
		{ "docker-archive:f:@2", REF_DOCKER_ARCHIVE, "f", "@2", false },
		{ "sha256:abc", REF_ID, NULL, NULL, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reference ref cleanup_reference = { 0 };

		assert_ok(reference_parse(cases[i].text, &ref, &err), &err);
		assert_int_equal(ref.kind, cases[i].kind);
		assert_int_equal(ref.writable, cases[i].writable);
		if (cases[i].path)
			assert_string_equal(ref.path, cases[i].path);
		if (cases[i].selector)
			assert_string_equal(ref.selector, cases[i].selector);
		else
			assert_null(ref.selector);
	}
}

static void refused(void **state)
{
	static const char *const cases[] = {
		"",	      "UPPER",	"a/Upper", "a:",     "a:b:c",	":x",
		"a//b",	      "/a",	"a/",	   "-a",     "a-",	"a..b",
		"a___b",      "a b",	"a:.x",	   "a:-x",   "a@",	"a@sha256:x",
		"a@md5:00",   "dir:",	"oci:",	   "oci:a:", "host:/x", "h:x/a",
		"h:123456/a", "../etc", "a/../b",  "a\nb",   "host",	"docker.io/library/oci:x",
		"dir",
	};
	char long_name[300];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reference ref cleanup_reference = { 0 };

		if (reference_parse(cases[i], &ref, &err) == 0)
			fail_msg("\"%s\" was accepted", cases[i]);
		assert_int_equal(err.class, ERR_INVALID);
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	struct reference ref cleanup_reference = { 0 };
	assert_true(reference_parse(long_name, &ref, &err) < 0);
	assert_true(reference_parse_name("x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					 "aaaaaaaaaaaaaaaa",
					 true, &ref, &err) < 0);
	assert_true(reference_parse_name("host:", true, &ref, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(kinds),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
