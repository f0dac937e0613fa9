/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a user string means: cves.md 2024-40635, 2026-30892, 2026-46680, 2024-9676. */
#include "support.h"

#include <sys/sysmacros.h>

#include "runtime/sec/sec.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "# a comment\n"
			     "\n"
			     "1000:x:0:0:a number as a name:/evil:/bin/sh\n"
			     "web:x:1000:100:Web,,,:/srv/web:/bin/sh\n"
			     "huge:x:4294967296:0::/:/bin/sh\n"
			     "minus:x:4294967295:0::/:/bin/sh\n"
			     "neg:x:-1:0::/:/bin/sh\n"
			     "hex:x:0x0:0::/:/bin/sh\n"
			     "empty:x:::::\n"
			     "badgid:x:7:99999999999::/:/bin/sh\n"
			     "short:x:8:8\n"
			     "long:x:9:9::/:/bin/sh:more\n"
			     ":x:10:10::/:/bin/sh\n"
			     "web:x:0:0:the second of the name::/bin/sh\n"
			     "nohome:x:11:11:::\n"
			     "relhome:x:12:12::srv:\n"
			     "last:x:4294967294:4294967294::/last:";
static const char group[] = "root:x:0:\n"
			    "wheel:x:10:root,web\n"
			    "users:x:100:\n"
			    "2000:x:0:web\n"
			    "audio:x:63:webmaster,notweb,web2\n"
			    "dup:x:10:web\n"
			    "video:x:39:a,web,b\n"
			    "bad:x:4294967296:web\n"
			    "tail:x:4294967294:x";

struct world {
	struct temp_dir dir;
};

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	temp_dir_make(&w->dir);
	assert_int_equal(mkdirat(w->dir.fd, "etc", 0755), 0);
	put_file(w->dir.fd, "etc/passwd", passwd);
	put_file(w->dir.fd, "etc/group", group);
	*state = w;
	return 0;
}

static int drop_world(void **state)
{
	struct world *w = *state;

	temp_dir_remove(&w->dir);
	free(w);
	return 0;
}

/* "uid gid home group,group" or the error. */
static char *resolve(struct world *w, const char *user, const char *add)
{
	struct strv groups cleanup_strv = { 0 };
	struct sec_user u = { .uid = 77 };
	struct err err = { 0 };
	char *text, *more;

	strv_split(&groups, add ? add : "", ',');
	if (sec_user_resolve(w->dir.fd, user, &groups, &u, &err) < 0) {
		assert_int_equal(u.uid, 77); /* outputs stay untouched */
		return str_printf("%s", err.text);
	}
	text = str_printf("%u %u %s", u.uid, u.gid, u.home);
	for (size_t i = 0; i < u.group_count; i++) {
		more = str_printf("%s%c%u", text, i ? ',' : ' ', u.groups[i]);
		free(text);
		text = more;
	}
	sec_user_clear(&u);
	return text;
}

#define need_openat2() need_real_kernel("openat2")

static void check(struct world *w, const char *user, const char *add, const char *expected)
{
	char *text = resolve(w, user, add);

	if (!str_eq(text, expected))
		fail_msg("user \"%s\" add \"%s\": \"%s\" instead of \"%s\"", user, add ? add : "",
			 text, expected);
	free(text);
}

#define NO_USER(name) "unable to find user " name ": no matching entries in passwd file"
#define NO_GROUP(name) "unable to find group " name ": no matching entries in group file"
#define RANGE(what, number) what " " number ": not in the range 0-4294967294"

static void test_table(void **state)
{
	static const struct {
		const char *user, *add, *expected;
	} rows[] = {
		{ "", NULL, "0 0 /root 0,10" },
		{ ":", NULL, "0 0 /root 0,10" },
		{ "root", NULL, "0 0 /root 0,10" },
		{ "0", NULL, "0 0 /root 0,10" },
		{ "0000", NULL, "0 0 /root 0,10" },
		/* a number is a number, whatever accounts are called */
		{ "1000", NULL, "1000 100 /srv/web 100,10,0,39" },
		{ "01000", NULL, "1000 100 /srv/web 100,10,0,39" },
		{ "1", NULL, "1 0 / 0" },
		{ "4294967294", NULL, "4294967294 4294967294 /last 4294967294" },
		{ "4294967295", NULL, RANGE("user", "4294967295") },
		{ "4294967296", NULL, RANGE("user", "4294967296") },
		{ "18446744073709551616", NULL, RANGE("user", "18446744073709551616") },
		{ "99999999999999999999999999", NULL, RANGE("user", "99999999999999999999999999") },
		{ "-1", NULL, NO_USER("-1") },
		{ "+1", NULL, NO_USER("+1") },
		{ "0x0", NULL, NO_USER("0x0") },
		{ " 0", NULL, NO_USER(" 0") },
		{ "0 ", NULL, NO_USER("0 ") },
		{ "1e3", NULL, NO_USER("1e3") },
		{ "web", NULL, "1000 100 /srv/web 100,10,0,39" },
		{ "web:wheel", NULL, "1000 10 /srv/web 10" },
		{ "web:", NULL, "1000 100 /srv/web 100,10,0,39" },
		{ "web:0", NULL, "1000 0 /srv/web 0" },
		{ ":wheel", NULL, "0 10 /root 10" },
		/* "2000" is a number, not the group called so, whose gid is 0 */
		{ "web:2000", NULL, "1000 2000 /srv/web 2000" },
		{ "web:4294967295", NULL, RANGE("group", "4294967295") },
		{ "web:4294967296", NULL, RANGE("group", "4294967296") },
		{ "web:-1", NULL, NO_GROUP("-1") },
		{ "web:nobody", NULL, NO_GROUP("nobody") },
		{ "web:bad", NULL, NO_GROUP("bad") },
		{ "web:wheel:x", NULL, NO_GROUP("wheel:x") },
		{ "web", "video,7,wheel", "1000 100 /srv/web 100,10,0,39,7" },
		{ "web", "nobody", NO_GROUP("nobody") },
		{ "web", "4294967296", RANGE("group", "4294967296") },
		{ "web", "4294967294", "1000 100 /srv/web 100,10,0,39,4294967294" },
		{ "5000:6000", "7000", "5000 6000 / 6000,7000" },
		{ "nohome", NULL, "11 11 / 11" },
		{ "relhome", NULL, "12 12 / 12" },
		{ "last", NULL, "4294967294 4294967294 /last 4294967294" },
		/* malformed entries do not exist */
		{ "huge", NULL, NO_USER("huge") },
		{ "minus", NULL, NO_USER("minus") },
		{ "neg", NULL, NO_USER("neg") },
		{ "hex", NULL, NO_USER("hex") },
		{ "empty", NULL, NO_USER("empty") },
		{ "badgid", NULL, NO_USER("badgid") },
		{ "short", NULL, NO_USER("short") },
		{ "long", NULL, NO_USER("long") },
		{ "# a comment", NULL, NO_USER("# a comment") },
		{ "nobody", NULL, NO_USER("nobody") },
		{ "ROOT", NULL, NO_USER("ROOT") },
	};

	need_openat2();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(*state, rows[i].user, rows[i].add, rows[i].expected);
}

static void test_no_files(void **state)
{
	struct world *w = *state;

	need_openat2();
	assert_int_equal(unlinkat(w->dir.fd, "etc/passwd", 0), 0);
	assert_int_equal(unlinkat(w->dir.fd, "etc/group", 0), 0);
	check(w, "", NULL, "0 0 / 0");
	check(w, "5:6", "7", "5 6 / 6,7");
	check(w, "root", NULL, NO_USER("root"));
	check(w, "0:root", NULL, NO_GROUP("root"));
	assert_int_equal(unlinkat(w->dir.fd, "etc", AT_REMOVEDIR), 0);
	check(w, "5", NULL, "5 0 / 0");
	put_file(w->dir.fd, "etc", "not a directory");
	check(w, "5", NULL, "5 0 / 0");
}

/* Links stay in the root: the host's own passwd is never what is read. */
static void test_links(void **state)
{
	struct world *w = *state;
	int fd = w->dir.fd;

	need_openat2();
	assert_int_equal(unlinkat(fd, "etc/passwd", 0), 0);
	assert_int_equal(mkdirat(fd, "real", 0755), 0);
	put_file(fd, "real/passwd", "in:x:42:42::/in:");
	assert_int_equal(symlinkat("/real/passwd", fd, "etc/passwd"), 0);
	check(w, "in", NULL, "42 42 /in 42");
	assert_int_equal(unlinkat(fd, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("../../../../../../../../real/passwd", fd, "etc/passwd"), 0);
	check(w, "in", NULL, "42 42 /in 42");
	assert_int_equal(unlinkat(fd, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("../../../../../../../../etc/hostname", fd, "etc/passwd"), 0);
	check(w, "root", NULL, NO_USER("root"));
	assert_int_equal(unlinkat(fd, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("passwd", fd, "etc/passwd"), 0);
	check(w, "root", NULL,
	      "open /etc/passwd of the container: Too many levels of symbolic links");
	assert_int_equal(unlinkat(fd, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("/proc/self/fd/0", fd, "etc/passwd"), 0);
	check(w, "root", NULL, NO_USER("root"));
}

static void test_not_regular(void **state)
{
	struct world *w = *state;
	int fd = w->dir.fd;

	need_openat2();
	assert_int_equal(unlinkat(fd, "etc/passwd", 0), 0);
	assert_int_equal(mkfifoat(fd, "etc/passwd", 0600), 0);
	check(w, "1", NULL, "/etc/passwd of the container is not a regular file");
	assert_int_equal(unlinkat(fd, "etc/passwd", 0), 0);
	assert_int_equal(mkdirat(fd, "etc/passwd", 0700), 0);
	check(w, "1", NULL, "/etc/passwd of the container is not a regular file");
	assert_int_equal(unlinkat(fd, "etc/passwd", AT_REMOVEDIR), 0);
	if (mknodat(fd, "etc/passwd", S_IFCHR | 0600, makedev(1, 5)) < 0) /* /dev/zero */
		skip_because("no right to make device nodes");
	check(w, "1", NULL, "/etc/passwd of the container is not a regular file");
}

static void test_size(void **state)
{
	struct world *w = *state;
	int fd = openat(w->dir.fd, "etc/group", O_WRONLY | O_CLOEXEC);

	need_openat2();
	assert_int_equal(ftruncate(fd, (8 << 20) + 1), 0);
	check(w, "1", NULL, "/etc/group of the container is larger than 8388608 bytes");
	assert_int_equal(ftruncate(fd, 8 << 20), 0); /* NUL bytes: no entry among them */
	check(w, "root", NULL, "0 0 /root 0,10");
	close(fd);
}

/* Very many groups: refused, not truncated in silence; and in bounded time. */
static void test_many_groups(void **state)
{
	struct world *w = *state;
	struct buf b cleanup_buf = BUF_INIT(8 << 20);

	need_openat2();
	for (int i = 0; i < 8191; i++)
		buf_printf(&b, "g%d:x:%d:web\n", i, 100000 + i);
	put_file(w->dir.fd, "etc/group", buf_str(&b));
	free(resolve(w, "web", NULL));
	check(w, "web", "5", "more than 8192 supplementary groups");
	for (int i = 8191; i < 100000; i++)
		buf_printf(&b, "g%d:x:%d:web\n", i, 100000 + i);
	put_file(w->dir.fd, "etc/group", buf_str(&b));
	check(w, "web", NULL, "more than 8192 supplementary groups");
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, make_world, drop_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(test_table), world_test(test_no_files),
		world_test(test_links), world_test(test_not_regular),
		world_test(test_size),	world_test(test_many_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
