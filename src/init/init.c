/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coracle-init -- COMMAND [ARGUMENT...]: process 1 for `run --init`.
 *
 * Starts the command in a process group of its own (in the foreground of the terminal, if there is
 * one), forwards every signal that it gets to it, reaps whatever is orphaned, and exits as the
 * command did: its status, or 128 + the signal that ended it. Process 1 cannot die of a signal of
 * its own, so a number must do. 127: no such command, 126: it cannot be executed.
 *
 * No C library: see sys.h. Signals are blocked and taken one by one, so there are no handlers and
 * no races; to a process 1 the kernel delivers even those that it would otherwise drop, because
 * they are blocked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "init/sys.h"

void init_main(long *stack);

enum { PATH_SIZE = 4096 };

/* The kernel's set: a bit per signal, 64 of them. */
typedef unsigned long signal_set;
enum { SIGNAL_SET_SIZE = sizeof(signal_set) };
_Static_assert(SIGNAL_SET_SIZE == 8, "64 signals");

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static const char *find_char(const char *s, char c)
{
	while (*s && *s != c)
		s++;
	return s;
}

static void say(const char *text)
{
	sys(SYS_write, 2, text, length(text), 0);
}

static _Noreturn void leave(int status)
{
	for (;;)
		sys(SYS_exit_group, status, 0, 0, 0);
}

static _Noreturn void fail(const char *what, const char *why, int status)
{
	say("coracle-init: ");
	say(what);
	say(why);
	say("\n");
	leave(status);
}

static const char *search_path(char **envp)
{
	for (; *envp; envp++) {
		const char *e = *envp;

		if (e[0] == 'P' && e[1] == 'A' && e[2] == 'T' && e[3] == 'H' && e[4] == '=')
			return e + 5;
	}
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* "dir/name" of one element of PATH, "" being the working directory; NULL where too long. */
static const char *candidate(const char *dir, size_t len, const char *name, char out[PATH_SIZE])
{
	size_t name_len = length(name), at = 0;

	if (len + name_len + 2 > PATH_SIZE)
		return NULL;
	for (size_t i = 0; i < len; i++)
		out[at++] = dir[i];
	if (len > 0)
		out[at++] = '/';
	for (size_t i = 0; i <= name_len; i++)
		out[at++] = name[i];
	return out;
}

/* execvp(3): a file that may not be executed is remembered, the search goes on. */
static long execute(char **argv, char **envp)
{
	const char *dir = search_path(envp), *end;
	char path[PATH_SIZE];
	long code, worst = -ENOENT;

	if (*find_char(argv[0], '/'))
		return sys(SYS_execve, argv[0], argv, envp, 0);
	for (;; dir = end + 1) {
		end = find_char(dir, ':');
		if (candidate(dir, (size_t)(end - dir), argv[0], path)) {
			code = sys(SYS_execve, path, argv, envp, 0);
			if (code != -ENOENT && code != -ENOTDIR)
				worst = code;
			if (code != -ENOENT && code != -ENOTDIR && code != -EACCES)
				return code;
		}
		if (!*end)
			return worst;
	}
}

/* The child: still with all signals blocked, which also keeps the terminal's SIGTTOU away. */
static _Noreturn void become_command(char **argv, char **envp)
{
	int group = (int)sys(SYS_getpid, 0, 0, 0, 0);
	signal_set none = 0;
	long code;

	sys(SYS_setpgid, 0, 0, 0, 0);
	sys(SYS_ioctl, 0, TIOCSPGRP, &group, 0); /* ENOTTY without a terminal */
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, SIGNAL_SET_SIZE);
	code = execute(argv, envp);
	if (code == -ENOENT || code == -ENOTDIR)
		fail(argv[0], ": no such file or directory", 127);
	fail(argv[0], code == -EACCES ? ": permission denied" : ": cannot be executed", 126);
}

/* Reaps all there is; when the command was among them, leaves as it did. */
static void reap(int command)
{
	int status;
	long pid;

	for (;;) {
		pid = sys(SYS_wait4, -1, &status, WNOHANG | __WALL, NULL);
		if (pid == -EINTR)
			continue;
		if (pid <= 0)
			return;
		if (pid == command)
			leave(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
}

static _Noreturn void serve(int command)
{
	signal_set all = ~0UL;
	siginfo_t info;
	long number;

	for (;;) {
		number = sys(SYS_rt_sigtimedwait, &all, &info, NULL, SIGNAL_SET_SIZE);
		if (number == SIGCHLD)
			reap(command);
		else if (number > 0)
			sys(SYS_kill, command, number, 0, 0);
	}
}

__attribute__((used)) void init_main(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
	signal_set all = ~0UL;
	long pid;

	if (argc < 3 || argv[1][0] != '-' || argv[1][1] != '-' || argv[1][2]) {
		say("usage: coracle-init -- COMMAND [ARGUMENT...]\n");
		leave(125);
	}
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, SIGNAL_SET_SIZE);
	pid = sys(SYS_clone, SIGCHLD, 0, 0, 0);
	if (pid < 0)
		fail(argv[2], ": cannot fork", 126);
	if (pid == 0)
		become_command(argv + 2, envp);
	serve((int)pid);
}

SYS_START(init_main);
