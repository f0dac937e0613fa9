/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's shapes, member by member and in order, and the texts of the status column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/container/describe.h"
#include "engine_fixture.h"

static void expect_members(const json_t *object, const char *members)
{
	struct buf text = BUF_INIT(65536);
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value)
		buf_printf(&text, "%s%s", text.len ? " " : "", key);
	assert_string_equal(buf_str(&text), members);
	buf_free(&text);
}

static void test_inspect(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c = NULL;
	json_t *j = NULL;
	struct err err;

	assert_int_equal(create(f, "web",
				"{\"HostConfig\":{\"Binds\":[\"/tmp:/t:ro\"],\"Tmpfs\":{\"/x\":"
				"\"\"}}}",
				&c, &err),
			 0);
	assert_int_equal(container_inspect(f->engine, c, false, &j, &err), 0);
	expect_members(j, "Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath "
			  "LogPath Name RestartCount Driver Platform MountLabel ProcessLabel "
			  "AppArmorProfile ExecIDs HostConfig GraphDriver Mounts Config "
			  "NetworkSettings");
	expect_members(json_object_get(j, "State"),
		       "Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error "
		       "StartedAt FinishedAt");
	expect_members(json_object_get(j, "Config"),
		       "Hostname Domainname User AttachStdin AttachStdout AttachStderr Tty "
		       "OpenStdin StdinOnce Env Cmd Image Volumes WorkingDir Entrypoint OnBuild "
		       "Labels");
	assert_int_equal(json_array_size(json_object_get(j, "Mounts")), 1);
	expect_members(json_array_get(json_object_get(j, "Mounts"), 0),
		       "Type Source Destination Mode RW Propagation");
	assert_string_equal(json_string_value(json_object_get(j, "Name")), "/web");
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(j, "State"), "StartedAt")),
	    "0001-01-01T00:00:00Z");
	json_decref(j);
	assert_int_equal(container_summary(f->engine, c, true, &j, &err), 0);
	expect_members(j, "Id Names Image ImageID Command Created Ports Labels State Status "
			  "HostConfig NetworkSettings Mounts SizeRw");
	json_decref(j);
	container_free(c);
}

static void expect_command(void **state, const char *request, const char *command)
{
	struct engine_fixture *f = *state;
	struct container *c = NULL;
	json_t *j = NULL;

	assert_int_equal(create(f, NULL, request, &c, NULL), 0);
	assert_int_equal(container_summary(f->engine, c, false, &j, NULL), 0);
	assert_string_equal(json_string_value(json_object_get(j, "Command")), command);
	json_decref(j);
	container_free(c);
}

static void test_command(void **state)
{
	expect_command(state, "{\"Cmd\":[\"sh\",\"-c\",\"echo a; echo b\"]}",
		       "sh -c 'echo a; echo b'");
	expect_command(state, "{\"Entrypoint\":[\"/e\"],\"Cmd\":[\"x\"]}", "/e x");
	expect_command(state, "{\"Cmd\":[\"a b\"]}", "a b");
}

static void expect_status(struct container *c, int64_t now_s, const char *text)
{
	char *status = describe_status(c, now_s * 1000000000);

	assert_string_equal(status, text);
	free(status);
}

static void test_status(void **state)
{
	struct container c = { .status = CONTAINER_CREATED };

	expect_status(&c, 1000, "Created");
	c.state.started_ns = 1000000000000;
	c.status = CONTAINER_RUNNING;
	expect_status(&c, 1000, "Up Less than a second");
	expect_status(&c, 1300, "Up 5 minutes");
	c.status = CONTAINER_PAUSED;
	expect_status(&c, 1300, "Up 5 minutes (Paused)");
	c.status = CONTAINER_EXITED;
	c.state.exit_status = 137;
	c.state.finished_ns = 1010000000000;
	expect_status(&c, 1013, "Exited (137) 3 seconds ago");
	c.status = CONTAINER_RESTARTING;
	c.state.exit_status = 1;
	expect_status(&c, 1013, "Restarting (1) 3 seconds ago");
	c.status = CONTAINER_DEAD;
	expect_status(&c, 1013, "Dead");
}

static void test_times(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0001-01-01T00:00:00Z" },
		{ 1000000000, "1970-01-01T00:00:01Z" },
		{ 1500000000, "1970-01-01T00:00:01.5Z" },
		{ 1000000001, "1970-01-01T00:00:01.000000001Z" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *j = describe_time(rows[i].ns);

		assert_string_equal(json_string_value(j), rows[i].text);
		json_decref(j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_inspect, engine_setup, engine_teardown),
		cmocka_unit_test_setup_teardown(test_command, engine_setup, engine_teardown),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_times),
	};

	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
