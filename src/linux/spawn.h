/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that starts a process starts it here: one call over fork(2), vfork(2)'s way, and
 * clone3(2). All of them end in the same kernel function; what differs is what parent and child
 * share. The child runs a function of its own and leaves by _exit: no function serves both sides.
 */
#ifndef CORACLE_LINUX_SPAWN_H
#define CORACLE_LINUX_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/err.h"

enum spawn_how {
	/* fork(2) of libc: the child has a copy (on write) of everything. */
	SPAWN_FORK,
	/* vfork(2)'s way, on a stack of its own: memory is shared and the caller suspended until
	 * the child executes a program or exits, so the cost does not grow with the caller's
	 * memory. What the function may do is limited: no malloc, no stdio, no locks; what it
	 * writes to memory, the caller sees. Handlers of signals are reset in the child first: they
	 * would run on the caller's memory. */
	SPAWN_VFORK,
	/* clone3(2) with the flags given. libc does not know of the child: it keeps the thread id
	 * that raise(3) and abort(3) send to (use kill(getpid(), …)), and locks that another thread
	 * of the caller held stay locked; so the caller should have one thread. */
	SPAWN_CLONE,
};

/*
 * Flags of SPAWN_CLONE; those that the kernel refuses together are refused by name.
 *   CLONE_PARENT    the child's parent is the caller's parent; the caller cannot wait for it.
 *   CLONE_FS        root, working directory and umask are shared (not with NEWNS or NEWUSER).
 *   CLONE_FILES     the table of descriptors is shared.
 *   CLONE_SIGHAND   the table of signal handlers is shared (needs VM).
 *   CLONE_VM        memory is shared; the child gets a stack of its own, which spawned_release()
 *                   frees once it has ended. Thread-local data, errno among it, are the caller's:
 *                   unless VFORK suspends the caller, the function may make raw system calls only.
 *   CLONE_VFORK     the caller is suspended until the child executes a program or exits.
 *   CLONE_THREAD    a thread of the caller's process (needs VM, SIGHAND): the function's return
 *                   ends that thread alone; wait with spawned_join().
 *   CLONE_PTRACE    the child is traced by the caller's tracer, if it has one; CLONE_UNTRACED not.
 *   CLONE_NEWCGROUP, NEWIPC, NEWNET, NEWNS, NEWPID, NEWTIME, NEWUSER, NEWUTS   new namespaces.
 *   CLONE_IO, CLONE_SYSVSEM   the I/O context, the undo values of semaphores are shared.
 *   CLONE_CLEAR_SIGHAND   all handlers are reset in the child (not with SIGHAND).
 * CLONE_PID (the child takes the caller's pid) left the kernel in 2.5; its bit was given to
 * CLONE_PIDFD later. CLONE_PIDFD and CLONE_INTO_CGROUP are set by the members below, the flags
 * about thread-local storage and tid words never.
 */
struct spawn_args {
	enum spawn_how how;
	uint64_t flags;	      /* SPAWN_CLONE only */
	int cgroup_fd;	      /* SPAWN_CLONE, with VM only beside VFORK: start in this v2 group; -1:
			       * the caller's */
	const pid_t *set_tid; /* SPAWN_CLONE without VM: pids wanted, innermost namespace first */
	size_t set_tid_count;
	bool pidfd; /* also return a pidfd (not with THREAD) */
};
#define SPAWN_ARGS(mode) ((struct spawn_args){ .how = (mode), .cgroup_fd = -1 })

/* Runs in the child; what it returns is the exit status. */
typedef int (*spawn_fn)(void *arg);

struct spawned {
	pid_t pid;    /* a tid with CLONE_THREAD */
	int pidfd;    /* owned, O_CLOEXEC; -1 where not asked for */
	void *stack;  /* owned: NULL, or the child's stack */
	uint32_t tid; /* with a stack: cleared by the kernel when the child has ended (futex) */
};
#define SPAWNED_NONE ((struct spawned){ .pidfd = -1 })

/* Starts `fn(arg)`. `ret` must stay where it is until spawned_release() when a stack is in use.
 * CLONE_INTO_CGROUP of a group that was ever killed by cgroup.kill ends the child by SIGKILL before
 * its first instruction (6.12, 6.18): not noticed here. */
int spawn(const struct spawn_args *args, spawn_fn fn, void *arg, struct spawned *ret,
	  struct err *err);

/* Waits until a child with CLONE_VM has left its memory (a thread has ended). Not for SPAWN_FORK.
 */
void spawned_join(struct spawned *s);

/* Closes the pidfd and frees the stack; the child, if it has a stack, must have ended. It is not
 * waited for. Safe on SPAWNED_NONE and twice. */
void spawned_release(struct spawned *s);
#define cleanup_spawned cleanup_with(spawned_release)

/* --- programs -------------------------------------------------------------------------------- */

struct spawn_fd {
	int from, to;
};

struct spawn_program {
	const char *path;	    /* not searched for in PATH */
	const char *const *argv;    /* NULL-terminated */
	const char *const *envp;    /* NULL: an empty environment */
	const struct spawn_fd *fds; /* the only descriptors passed on besides 0, 1 and 2 … */
	size_t fd_count;  /* … which are the caller's own unless mapped; any order, swaps too */
	const char *cwd;  /* NULL: the caller's */
	bool new_session; /* setsid(2) */
	bool pidfd;
};

/* Executes a program in a child (SPAWN_VFORK): signal mask empty, handlers and ignored signals at
 * their defaults. Returns when execve has succeeded; else the error names the path (or the cwd) and
 * carries its errno, with class ERR_ENGINE, and no child is left. */
int spawn_program(const struct spawn_program *program, struct spawned *ret, struct err *err);

/* --- waiting --------------------------------------------------------------------------------- */

/* waitpid(2), restarted on EINTR; __WALL, so that any exit signal will do. *ret_status as wait(2)
 * gives it. -ECHILD where `pid` is not a child. */
int spawn_wait(pid_t pid, int *ret_status, struct err *err);

/* The shell's number for a wait status: the exit status, or 128 + the signal. */
int spawn_exit_code(int status);

/* spawn_program + spawn_wait; *ret_status as wait(2) gives it. */
int spawn_run(const struct spawn_program *program, int *ret_status, struct err *err);

#endif
