/* SPDX-License-Identifier: Apache-2.0 */
/* What the processes of a start say to each other, and what a wrong word leads to. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "runtime/proc/handshake.h"
#include "runtime/proc/wait_go.h"

static int pair(void **state)
{
	static int socks[2];

	*state = socks;
	return hs_pair(&socks[0], &socks[1], NULL);
}

static int unpair(void **state)
{
	int *socks = *state;

	close_fd(&socks[0]);
	close_fd(&socks[1]);
	return 0;
}

static void a_message_arrives_with_its_pid_and_descriptor(void **state)
{
	int *socks = *state;
	struct hs_message m = { 0 };

	assert_int_equal(hs_send_pid(socks[1], HS_CLONED, 4711, socks[1], NULL), 0);
	assert_int_equal(hs_expect(socks[0], HS_CLONED, &m, NULL), 0);
	assert_int_equal(m.pid, 4711);
	assert_int_equal(m.fd_count, 1);
	assert_true(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	hs_message_clear(&m);
}

static void a_failure_becomes_the_receivers_error(void **state)
{
	int *socks = *state;
	struct err why = { 0 }, err = { 0 };
	struct hs_message m = { 0 };

	err_set(&why, ERR_CMD_NOT_FOUND, ENOENT, "exec: \"x\": not found");
	hs_send_failed(socks[1], &why);
	assert_int_equal(hs_expect(socks[0], HS_READY, &m, &err), -ENOENT);
	assert_int_equal(err.class, ERR_CMD_NOT_FOUND);
	assert_string_equal(err.text, "exec: \"x\": not found");
}

static void the_end_says_what_was_waited_for(void **state)
{
	int *socks = *state;
	struct err err = { 0 };
	struct hs_message m = { 0 };

	close_fd(&socks[1]);
	assert_int_equal(hs_expect(socks[0], HS_HOOKS, &m, &err), -ECONNRESET);
	assert_non_null(strstr(err.text, "mounts"));
	assert_int_equal(hs_receive(socks[0], &m, &err), 1);
	assert_int_equal(hs_send(socks[0], HS_GO, &err), -EPIPE);
}

static void another_message_is_refused(void **state)
{
	int *socks = *state;
	struct err err = { 0 };
	struct hs_message m = { 0 };

	assert_int_equal(hs_send(socks[1], HS_ALIVE, NULL), 0);
	assert_int_equal(hs_expect(socks[0], HS_READY, &m, &err), -EPROTO);
}

static void malformed_bytes_are_refused(void **state)
{
	int *socks = *state;
	const uint32_t unknown = HS_TYPES, short_failed = HS_FAILED, cloned = HS_CLONED;
	struct {
		uint32_t type;
		char more[9];
	} alive = { HS_ALIVE, "" };
	struct hs_message m = { 0 };

	assert_int_equal(fd_send_fds(socks[1], &unknown, sizeof(unknown), NULL, 0), 0);
	assert_int_equal(hs_receive(socks[0], &m, NULL), -EPROTO);
	assert_int_equal(fd_send_fds(socks[1], &short_failed, sizeof(short_failed), NULL, 0), 0);
	assert_int_equal(hs_receive(socks[0], &m, NULL), -EPROTO);
	assert_int_equal(fd_send_fds(socks[1], &cloned, sizeof(cloned), NULL, 0), 0);
	assert_int_equal(hs_receive(socks[0], &m, NULL), -EPROTO);
	assert_int_equal(fd_send_fds(socks[1], &alive, sizeof(alive), NULL, 0), 0);
	assert_int_equal(hs_receive(socks[0], &m, NULL), -EPROTO);
	assert_int_equal(fd_send_fds(socks[1], "x", 1, NULL, 0), 0);
	assert_int_equal(hs_receive(socks[0], &m, NULL), -EPROTO);
}

static void descriptors_nobody_expects_are_closed(void **state)
{
	int *socks = *state;
	const uint32_t go = HS_GO;
	struct hs_message m = { 0 };
	int before = dup(0), after;

	close(before);
	assert_int_equal(fd_send_fds(socks[1], &go, sizeof(go), &socks[1], 1), 0);
	assert_int_equal(hs_receive(socks[0], &m, NULL), -EPROTO);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

/* --- waiting for the start ------------------------------------------------------------------- */

static void a_starter_that_leaves_no_record_ends_the_wait(void **state)
{
	int *socks = *state, answer = -1;

	close_fd(&socks[0]);
	assert_int_equal(wait_go(socks[1], -1, &answer, NULL), -ECONNRESET);
}

static void go_ends_the_wait(void **state)
{
	int *socks = *state, answer = -1;

	assert_int_equal(hs_send(socks[0], HS_KEEP, NULL), 0);
	assert_int_equal(hs_send(socks[0], HS_GO, NULL), 0);
	assert_int_equal(wait_go(socks[1], -1, &answer, NULL), 0);
}

static void another_word_than_go_is_an_error(void **state)
{
	int *socks = *state, answer = -1;

	assert_int_equal(hs_send(socks[0], HS_READY, NULL), 0);
	assert_int_equal(wait_go(socks[1], -1, &answer, NULL), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_arrives_with_its_pid_and_descriptor, pair,
						unpair),
		cmocka_unit_test_setup_teardown(a_failure_becomes_the_receivers_error, pair,
						unpair),
		cmocka_unit_test_setup_teardown(the_end_says_what_was_waited_for, pair, unpair),
		cmocka_unit_test_setup_teardown(another_message_is_refused, pair, unpair),
		cmocka_unit_test_setup_teardown(malformed_bytes_are_refused, pair, unpair),
		cmocka_unit_test_setup_teardown(descriptors_nobody_expects_are_closed, pair,
						unpair),
		cmocka_unit_test_setup_teardown(a_starter_that_leaves_no_record_ends_the_wait, pair,
						unpair),
		cmocka_unit_test_setup_teardown(go_ends_the_wait, pair, unpair),
		cmocka_unit_test_setup_teardown(another_word_than_go_is_an_error, pair, unpair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
