/* SPDX-License-Identifier: Apache-2.0 */
/* Starting netd, and its end: one per root, nobody waits, nothing is left. Needs root. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/net/netd.h"
#include "engine/net/netd_protocol.h"
#include "engine/net/rundir.h"
#include "engine/store/networks.h"
#include "engine_fixture.h"
#include "linux/flock.h"

#define NET "a000000000000000000000000000000000000000000000000000000000000000"

static int setup(void **state)
{
	struct engine_fixture *f;

	if (engine_setup(state) < 0)
		return -1;
	f = *state;
	free(f->engine->self);
	f->engine->self = strdup(CORACLE_EXE);
	setenv("CORACLE_NETD_LINGER", "0", 1);
	return 0;
}

static int dir_of(const struct engine_fixture *f)
{
	int dir;

	assert_int_equal(net_rundir(f->engine, &dir, NULL), 0);
	return dir;
}

/* Waits until the lock is held, or free. */
static void await(int dir, bool held)
{
	for (int i = 0; i < 500; i++) {
		if ((flock_is_held(dir, NETD_LOCK) == 1) == held)
			return;
		poll(NULL, 0, 10);
	}
	fail_msg("netd %s", held ? "is not there" : "does not end");
}

/* Our child of that name. */
static pid_t netd_pid(void)
{
	char path[64], name[32];
	long pid, found = 0;
	FILE *list, *comm;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	list = fopen(path, "re");
	assert_non_null(list);
	while (fscanf(list, "%ld", &pid) == 1) {
		snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
		comm = fopen(path, "re");
		if (comm && fgets(name, sizeof(name), comm) && strcmp(name, NETD_PROGRAM "\n") == 0)
			found = pid;
		if (comm)
			fclose(comm);
	}
	fclose(list);
	assert_true(found > 0);
	return (pid_t)found;
}

/* A lease of a container that somebody works on: it keeps netd. */
static void add_lease(const struct engine_fixture *f, const struct container *c)
{
	struct network_row network = { .name = (char *)"front",
				       .driver = (char *)"bridge",
				       .config = (char *)"{}" };
	struct lease_row lease = { .ip4 = { .len = 4, .bytes = { 10, 0, 0, 2 } } };
	struct store *store;

	memcpy(network.id, NET, sizeof(network.id));
	memcpy(lease.network, NET, sizeof(lease.network));
	memcpy(lease.container, c->id, sizeof(lease.container));
	memset(lease.endpoint, 'e', 64);
	lease.mac[0] = 2;
	assert_int_equal(engine_store(f->engine, &store, NULL), 0);
	assert_int_equal(store_network_add(store, &network, NULL), 0);
	assert_int_equal(store_lease_add(store, &lease, NULL), 0);
}

static void release(const struct engine_fixture *f, const struct container *c)
{
	struct store *store;

	assert_int_equal(engine_store(f->engine, &store, NULL), 0);
	assert_int_equal(store_network_release(store, c->id, NULL), 0);
	netd_wake(f->engine);
}

static void test_comes_and_goes(void **state)
{
	struct engine_fixture *f = *state;
	int dir = dir_of(f);
	struct err err;

	netd_wake(f->engine); /* nobody is there: nothing happens */
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	await(dir, false);
	assert_int_equal(faccessat(dir, NETD_SOCKET, F_OK, 0), -1);
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	await(dir, false);
	close(dir);
}

static void test_stays_for_a_lease(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c cleanup_container = NULL;
	int dir = dir_of(f), netns, rtnl, fds[2];
	char link[16];
	struct err err;

	assert_int_equal(create(f, "one", "{}", &c, &err), 0);
	add_lease(f, c);
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	assert_int_equal(flock_is_held(dir, NETD_LOCK), 1); /* from the first moment */
	netd_wake(f->engine);
	poll(NULL, 0, 300);
	assert_int_equal(flock_is_held(dir, NETD_LOCK), 1);
	/* a network that there is none of */
	assert_int_equal(netd_take(f->engine, NET, &netns, &rtnl, link, &err), -EAGAIN);
	/* sockets that nobody has published are not kept */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(netd_hold(f->engine, c->id, &fds[1], 1, &err), 0);
	close(fds[1]);
	assert_int_equal(read(fds[0], link, 1), 0);
	close(fds[0]);
	release(f, c);
	await(dir, false);
	close(dir);
}

static void test_killed(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c cleanup_container = NULL;
	int dir = dir_of(f), status;
	struct err err;
	pid_t first;

	assert_int_equal(create(f, "one", "{}", &c, &err), 0);
	add_lease(f, c);
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	first = netd_pid();
	assert_int_equal(kill(first, SIGKILL), 0);
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_int_equal(flock_is_held(dir, NETD_LOCK), 0);
	netd_wake(f->engine); /* its socket is still there */
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	assert_int_not_equal(netd_pid(), first);
	release(f, c);
	await(dir, false);
	close(dir);
}

/* Nobody who reads a pipe of ours to its end waits for netd. */
static void test_inherits_nothing(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c cleanup_container = NULL;
	int dir = dir_of(f), pipe_fds[2];
	struct err err;
	char byte;

	assert_int_equal(create(f, "one", "{}", &c, &err), 0);
	add_lease(f, c);
	assert_int_equal(pipe(pipe_fds), 0); /* as a careless caller would */
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 0);
	close(pipe_fds[0]);
	release(f, c);
	await(dir, false);
	close(dir);
}

static void test_another_namespace(void **state)
{
	struct engine_fixture *f = *state;
	struct container *c cleanup_container = NULL;
	int dir = dir_of(f);
	struct err err;
	pid_t first;

	assert_int_equal(create(f, "one", "{}", &c, &err), 0);
	add_lease(f, c);
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	first = netd_pid();
	/* its container does not run: the first makes room for one here */
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(netd_ensure(f->engine, &err), 0);
	assert_int_not_equal(netd_pid(), first);
	release(f, c);
	await(dir, false);
	close(dir);
}

static void test_bad_settings(void **state)
{
	struct engine_fixture *f = *state;
	struct err err;

	setenv("CORACLE_NETD_LINGER", "soon", 1);
	assert_true(netd_ensure(f->engine, &err) < 0);
	assert_non_null(strstr(err.text, "CORACLE_NETD_LINGER"));
	setenv("CORACLE_NETD_LINGER", "0", 1);
	free(f->engine->self);
	f->engine->self = strdup("/nonexistent/coracle");
	if (access(CORACLE_LIBEXECDIR "/" NETD_PROGRAM, X_OK) < 0) {
		assert_true(netd_ensure(f->engine, &err) < 0);
		assert_non_null(strstr(err.text, NETD_PROGRAM));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, engine_teardown)
		TEST(test_comes_and_goes),   TEST(test_stays_for_a_lease), TEST(test_killed),
		TEST(test_inherits_nothing), TEST(test_another_namespace), TEST(test_bad_settings),
	};

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
