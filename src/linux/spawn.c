/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/spawn.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <linux/futex.h>

#include "linux/syscalls.h"

enum { STACK_SIZE = 1 << 20, STACK_GUARD = 64 << 10 }; /* the guard: pages may be of 64 KB */

static const struct {
	uint64_t flag;
	uint64_t needs, refuses;
	const char *text;
} rules[] = {
	{ CLONE_SIGHAND, CLONE_VM, 0, "CLONE_SIGHAND needs CLONE_VM" },
	{ CLONE_THREAD, CLONE_SIGHAND, 0, "CLONE_THREAD needs CLONE_SIGHAND" },
	{ CLONE_THREAD, 0, CLONE_NEWUSER | CLONE_NEWPID,
	  "a thread cannot be in other user or PID namespaces than its process" },
	{ CLONE_CLEAR_SIGHAND, 0, CLONE_SIGHAND, "CLONE_CLEAR_SIGHAND excludes CLONE_SIGHAND" },
	{ CLONE_FS, 0, CLONE_NEWNS | CLONE_NEWUSER,
	  "CLONE_FS excludes CLONE_NEWNS and CLONE_NEWUSER" },
	{ CLONE_SYSVSEM, 0, CLONE_NEWIPC, "CLONE_SYSVSEM excludes CLONE_NEWIPC" },
	{ CLONE_NEWTIME, 0, CLONE_VM, "CLONE_NEWTIME excludes CLONE_VM" },
	{ CLONE_PIDFD, 0, CLONE_PIDFD,
	  "a pidfd is asked for by its own member (CLONE_PID is gone)" },
	{ CLONE_INTO_CGROUP, 0, CLONE_INTO_CGROUP, "a cgroup is chosen by its own member" },
};

static const uint64_t settable = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PTRACE |
				 CLONE_VFORK | CLONE_PARENT | CLONE_THREAD | CLONE_NEWNS |
				 CLONE_SYSVSEM | CLONE_UNTRACED | CLONE_NEWCGROUP | CLONE_NEWUTS |
				 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
				 CLONE_IO | CLONE_NEWTIME | CLONE_CLEAR_SIGHAND;

static int check(const struct spawn_args *args, struct err *err)
{
	uint64_t flags = args->flags;

	if (args->how != SPAWN_CLONE && (flags || args->cgroup_fd >= 0 || args->set_tid_count))
		return err_invalid(err, "spawn: flags, cgroup and pids belong to SPAWN_CLONE");
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if ((flags & rules[i].flag) &&
		    ((flags & rules[i].needs) != rules[i].needs || (flags & rules[i].refuses)))
			return err_invalid(err, "spawn: %s", rules[i].text);
	if (flags & ~settable)
		return err_invalid(err, "spawn: flags 0x%llx cannot be set",
				   (unsigned long long)(flags & ~settable));
	if ((flags & CLONE_THREAD) && args->pidfd)
		return err_invalid(err, "spawn: a thread has no pidfd");
	if ((flags & CLONE_VM) && args->set_tid_count)
		return err_invalid(err, "spawn: a pid cannot be chosen with CLONE_VM");
	if ((flags & CLONE_VM) && args->cgroup_fd >= 0 && !(flags & CLONE_VFORK))
		return err_invalid(err, "spawn: a cgroup cannot be chosen for a thread");
	return 0;
}

/* Without SIGHAND the table is the child's own, so the caller's handlers stay. */
static void reset_handlers(void)
{
	struct sigaction action, standard = { .sa_handler = SIG_DFL };

	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
		    action.sa_handler != SIG_IGN)
			sigaction(number, &standard, NULL);
}

/* --- the child has memory of its own: clone3 returns twice ------------------------------------ */

/* For kernels, seccomp profiles and emulators without clone3: what clone(2) can express. Its last
 * two arguments change places between architectures; both are 0. */
static pid_t clone_before_3(const struct clone_args *ca)
{
	uint64_t flags = ca->flags & ~CLONE_CLEAR_SIGHAND;
	pid_t pid;

	if ((flags & (CLONE_NEWTIME | CLONE_INTO_CGROUP)) || ca->set_tid_size) {
		errno = ENOSYS;
		return -1;
	}
	pid = (pid_t)syscall(SYS_clone, flags | ca->exit_signal, 0, (int *)(uintptr_t)ca->pidfd, 0,
			     0);
	if (pid == 0 && (ca->flags & CLONE_CLEAR_SIGHAND))
		reset_handlers();
	return pid;
}

static int clone_copy(const struct spawn_args *args, spawn_fn fn, void *arg, struct spawned *ret,
		      struct err *err)
{
	struct clone_args ca = {
		.flags = args->flags,
		.exit_signal = args->flags & CLONE_PARENT ? 0 : SIGCHLD,
		.set_tid = (uintptr_t)args->set_tid,
		.set_tid_size = args->set_tid_count,
	};
	int pidfd = -1;
	pid_t pid;

	if (args->pidfd) {
		ca.flags |= CLONE_PIDFD;
		ca.pidfd = (uintptr_t)&pidfd;
	}
	if (args->cgroup_fd >= 0) {
		ca.flags |= CLONE_INTO_CGROUP;
		ca.cgroup = (uint64_t)args->cgroup_fd;
	}
	pid = sys_clone3(&ca, sizeof(ca));
	if (pid < 0 && errno == ENOSYS)
		pid = clone_before_3(&ca);
	if (pid == 0)
		_exit(fn(arg));
	if (pid < 0)
		return err_sys(err, errno, "clone a process");
	ret->pid = pid;
	ret->pidfd = pidfd;
	return 0;
}

/* --- the child shares memory: it begins on a stack of its own --------------------------------- */

struct stack_start { /* at the top of the child's stack, which outlives this call */
	spawn_fn fn;
	void *arg;
	bool reset_handlers;
	const sigset_t *mask; /* to be set once no handler can run any more; NULL: as it is */
};

/* Only the calling thread's stack is known to the address sanitizer. */
__attribute__((no_sanitize_address)) static int stack_child(void *p)
{
	struct stack_start *start = p;

	if (start->reset_handlers)
		reset_handlers();
	if (start->mask)
		sigprocmask(SIG_SETMASK, start->mask, NULL);
	return start->fn(start->arg); /* clone(3) makes it exit(2), of this thread alone */
}

static int make_stack(struct spawned *ret, struct err *err)
{
	void *stack = mmap(NULL, STACK_GUARD + STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

	if (stack == MAP_FAILED)
		return err_oom(err);
	ret->stack = stack;
	if (mprotect(stack, STACK_GUARD, PROT_NONE) < 0)
		return err_sys(err, errno, "guard a stack");
	return 0;
}

/* clone(2), or clone3(2) where there is a cgroup to start in. */
static pid_t clone_on_stack(uint64_t flags, int signal, int cgroup_fd, struct stack_start *start,
			    int *pidfd, struct spawned *ret)
{
	char *top = (char *)((uintptr_t)start & ~(uintptr_t)15);
	char *bottom = (char *)ret->stack + STACK_GUARD;
	struct clone_args ca = {
		.flags = flags | CLONE_CHILD_CLEARTID | CLONE_INTO_CGROUP,
		.exit_signal = (uint64_t)signal,
		.pidfd = (uintptr_t)pidfd,
		.child_tid = (uintptr_t)&ret->tid,
		.stack = (uintptr_t)bottom,
		.stack_size = (uint64_t)(top - bottom),
		.cgroup = (uint64_t)cgroup_fd,
	};

	if (cgroup_fd >= 0)
		return sys_clone3_call(&ca, sizeof(ca), stack_child, start);
	return clone(stack_child, top, (int)flags | signal | CLONE_CHILD_CLEARTID, start, pidfd,
		     NULL, &ret->tid);
}

static int clone_shared(uint64_t flags, const struct spawn_args *args, spawn_fn fn, void *arg,
			struct spawned *ret, struct err *err)
{
	/* The caller sleeps, but its handlers would run in the child, on the caller's memory. */
	bool shield = (flags & CLONE_VFORK) && !(flags & CLONE_SIGHAND);
	int pidfd = -1, signal = flags & (CLONE_THREAD | CLONE_PARENT) ? 0 : SIGCHLD, failed;
	struct stack_start *start;
	sigset_t all, before;
	pid_t pid;
	int r = make_stack(ret, err);

	if (r < 0)
		return r;
	start = (struct stack_start *)((char *)ret->stack + STACK_GUARD + STACK_SIZE) - 1;
	*start = (struct stack_start){ fn, arg, shield || (flags & CLONE_CLEAR_SIGHAND), NULL };
	flags &= ~CLONE_CLEAR_SIGHAND;
	if (args->pidfd)
		flags |= CLONE_PIDFD;
	if (shield) {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &before);
		start->mask = &before;
	}
	ret->tid = 1;
	pid = clone_on_stack(flags, signal, args->cgroup_fd, start, &pidfd, ret);
	failed = errno;
	if (shield)
		sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return err_sys(err, failed, "clone a process");
	ret->pid = pid;
	ret->pidfd = pidfd;
	return 0;
}

void spawned_join(struct spawned *s)
{
	uint32_t tid;

	while (s->stack && (tid = __atomic_load_n(&s->tid, __ATOMIC_ACQUIRE)) != 0)
		syscall(SYS_futex, &s->tid, FUTEX_WAIT, tid, NULL, NULL, 0);
}

void spawned_release(struct spawned *s)
{
	close_fd(&s->pidfd);
	if (s->stack)
		munmap(s->stack, STACK_GUARD + STACK_SIZE);
	s->stack = NULL;
}

/* --- fork --------------------------------------------------------------------------------------
 */

static int fork_copy(bool want_pidfd, spawn_fn fn, void *arg, struct spawned *ret, struct err *err)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(arg));
	if (pid < 0)
		return err_sys(err, errno, "fork");
	ret->pid = pid;
	if (want_pidfd) {
		/* Nobody but us can reap it, so the pid is still the child's. */
		ret->pidfd = pidfd_open(pid, 0);
		if (ret->pidfd < 0) {
			int failed = errno;

			kill(pid, SIGKILL);
			spawn_wait(pid, &(int){ 0 }, NULL);
			return err_sys(err, failed, "pidfd_open");
		}
	}
	return 0;
}

int spawn(const struct spawn_args *args, spawn_fn fn, void *arg, struct spawned *ret,
	  struct err *err)
{
	int r = check(args, err);

	if (r < 0)
		return r;
	*ret = SPAWNED_NONE;
	if (args->how == SPAWN_FORK)
		r = fork_copy(args->pidfd, fn, arg, ret, err);
	else if (args->how == SPAWN_VFORK)
		r = clone_shared(CLONE_VM | CLONE_VFORK, args, fn, arg, ret, err);
	else if (args->flags & CLONE_VM)
		r = clone_shared(args->flags, args, fn, arg, ret, err);
	else
		r = clone_copy(args, fn, arg, ret, err);
	if (r < 0)
		spawned_release(ret);
	return r;
}

int spawn_wait(pid_t pid, int *ret_status, struct err *err)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, __WALL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(err, errno, "wait for process %d", (int)pid);
	*ret_status = status;
	return 0;
}

int spawn_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
