/* SPDX-License-Identifier: Apache-2.0 */
/* The spawn API, clone flag by clone flag: what parent and child share is asked of the kernel. */
#include "support.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>

#include "base/str.h"
#include "linux/kcmp.h"
#include "linux/ns.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"

static struct err err;

/* --- a child that waits: raw system calls only, for it may share our memory and TLS ----------- */

static int gate[2];

static int wait_at_gate(void *arg)
{
	char byte;

	/* also when the test has failed: our own copy of the gate keeps it from being end of file
	 */
	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	syscall(SYS_read, gate[0], &byte, 1);
	return 7;
}

static void open_gate(void)
{
	assert_int_equal(write(gate[1], "x", 1), 1);
	close(gate[0]);
	close(gate[1]);
}

static void spawn_waiting(uint64_t flags, struct spawned *ret)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	args.flags = flags;
	assert_ok(spawn(&args, wait_at_gate, NULL, ret, &err), &err);
}

static void finish(struct spawned *s)
{
	int status;

	open_gate();
	assert_ok(spawn_wait(s->pid, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 7);
	spawned_release(s);
}

/* --- fork and vfork ----------------------------------------------------------------------------
 */

static int write_value(void *arg)
{
	*(volatile int *)arg = 42;
	return 3;
}

static void fork_copies_memory(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_FORK);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	volatile int value = 1;
	int status;

	args.pidfd = true;
	if (is_emulated())
		args.pidfd = false;
	assert_ok(spawn(&args, write_value, (void *)&value, &child, &err), &err);
	if (!is_emulated())
		assert_int_equal(pidfd_exited(child.pidfd, 10000), 1);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 3);
	assert_int_equal(value, 1);
}

static void vfork_shares_memory(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_VFORK);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	volatile int value = 1;
	int status;

	need_real_kernel("vfork: it forks");
	assert_ok(spawn(&args, write_value, (void *)&value, &child, &err), &err);
	assert_int_equal(value, 42);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 3);
}

static int write_value_late(void *arg)
{
	struct timespec pause = { .tv_nsec = 50000000 };

	nanosleep(&pause, NULL);
	return write_value(arg);
}

static void vfork_suspends_the_parent_until_exit(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_VFORK);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	volatile int value = 1;
	int status;

	need_real_kernel("vfork: it forks");
	assert_ok(spawn(&args, write_value_late, (void *)&value, &child, &err), &err);
	assert_int_equal(value, 42); /* seen without waiting */
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
}

static int execute_sleep(void *arg)
{
	execl("/bin/sleep", "sleep", "60", NULL);
	return 1;
}

static void vfork_suspends_the_parent_until_exec(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_VFORK);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int status;

	need_real_kernel("vfork: it forks");
	assert_ok(spawn(&args, execute_sleep, NULL, &child, &err), &err);
	assert_int_equal(waitpid(child.pid, &status, WNOHANG), 0); /* runs, and so do we */
	assert_int_equal(kcmp_shared(getpid(), child.pid, KCMP_VM), 0);
	kill(child.pid, SIGKILL);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 128 + SIGKILL);
}

static volatile sig_atomic_t handled;

static void on_signal(int number)
{
	handled++;
}

static int signal_oneself(void *arg)
{
	struct sigaction now;

	sigaction(SIGUSR1, NULL, &now);
	*(int *)arg = now.sa_handler == SIG_DFL;
	return 0;
}

static void vfork_runs_no_handler_of_the_parent(void **state)
{
	struct sigaction handler = { .sa_handler = on_signal }, before;
	struct spawn_args args = SPAWN_ARGS(SPAWN_VFORK);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	sigset_t mask;
	int is_default = 0, status;

	need_real_kernel("vfork: it forks");
	sigaction(SIGUSR1, &handler, &before);
	assert_ok(spawn(&args, signal_oneself, &is_default, &child, &err), &err);
	assert_true(is_default);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	handled = 0;
	kill(getpid(), SIGUSR1); /* the parent's own is as it was, and so is its mask */
	assert_int_equal(handled, 1);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGUSR1));
	sigaction(SIGUSR1, &before, NULL);
}

/* --- what CLONE_VM, FILES, FS, SIGHAND, IO, SYSVSEM share --------------------------------------
 */

static void assert_shared(uint64_t flags, int type, int expected)
{
	struct spawned child = SPAWNED_NONE;
	int shared;

	spawn_waiting(flags, &child);
	shared = kcmp_shared(getpid(), child.pid, type);
	finish(&child);
	if (shared == -ENOSYS)
		skip_because("this kernel has no kcmp");
	assert_int_equal(shared, expected);
}

static void clone_vm(void **state)
{
	need_real_kernel("clone flags");
	assert_shared(0, KCMP_VM, 0);
	assert_shared(CLONE_VM, KCMP_VM, 1);
}

static void clone_files(void **state)
{
	need_real_kernel("clone flags");
	assert_shared(0, KCMP_FILES, 0);
	assert_shared(CLONE_FILES, KCMP_FILES, 1);
	assert_shared(CLONE_FILES | CLONE_VM, KCMP_FILES, 1);
}

static void clone_fs(void **state)
{
	need_real_kernel("clone flags");
	assert_shared(0, KCMP_FS, 0);
	assert_shared(CLONE_FS, KCMP_FS, 1);
}

static void clone_sighand(void **state)
{
	need_real_kernel("clone flags");
	assert_shared(CLONE_VM, KCMP_SIGHAND, 0);
	assert_shared(CLONE_VM | CLONE_SIGHAND, KCMP_SIGHAND, 1);
}

static void clone_sysvsem(void **state)
{
	struct sembuf up = { .sem_op = 1, .sem_flg = SEM_UNDO };
	int id;

	need_real_kernel("clone flags");
	id = semget(IPC_PRIVATE, 1, 0600);
	if (id < 0)
		skip_because("no System V semaphores here");
	assert_int_equal(semop(id, &up, 1), 0); /* there is an undo list now */
	assert_shared(0, KCMP_SYSVSEM, 0);
	assert_shared(CLONE_SYSVSEM, KCMP_SYSVSEM, 1);
	semctl(id, 0, IPC_RMID);
}

static int change_directory(void *arg)
{
	return chdir(arg);
}

static void clone_fs_as_a_user_sees_it(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	char here[4096], now[4096];
	int status;

	need_real_kernel("clone flags");
	assert_non_null(getcwd(here, sizeof(here)));
	args.flags = CLONE_FS;
	assert_ok(spawn(&args, change_directory, (void *)"/proc", &child, &err), &err);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	assert_non_null(getcwd(now, sizeof(now)));
	assert_int_equal(chdir(here), 0);
	assert_string_equal(now, "/proc");
}

/* --- CLONE_VFORK without VM, CLONE_CLEAR_SIGHAND -----------------------------------------------
 */

static int write_pipe_late(void *arg)
{
	struct timespec pause = { .tv_nsec = 50000000 };

	nanosleep(&pause, NULL);
	return write(*(int *)arg, "x", 1) == 1 ? 0 : 1;
}

static void clone_vfork(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int pair[2], status;
	char byte;

	need_real_kernel("clone flags");
	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK), 0);
	args.flags = CLONE_VFORK;
	assert_ok(spawn(&args, write_pipe_late, &pair[1], &child, &err), &err);
	assert_int_equal(read(pair[0], &byte, 1), 1); /* there already */
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	close(pair[0]);
	close(pair[1]);
}

static int has_default_handler(void *arg)
{
	struct sigaction now;

	sigaction(SIGUSR1, NULL, &now);
	return now.sa_handler == SIG_DFL ? 11 : 12;
}

static int run_clone(uint64_t flags, spawn_fn fn, void *arg)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child = SPAWNED_NONE;
	int status;

	args.flags = flags;
	assert_ok(spawn(&args, fn, arg, &child, &err), &err);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	spawned_release(&child);
	return spawn_exit_code(status);
}

static void clone_clear_sighand(void **state)
{
	struct sigaction handler = { .sa_handler = on_signal }, before;

	need_real_kernel("clone flags");
	sigaction(SIGUSR1, &handler, &before);
	assert_int_equal(run_clone(0, has_default_handler, NULL), 12);
	assert_int_equal(run_clone(CLONE_CLEAR_SIGHAND, has_default_handler, NULL), 11);
	assert_int_equal(run_clone(CLONE_CLEAR_SIGHAND | CLONE_VM, has_default_handler, NULL), 11);
	sigaction(SIGUSR1, &before, NULL);
}

/* --- CLONE_PARENT, CLONE_THREAD, CLONE_PTRACE --------------------------------------------------
 */

static int tell_parent(void *arg)
{
	pid_t parent = getppid();

	return write(*(int *)arg, &parent, sizeof(parent)) == sizeof(parent) ? 9 : 1;
}

struct between {
	int pipe_fd;
	uint64_t flags;
	pid_t pid;
};

/* In the process between: makes one child and tells its pid. */
static int spawn_between(void *arg)
{
	struct between *b = arg;
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child = SPAWNED_NONE;

	args.flags = b->flags;
	if (spawn(&args, tell_parent, &b->pipe_fd, &child, NULL) < 0)
		return 1;
	return write(b->pipe_fd, &child.pid, sizeof(child.pid)) == sizeof(child.pid) ? 0 : 1;
}

static void clone_parent(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_FORK);
	struct spawned between cleanup_spawned = SPAWNED_NONE;
	pid_t told[2];
	int pair[2], status, ours = 0;
	struct between b = { .flags = CLONE_PARENT };

	need_real_kernel("clone flags");
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	b.pipe_fd = pair[1];
	assert_ok(spawn(&args, spawn_between, &b, &between, &err), &err);
	assert_int_equal(read(pair[0], &told[0], sizeof(pid_t)), sizeof(pid_t));
	assert_int_equal(read(pair[0], &told[1], sizeof(pid_t)), sizeof(pid_t));
	/* the child's parent is us, in whichever order the two wrote; the other is its pid */
	assert_true(told[0] == getpid() || told[1] == getpid());
	ours = told[0] == getpid() ? told[1] : told[0];
	assert_ok(spawn_wait(ours, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 9);
	assert_ok(spawn_wait(between.pid, &status, &err), &err);
	close(pair[0]);
	close(pair[1]);
}

static void clone_thread(void **state)
{
	struct spawned thread cleanup_spawned = SPAWNED_NONE;
	char path[64];
	struct stat st;

	need_real_kernel("clone flags");
	spawn_waiting(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, &thread);
	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)getpid(), (int)thread.pid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(waitpid(thread.pid, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
	open_gate();
	spawned_join(&thread);
	/* the id is cleared a moment before the task is off the list */
	for (int i = 0; i < 1000 && stat(path, &st) == 0; i++)
		usleep(1000);
	assert_int_equal(stat(path, &st), -1);
}

static pid_t tracer_of(pid_t pid)
{
	char path[64], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	at = strstr(get_file(AT_FDCWD, path), "TracerPid:");
	return atoi(at + 10);
}

/* In the traced process: makes a child with the flags, tells its pid, waits to be killed. */
static int traced_parent(void *arg)
{
	struct between *b = arg;
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child = SPAWNED_NONE;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || kill(getpid(), SIGSTOP) < 0)
		return 1;
	args.flags = b->flags;
	if (spawn(&args, wait_at_gate, NULL, &child, NULL) < 0 ||
	    write(b->pipe_fd, &child.pid, sizeof(child.pid)) != sizeof(child.pid))
		return 1;
	pause();
	return 1;
}

static pid_t tracer_with(uint64_t flags)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_FORK);
	struct spawned traced cleanup_spawned = SPAWNED_NONE;
	struct between b = { .flags = flags };
	pid_t child, tracer;
	int pair[2], status;

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	b.pipe_fd = pair[1];
	assert_ok(spawn(&args, traced_parent, &b, &traced, &err), &err);
	assert_ok(waitpid(traced.pid, &status, __WALL) < 0 ? -errno : 0, &err);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_CONT, traced.pid, NULL, NULL), 0);
	assert_int_equal(read(pair[0], &child, sizeof(child)), sizeof(child));
	tracer = tracer_of(child);
	kill(child, SIGKILL);
	kill(traced.pid, SIGKILL);
	if (tracer == getpid()) /* a tracer waits for what it traces */
		do
			waitpid(child, &status, __WALL);
		while (WIFSTOPPED(status));
	do
		waitpid(traced.pid, &status, __WALL);
	while (WIFSTOPPED(status));
	close(pair[0]);
	close(pair[1]);
	close(gate[0]);
	close(gate[1]);
	return tracer;
}

static void clone_ptrace(void **state)
{
	need_real_kernel("ptrace");
	assert_int_equal(tracer_with(0), 0);
	assert_int_equal(tracer_with(CLONE_PTRACE), getpid());
	assert_int_equal(tracer_with(CLONE_PTRACE | CLONE_UNTRACED), getpid());
}

/* --- namespaces, pids, groups ------------------------------------------------------------------
 */

static void each_namespace(void **state)
{
	struct ns_id ours, its;

	need_real_kernel("namespaces");
	need_privileges();
	for (size_t i = 0; i < NS_TYPES; i++) {
		struct spawned child = SPAWNED_NONE;

		spawn_waiting((uint64_t)ns_types[i].flag, &child);
		for (size_t k = 0; k < NS_TYPES; k++) {
			bool differs;

			assert_int_equal(ns_id_of(0, ns_types[k].flag, &ours), 0);
			assert_int_equal(ns_id_of(child.pid, ns_types[k].flag, &its), 0);
			differs = !ns_id_equal(ours, its);
			if (differs != (i == k))
				fail_msg("asked for a new %s, the %s namespace is %s",
					 ns_types[i].name, ns_types[k].name,
					 differs ? "new" : "shared");
		}
		finish(&child);
	}
}

static void clone_pidfd(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	pid_t pid = 0;

	need_real_kernel("pidfds");
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	args.pidfd = true;
	assert_ok(spawn(&args, wait_at_gate, NULL, &child, &err), &err);
	assert_int_equal(pidfd_pid(child.pidfd, &pid), 0);
	assert_int_equal(pid, child.pid);
	assert_int_equal(fcntl(child.pidfd, F_GETFD), FD_CLOEXEC);
	finish(&child);
}

static int tell_pid(void *arg)
{
	return getpid() == *(pid_t *)arg ? 21 : 22;
}

static void chosen_pid(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	pid_t wanted = 31000;
	int r, status;

	need_real_kernel("set_tid");
	need_privileges();
	args.set_tid = &wanted;
	args.set_tid_count = 1;
	do
		r = spawn(&args, tell_pid, &wanted, &child, &err);
	while (r == -EEXIST && ++wanted < 31100);
	if (r == -EINVAL)
		skip_because("pids do not reach %d here", (int)wanted);
	assert_ok(r, &err);
	assert_int_equal(child.pid, wanted);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	assert_int_equal(spawn_exit_code(status), 21);
}

static const char *v2_mount(void)
{
	struct stat st;

	if (stat("/sys/fs/cgroup/cgroup.procs", &st) == 0)
		return "/sys/fs/cgroup";
	if (stat("/sys/fs/cgroup/unified/cgroup.procs", &st) == 0)
		return "/sys/fs/cgroup/unified";
	return NULL;
}

/* A group of this test, open; its name is in `name`. */
static int make_group(char path[128], char name[64])
{
	need_real_kernel("CLONE_INTO_CGROUP");
	need_privileges();
	if (!v2_mount())
		skip_because("no cgroup v2 is mounted");
	snprintf(name, 64, "coracle-test-%d", (int)getpid());
	snprintf(path, 128, "%s/%s", v2_mount(), name);
	if (mkdir(path, 0755) < 0)
		skip_because("the root group is not ours to write");
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void remove_group(const char *path)
{
	for (int i = 0; i < 1000 && rmdir(path) < 0; i++)
		usleep(1000);
}

static void into_a_cgroup(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	char path[128], name[64], proc[64];
	bool joined;

	args.cgroup_fd = make_group(path, name);
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	assert_ok(spawn(&args, wait_at_gate, NULL, &child, &err), &err);
	close(args.cgroup_fd);
	snprintf(proc, sizeof(proc), "/proc/%d/cgroup", (int)child.pid);
	joined = strstr(get_file(AT_FDCWD, proc), name) != NULL;
	finish(&child);
	remove_group(path);
	assert_true(joined);
}

struct borrower {
	const char *group;
	bool joined;
	char *made;
};

/* With malloc and stdio, on the sleeping caller's memory. */
static int look_for_group(void *arg)
{
	struct borrower *b = arg;

	b->joined = strstr(get_file(AT_FDCWD, "/proc/self/cgroup"), b->group) != NULL;
	b->made = malloc(100000);
	snprintf(b->made, 100000, "pid %d", (int)getpid());
	return 5;
}

static void into_a_cgroup_on_the_callers_memory(void **state)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	char path[128], name[64], expected[32];
	struct borrower borrower = { .group = name };
	int status;

	args.cgroup_fd = make_group(path, name);
	args.flags = CLONE_VM | CLONE_VFORK;
	assert_ok(spawn(&args, look_for_group, &borrower, &child, &err), &err);
	close(args.cgroup_fd);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	remove_group(path);
	assert_int_equal(spawn_exit_code(status), 5);
	assert_true(borrower.joined);
	snprintf(expected, sizeof(expected), "pid %d", (int)child.pid);
	assert_string_equal(borrower.made, expected);
	free(borrower.made);
}

/* --- what is refused ---------------------------------------------------------------------------
 */

static void refuse(struct spawn_args args, const char *word)
{
	struct spawned child = SPAWNED_NONE;

	memset(&err, 0, sizeof(err));
	assert_int_equal(spawn(&args, wait_at_gate, NULL, &child, &err), -EINVAL);
	assert_int_equal(err.class, ERR_INVALID);
	assert_non_null(strstr(err.text, word));
}

static void refusals_are_named(void **state)
{
	static const struct {
		uint64_t flags;
		const char *word;
	} rows[] = {
		{ CLONE_SIGHAND, "CLONE_VM" },
		{ CLONE_THREAD | CLONE_VM, "CLONE_SIGHAND" },
		{ CLONE_FS | CLONE_NEWNS, "CLONE_NEWNS" },
		{ CLONE_FS | CLONE_NEWUSER, "CLONE_NEWUSER" },
		{ CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWPID, "PID" },
		{ CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, "CLONE_SIGHAND" },
		{ 0x1000, "CLONE_PID is gone" },
		{ CLONE_SETTLS, "cannot be set" },
		{ 0x2000000000, "cannot be set" },
	};
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		args.flags = rows[i].flags;
		refuse(args, rows[i].word);
	}
	args.flags = CLONE_VM;
	args.cgroup_fd = 0;
	refuse(args, "cgroup");
	args = SPAWN_ARGS(SPAWN_FORK);
	args.flags = CLONE_FS;
	refuse(args, "SPAWN_CLONE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_copies_memory),
		cmocka_unit_test(vfork_shares_memory),
		cmocka_unit_test(vfork_suspends_the_parent_until_exit),
		cmocka_unit_test(vfork_suspends_the_parent_until_exec),
		cmocka_unit_test(vfork_runs_no_handler_of_the_parent),
		cmocka_unit_test(clone_vm),
		cmocka_unit_test(clone_files),
		cmocka_unit_test(clone_fs),
		cmocka_unit_test(clone_sighand),
		cmocka_unit_test(clone_sysvsem),
		cmocka_unit_test(clone_fs_as_a_user_sees_it),
		cmocka_unit_test(clone_vfork),
		cmocka_unit_test(clone_clear_sighand),
		cmocka_unit_test(clone_parent),
		cmocka_unit_test(clone_thread),
		cmocka_unit_test(clone_ptrace),
		cmocka_unit_test(each_namespace),
		cmocka_unit_test(clone_pidfd),
		cmocka_unit_test(chosen_pid),
		cmocka_unit_test(into_a_cgroup),
		cmocka_unit_test(into_a_cgroup_on_the_callers_memory),
		cmocka_unit_test(refusals_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
