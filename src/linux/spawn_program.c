/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs by the vfork way. The child shares our memory, so why it failed is simply written into
 * `start`, and the caller, who sleeps until execve has succeeded or the child is gone, reads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "linux/fds.h"
#include "linux/spawn.h"

struct program_start {
	const struct spawn_program *program;
	int *copies; /* room for fd_count descriptors */
	const char *failed_step;
	int failed; /* errno, 0 when execve succeeded (or a signal came first) */
	bool exec_reached;
};

/* In the child: nothing is allocated, nothing that the caller's memory holds is changed but
 * *start. A mapping may use another's source as its target, hence the copies above all targets. */
__attribute__((no_sanitize_address)) static int map_fds(struct program_start *start)
{
	const struct spawn_program *p = start->program;
	int above = 3, r;

	for (size_t i = 0; i < p->fd_count; i++)
		if (p->fds[i].to >= above)
			above = p->fds[i].to + 1;
	for (size_t i = 0; i < p->fd_count; i++) {
		start->copies[i] = fcntl(p->fds[i].from, F_DUPFD_CLOEXEC, above);
		if (start->copies[i] < 0)
			return errno;
	}
	r = fds_cloexec_from(3);
	if (r < 0)
		return -r;
	for (size_t i = 0; i < p->fd_count; i++)
		if (dup2(start->copies[i], p->fds[i].to) < 0)
			return errno;
	return 0;
}

__attribute__((no_sanitize_address)) static void default_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((no_sanitize_address)) static int program_child(void *arg)
{
	static char *const empty[] = { NULL };
	struct program_start *start = arg;
	const struct spawn_program *p = start->program;

	default_signals();
	start->failed_step = "pass descriptors to";
	start->failed = map_fds(start);
	if (start->failed)
		return 127;
	if (p->new_session && setsid() < 0) {
		start->failed_step = "begin a session for";
		start->failed = errno;
		return 127;
	}
	if (p->cwd && chdir(p->cwd) < 0) {
		start->failed_step = "enter the working directory of";
		start->failed = errno;
		return 127;
	}
	start->failed_step = "execute";
	start->exec_reached = true;
	execve(p->path, (char *const *)p->argv, p->envp ? (char *const *)p->envp : empty);
	start->failed = errno;
	return 127;
}

int spawn_program(const struct spawn_program *program, struct spawned *ret, struct err *err)
{
	int *copies cleanup_free = calloc(program->fd_count + 1, sizeof(int));
	struct program_start start = { .program = program,
				       .copies = copies,
				       .failed_step = "start" };
	struct spawn_args args = SPAWN_ARGS(SPAWN_VFORK);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int status, r;

	if (!copies)
		return err_oom(err);
	args.pidfd = program->pidfd;
	r = spawn(&args, program_child, &start, &child, err);
	if (r < 0)
		return r;
	if (!start.failed && !start.exec_reached)
		start.failed = EINTR; /* killed on the way */
	if (start.failed) {
		spawn_wait(child.pid, &status, NULL);
		return err_sys(err, start.failed, "%s %s", start.failed_step, program->path);
	}
	ret->pid = child.pid;
	ret->pidfd = take_fd(&child.pidfd);
	ret->stack = NULL; /* execve has left it; ours is freed here */
	ret->tid = 0;
	return 0;
}

int spawn_run(const struct spawn_program *program, int *ret_status, struct err *err)
{
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int r = spawn_program(program, &child, err);

	return r < 0 ? r : spawn_wait(child.pid, ret_status, err);
}
