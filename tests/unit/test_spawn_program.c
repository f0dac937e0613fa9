/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <signal.h>

#include "base/str.h"
#include "linux/fds.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"

static struct err err;

/* Runs /bin/sh -c `script` with its standard output in `out`; the wait status. */
static int run_shell(const char *script, struct spawn_program program, struct buf *out)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	struct spawn_fd fds[8];
	int pair[2], status;

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	for (size_t i = 0; i < program.fd_count; i++)
		fds[i] = program.fds[i];
	fds[program.fd_count++] = (struct spawn_fd){ pair[1], 1 };
	program.fds = fds;
	program.path = "/bin/sh";
	program.argv = argv;
	assert_ok(spawn_program(&program, &child, &err), &err);
	close(pair[1]);
	assert_int_equal(fd_read_all(pair[0], out), 0);
	close(pair[0]);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	return status;
}

static void begin(void)
{
	need_real_kernel("vfork: it forks, and shares no memory");
}

static void arguments_environment_directory_status(void **state)
{
	const char *const envp[] = { "A=b c", NULL };
	struct spawn_program program = { .envp = envp, .cwd = "/proc" };
	struct buf out cleanup_buf = BUF_INIT(4096);

	begin();
	assert_int_equal(spawn_exit_code(run_shell("echo \"$A\"; pwd; exit 5", program, &out)), 5);
	assert_string_equal(buf_str(&out), "b c\n/proc\n");
}

static void no_environment_is_empty(void **state)
{
	struct buf out cleanup_buf = BUF_INIT(4096);

	begin();
	setenv("CORACLE_TEST_LEAK", "x", 1);
	run_shell("echo \"<$CORACLE_TEST_LEAK>\"", (struct spawn_program){ 0 }, &out);
	assert_string_equal(buf_str(&out), "<>\n");
}

static void only_named_descriptors_pass(void **state)
{
	struct buf out cleanup_buf = BUF_INIT(4096);
	int leaks[3], pair[2];

	begin();
	for (int i = 0; i < 3; i++)
		leaks[i] = open("/dev/null", O_RDONLY); /* not close-on-exec */
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	struct spawn_fd fds[] = { { pair[0], 9 } };
	struct spawn_program program = { .fds = fds, .fd_count = 1 };

	/* the glob's own descriptor is closed by the time echo runs */
	run_shell("cd /proc/$$/fd; for f in *; do [ -e $f ] && echo -n \"$f \"; done", program,
		  &out);
	assert_string_equal(buf_str(&out), "0 1 2 9 ");
	for (int i = 0; i < 3; i++)
		close(leaks[i]);
	close(pair[0]);
	close(pair[1]);
}

static void descriptors_may_swap(void **state)
{
	struct temp_dir tmp;
	struct buf out cleanup_buf = BUF_INIT(4096);
	int a, b;

	begin();
	temp_dir_make(&tmp);
	put_file(tmp.fd, "a", "first");
	put_file(tmp.fd, "b", "second");
	a = fcntl(openat(tmp.fd, "a", O_RDONLY | O_CLOEXEC), F_DUPFD_CLOEXEC, 40);
	b = fcntl(openat(tmp.fd, "b", O_RDONLY | O_CLOEXEC), F_DUPFD_CLOEXEC, 40);
	dup3(a, 7, O_CLOEXEC);
	dup3(b, 8, O_CLOEXEC);
	struct spawn_fd fds[] = { { 7, 8 }, { 8, 7 } };
	struct spawn_program program = { .fds = fds, .fd_count = 2 };

	run_shell("cat <&7; cat <&8", program, &out);
	assert_string_equal(buf_str(&out), "secondfirst");
	close(7);
	close(8);
	temp_dir_remove(&tmp);
}

static void signals_are_at_their_defaults(void **state)
{
	struct buf out cleanup_buf = BUF_INIT(4096);
	sigset_t mask, before;

	begin();
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, &before);
	run_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status", (struct spawn_program){ 0 }, &out);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_string_equal(buf_str(&out),
			    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void a_session_of_its_own(void **state)
{
	struct buf out cleanup_buf = BUF_INIT(4096);
	struct spawn_program program = { .new_session = true };

	begin();
	run_shell("read a b c d e sid rest < /proc/$$/stat; [ $sid = $$ ] && echo yes", program,
		  &out);
	assert_string_equal(buf_str(&out), "yes\n");
}

static void failures_carry_their_errno(void **state)
{
	const char *const argv[] = { "x", NULL };
	struct spawn_program program = { .path = "/no/such/program", .argv = argv };
	struct spawned child = SPAWNED_NONE;

	begin();
	assert_int_equal(spawn_program(&program, &child, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/no/such/program"));
	program.path = "/proc/self/status";
	assert_int_equal(spawn_program(&program, &child, &err), -EACCES);
	program.path = "/bin/true";
	program.cwd = "/no/such/directory";
	assert_int_equal(spawn_program(&program, &child, &err), -ENOENT);
	assert_non_null(strstr(err.text, "working directory"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD); /* no child is left */
}

static void pidfd_of_a_program(void **state)
{
	const char *const argv[] = { "sh", "-c", "exit 4", NULL };
	struct spawn_program program = { .path = "/bin/sh", .argv = argv, .pidfd = true };
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int status;

	begin();
	assert_ok(spawn_program(&program, &child, &err), &err);
	assert_ok(pidfd_wait(child.pidfd, false, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 4);
	assert_ok(spawn_run(&program, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 4);
}

/* --- fds.h --------------------------------------------------------------------------------------
 */

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void descriptor_ranges(void **state)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) { /* its own table */
		for (int i = 0; i < 6; i++)
			dup2(1, 100 + i);
		if (fds_cloexec_from(102) < 0 || fcntl(101, F_GETFD) != 0 ||
		    fcntl(105, F_GETFD) != FD_CLOEXEC)
			_exit(1);
		if (fds_close_except(100, (const int[]){ -1, 3, 101, 104 }, 4) < 0)
			_exit(is_emulated() && errno == ENOSYS ? 77 : 2);
		if (is_open(100) || !is_open(101) || is_open(102) || is_open(103) ||
		    !is_open(104) || is_open(105))
			_exit(3);
		if (fds_close_from(100) < 0 || is_open(101) || is_open(104) || !is_open(1))
			_exit(4);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == 77)
		skip_because("qemu-user does not have close_range");
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_environment_directory_status),
		cmocka_unit_test(no_environment_is_empty),
		cmocka_unit_test(only_named_descriptors_pass),
		cmocka_unit_test(descriptors_may_swap),
		cmocka_unit_test(signals_are_at_their_defaults),
		cmocka_unit_test(a_session_of_its_own),
		cmocka_unit_test(failures_carry_their_errno),
		cmocka_unit_test(pidfd_of_a_program),
		cmocka_unit_test(descriptor_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
