/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of the runtime that need no container: sysctl names, commands, signals, options. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ocicli/opt.h"
#include "ocicli/signals.h"
#include "ocicli/state.h"
#include "runtime/ns/sysctl.h"
#include "runtime/proc/become.h"

static int sysctl_verdict(const char *key, bool with_namespaces)
{
	struct oci_key_value one = { (char *)key, (char *)"1" };
	struct oci_spec spec = { 0 };

	spec.linux.sysctl = &one;
	spec.linux.sysctl_count = 1;
	for (size_t i = 0; i < OCI_NS_COUNT; i++)
		spec.linux.ns[i].set = with_namespaces;
	return sysctl_check(&spec, NULL);
}

static void sysctls_of_a_namespace_only(void **state)
{
	static const char *const good[] = { "net.ipv4.ip_forward",
					    "net/ipv4/conf/eth0.1/x",
					    "kernel.shm_rmid_forced",
					    "kernel.msgmax",
					    "fs.mqueue.msg_max",
					    "kernel.domainname",
					    "net.ipv4.conf.eth0/1.forwarding" };
	static const char *const bad[] = { "kernel.core_pattern",
					   "vm.overcommit_memory",
					   "net",
					   "",
					   "net.",
					   "net..ipv4",
					   "net/../kernel/core_pattern",
					   "kernel.msgmaxx",
					   "kernel",
					   "netx.y",
					   "fs.mqueue",
					   "/etc/passwd",
					   "kernel.shm_rmid_forced.x" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(sysctl_verdict(good[i], true), 0);
		assert_int_not_equal(sysctl_verdict(good[i], false), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_not_equal(sysctl_verdict(bad[i], true), 0);
}

/* --- the command ----------------------------------------------------------------------------- */

static int find(const char *name, const char *path, char **ret, struct err *err)
{
	struct oci_process process = { 0 };
	struct strv env = { 0 };
	int r;

	strv_add(&process.args, name);
	strv_add(&env, "OTHERPATH=/nowhere");
	if (path)
		strv_add(&env, path);
	r = command_find(&process, &env, ret, err);
	strv_free(&process.args);
	strv_free(&env);
	return r;
}

static void commands_are_found_along_path(void **state)
{
	struct err err = { 0 };
	char *found = NULL;

	assert_int_equal(find("sh", "PATH=/nowhere:/bin:/usr/bin", &found, &err), 0);
	assert_string_equal(found, "/bin/sh");
	free(found);
	assert_int_equal(find("sh", NULL, &found, &err), 0);
	free(found);
	assert_int_equal(find("/bin/sh", "PATH=", &found, &err), 0);
	free(found);
}

static void commands_that_cannot_be_executed(void **state)
{
	struct err err = { 0 };
	char *found = NULL;

	assert_true(find("no-such-command", "PATH=/bin", &found, &err) < 0);
	assert_int_equal(err.class, ERR_CMD_NOT_FOUND);
	assert_true(find("", "PATH=/bin", &found, &err) < 0);
	assert_int_equal(err.class, ERR_CMD_NOT_FOUND);
	assert_true(find("/no/such", NULL, &found, &err) < 0);
	assert_int_equal(err.class, ERR_CMD_NOT_FOUND);
	assert_true(find("/bin/sh/x", NULL, &found, &err) < 0);
	assert_int_equal(err.class, ERR_CMD_NOT_FOUND);
	assert_true(find("/bin", NULL, &found, &err) < 0);
	assert_int_equal(err.class, ERR_CMD_NOT_INVOKED);
	assert_true(find("/etc/passwd", NULL, &found, &err) < 0);
	assert_int_equal(err.class, ERR_CMD_NOT_INVOKED);
	assert_true(find("passwd", "PATH=/etc", &found, &err) < 0);
	assert_int_equal(err.class, ERR_CMD_NOT_INVOKED);
	assert_null(found);
}

/* --- the command line ------------------------------------------------------------------------ */

static void signals_by_name_and_number(void **state)
{
	const struct {
		const char *text;
		int number;
	} rows[] = { { "9", 9 },
		     { "KILL", 9 },
		     { "SIGKILL", 9 },
		     { "sigterm", 15 },
		     { "RTMIN", SIGRTMIN },
		     { "SIGRTMIN+3", SIGRTMIN + 3 },
		     { "RTMAX-1", SIGRTMAX - 1 },
		     { "64", 64 },
		     { "0", 0 },
		     { "65", 0 },
		     { "-9", 0 },
		     { "", 0 },
		     { "KILLX", 0 },
		     { "RTMIN+99", 0 },
		     { "9x", 0 },
		     { "SIG", 0 },
		     { "RTMIN3", 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int number = 0, r = signal_parse(rows[i].text, &number, NULL);

		assert_int_equal(r, rows[i].number ? 0 : -EINVAL);
		assert_int_equal(number, rows[i].number);
	}
}

static void ids(void **state)
{
	static const char *const good[] = { "a", "0", "a_b+c.d-e", "..a" };
	static const char *const bad[] = { "", ".", "..", "a/b", "a b", "\n", "ä", "a\\" };
	char longest[1026];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(state_check_id(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(state_check_id(bad[i], NULL), -EINVAL);
	memset(longest, 'x', sizeof(longest));
	longest[1025] = '\0';
	assert_int_equal(state_check_id(longest, NULL), -EINVAL);
	longest[1024] = '\0';
	assert_int_equal(state_check_id(longest, NULL), 0);
}

struct values {
	bool flag;
	const char *text;
	int number;
	struct strv list;
};

static int parse(struct values *v, bool first_ends, int *argc, char **argv, struct err *err)
{
	const struct opt options[] = {
		{ "flag", 'f', OPT_BOOL, &v->flag, "" },
		{ "text", 't', OPT_STRING, &v->text, "" },
		{ "number", 0, OPT_INT, &v->number, "" },
		{ "list", 'l', OPT_LIST, &v->list, "" },
		{ "refused", 0, OPT_REFUSED, NULL, "because" },
		{ 0 },
	};
	const struct opt_usage usage = { "verb", "ID", "", options, 1, 3, first_ends };

	return opt_parse(&usage, argc, argv, err);
}

static void options_in_every_spelling(void **state)
{
	char *argv[] = { (char *)"--text=a=b",
			 (char *)"-f",
			 (char *)"--number",
			 (char *)"7",
			 (char *)"one",
			 (char *)"-l",
			 (char *)"x",
			 (char *)"--list=y",
			 (char *)"--",
			 (char *)"-two",
			 NULL };
	struct values v = { 0 };
	int argc = 10;

	assert_int_equal(parse(&v, false, &argc, argv, NULL), 0);
	assert_true(v.flag);
	assert_string_equal(v.text, "a=b");
	assert_int_equal(v.number, 7);
	assert_int_equal(v.list.count, 2);
	assert_int_equal(argc, 2);
	assert_string_equal(argv[1], "-two");
	strv_free(&v.list);
}

static void options_end_at_the_first_operand(void **state)
{
	char *argv[] = { (char *)"-f", (char *)"one", (char *)"-t", (char *)"x", NULL };
	struct values v = { 0 };
	int argc = 4;

	assert_int_equal(parse(&v, true, &argc, argv, NULL), 0);
	assert_int_equal(argc, 3);
	assert_null(v.text);
}

static void options_that_are_wrong(void **state)
{
	static const char *const rows[][2] = { { "--none", "x" },      { "--number=x", "y" },
					       { "--number=-1", "y" }, { "--text", NULL },
					       { "--refused", "x" },   { "--flag=maybe", "x" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *argv[] = { (char *)rows[i][0], (char *)rows[i][1], NULL };
		struct values v = { 0 };
		struct err err = { 0 };
		int argc = rows[i][1] ? 2 : 1;

		assert_true(parse(&v, false, &argc, argv, &err) < 0);
		assert_string_not_equal(err.text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sysctls_of_a_namespace_only),
		cmocka_unit_test(commands_are_found_along_path),
		cmocka_unit_test(commands_that_cannot_be_executed),
		cmocka_unit_test(signals_by_name_and_number),
		cmocka_unit_test(ids),
		cmocka_unit_test(options_in_every_spelling),
		cmocka_unit_test(options_end_at_the_first_operand),
		cmocka_unit_test(options_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
