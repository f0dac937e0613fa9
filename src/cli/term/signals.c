/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/term/attach.h"

/* A terminal of our own is in raw mode: these come from elsewhere, and end or stop us tidily. */
static const int terminal_signals[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH, SIGCHLD
};

/* Not forwarded: our own children, a closed pipe, what a fault or the terminal's job control
 * raises. */
static const int never_forwarded[] = {
	SIGCHLD, SIGPIPE, SIGURG,  SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,
	SIGTRAP, SIGSYS,  SIGABRT, SIGTTIN, SIGTTOU, SIGKILL, SIGSTOP
};

int attach_signal_fd(const struct attach *a, sigset_t *ret_before, struct err *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	if (a->tty || !a->forward_signals) {
		for (size_t i = 0; i < sizeof(terminal_signals) / sizeof(*terminal_signals); i++)
			if (a->tty || terminal_signals[i] == SIGCHLD)
				sigaddset(&set, terminal_signals[i]);
	} else {
		sigfillset(&set);
		for (size_t i = 0; i < sizeof(never_forwarded) / sizeof(*never_forwarded); i++)
			sigdelset(&set, never_forwarded[i]);
		sigaddset(&set, SIGCHLD);
	}
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(err, errno, "signalfd");
	sigprocmask(SIG_BLOCK, &set, ret_before);
	return fd;
}

void attach_forward_signal(const struct attach *a, int signal)
{
	const char *root = a->cli->root;
	char number[16];
	char *argv[9];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int n = 0, r;
	pid_t pid;

	snprintf(number, sizeof(number), "%d", signal);
	argv[n++] = (char *)"coracle";
	if (root) {
		argv[n++] = (char *)"--root";
		argv[n++] = (char *)root;
	}
	argv[n++] = (char *)"kill";
	argv[n++] = (char *)"--signal";
	argv[n++] = number;
	argv[n++] = (char *)a->id;
	argv[n] = NULL;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	/* Its own group: a second Ctrl-C must not end it before it has sent the first. */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	r = posix_spawn(&pid, a->cli->engine->self, &actions, &attributes, argv, environ);
	if (r != 0)
		log_warn("signal %d was not forwarded: %s", signal, strerror(r));
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
}
