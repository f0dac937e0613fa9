/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <signal.h>
#include <sys/prctl.h>

#include "linux/pidfd.h"
#include "linux/spawn.h"
#include "linux/sysinfo.h"

static struct err err;

static int exit_with(void *arg)
{
	return *(int *)arg;
}

__attribute__((noreturn)) static int sleep_long(void *arg)
{
	/* A test that failed leaves nobody behind who would hold its output open. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void start(spawn_fn fn, void *arg, struct spawned *ret)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_FORK);

	assert_ok(spawn(&args, fn, arg, ret, &err), &err);
}

static void reap(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_ok(spawn_wait(pid, &status, &err), &err);
}

static void opens_signals_waits(void **state)
{
	struct spawned child = SPAWNED_NONE;
	int fd cleanup_fd = -1, status = 0;
	pid_t pid = 0;

	start(sleep_long, NULL, &child);
	assert_ok(pidfd_of(child.pid, &fd, &err), &err);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(pidfd_pid(fd, &pid), 0);
	assert_int_equal(pid, child.pid);
	assert_int_equal(pidfd_exited(fd, 0), 0);
	assert_int_equal(pidfd_wait(fd, true, &status, &err), 1);
	assert_int_equal(pidfd_signal(fd, 0), 0);
	assert_int_equal(pidfd_signal(fd, SIGTERM), 0);
	assert_int_equal(pidfd_exited(fd, 10000), 1);
	assert_ok(pidfd_wait(fd, false, &status, &err), &err);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_int_equal(pidfd_signal(fd, SIGTERM), -ESRCH);
	assert_int_equal(pidfd_wait(fd, false, &status, &err), -ECHILD);
	assert_int_equal(pidfd_pid(fd, &pid), -ESRCH);
}

static void an_exit_status_is_whole(void **state)
{
	struct spawned child = SPAWNED_NONE;
	int fd cleanup_fd = -1, code = 200, status = 0;

	start(exit_with, &code, &child);
	assert_ok(pidfd_of(child.pid, &fd, &err), &err);
	assert_ok(pidfd_wait(fd, false, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 200);
}

static void a_pid_that_is_gone(void **state)
{
	struct spawned child = SPAWNED_NONE;
	uint64_t started;
	int fd = -1, code = 0;

	start(exit_with, &code, &child);
	reap(child.pid);
	assert_int_equal(pidfd_of(child.pid, &fd, &err), -ESRCH);
	assert_int_equal(err.class, ERR_NOT_FOUND);
	assert_int_equal(process_start_time(child.pid, &started), -ESRCH);
	assert_int_equal(process_life(child.pid, 5), PROCESS_GONE);
	assert_int_equal(fd, -1);
}

static void a_pid_of_another_start_time(void **state)
{
	struct spawned child = SPAWNED_NONE;
	uint64_t started = 0;
	int fd = -1;

	start(sleep_long, NULL, &child);
	assert_int_equal(process_start_time(child.pid, &started), 0);
	assert_true(started > 0);
	assert_ok(pidfd_of_started(child.pid, started, &fd, &err), &err);
	close_fd(&fd);
	assert_int_equal(pidfd_of_started(child.pid, started + 1, &fd, &err), -ESRCH);
	assert_int_equal(err.class, ERR_NOT_FOUND);
	assert_int_equal(process_life(child.pid, started), PROCESS_ALIVE);
	assert_int_equal(process_life(child.pid, started + 1), PROCESS_GONE);
	kill(child.pid, SIGKILL);
	for (int i = 0; i < 1000 && process_life(child.pid, started) == PROCESS_ALIVE; i++)
		usleep(1000);
	assert_int_equal(process_life(child.pid, started), PROCESS_ZOMBIE);
	reap(child.pid);
	assert_int_equal(process_life(child.pid, started), PROCESS_GONE);
}

static int take_odd_name(void *arg)
{
	prctl(PR_SET_NAME, "a) R 1 (b\n) 2");
	if (write(*(int *)arg, "x", 1) != 1)
		return 1;
	sleep_long(NULL);
}

/* A process chooses its name; it must not choose what we read behind it. */
static void an_odd_name_does_not_confuse(void **state)
{
	struct spawned child = SPAWNED_NONE;
	struct process_stat s, own;
	int pair[2];
	char byte;

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	start(take_odd_name, &pair[1], &child);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	assert_int_equal(process_stat(child.pid, &s), 0);
	assert_int_equal(process_stat(getpid(), &own), 0);
	assert_int_equal(s.ppid, getpid());
	assert_int_equal(s.pgrp, getpgrp());
	assert_int_equal(s.session, getsid(0));
	assert_true(s.start_time >= own.start_time);
	reap(child.pid);
	close(pair[0]);
	close(pair[1]);
}

static void a_zombie_shows_its_status(void **state)
{
	struct spawned child = SPAWNED_NONE;
	struct process_stat s = { 0 };
	int code = 33;

	start(exit_with, &code, &child);
	for (int i = 0; i < 1000 && s.state != 'Z'; i++) {
		usleep(1000);
		assert_int_equal(process_stat(child.pid, &s), 0);
	}
	if (s.exit_status == 0)
		skip_because("the exit status in /proc/PID/stat is not shown to us");
	assert_int_equal(spawn_exit_code(s.exit_status), 33);
	reap(child.pid);
}

/* In the process between: a child of its own, whose pid it tells, and which it reaps. */
static int parent_of_another(void *arg)
{
	int *pair = arg, status;
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		if (read(pair[0], &byte, 1) != 1)
			_exit(1);
		_exit(77);
	}
	if (write(pair[1], &pid, sizeof(pid)) != sizeof(pid))
		return 1;
	return waitpid(pid, &status, 0) == pid ? 0 : 1;
}

/* A monitor's replacement learns how a process ended that was never its child. */
static void the_status_of_a_stranger(void **state)
{
	struct spawned between = SPAWNED_NONE;
	int up[2], down[2], both[2], fd cleanup_fd = -1, status = 0, r;
	pid_t pid;

	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	assert_int_equal(pipe2(down, O_CLOEXEC), 0);
	both[0] = down[0];
	both[1] = up[1];
	start(parent_of_another, both, &between);
	assert_int_equal(read(up[0], &pid, sizeof(pid)), sizeof(pid));
	assert_ok(pidfd_of(pid, &fd, &err), &err);
	r = pidfd_reaped_status(fd, &status);
	assert_true(r == -EAGAIN || r == -EOPNOTSUPP);
	assert_int_equal(write(down[1], "x", 1), 1);
	assert_ok(spawn_wait(between.pid, &status, &err), &err); /* it has reaped by then */
	assert_int_equal(status, 0);
	r = pidfd_reaped_status(fd, &status);
	if (sysinfo_kernel_at_least(6, 15) && !is_emulated()) {
		assert_int_equal(r, 0);
		assert_int_equal(spawn_exit_code(status), 77);
	} else {
		assert_int_equal(r, -EOPNOTSUPP);
	}
	for (int i = 0; i < 2; i++) {
		close(up[i]);
		close(down[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_signals_waits),
		cmocka_unit_test(an_exit_status_is_whole),
		cmocka_unit_test(a_pid_that_is_gone),
		cmocka_unit_test(a_pid_of_another_start_time),
		cmocka_unit_test(an_odd_name_does_not_confuse),
		cmocka_unit_test(a_zombie_shows_its_status),
		cmocka_unit_test(the_status_of_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
