/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/foreground.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/pidfd.h"
#include "linux/tty.h"

enum { CHUNK = 16 << 10 };

struct foreground {
	struct rt_created *created;
	int signals;
	struct tty_saved terminal;
	bool stdin_open;
};

static void restore_terminal(struct foreground *f)
{
	tty_restore(&f->terminal);
	close_fd(&f->signals);
}

static int take_signals(int *ret_fd, struct err *err)
{
	sigset_t set;

	sigfillset(&set);
	/* Faults of our own, and the pipe that write(2) tells about. */
	for (int sig = 1; sig < NSIG; sig++)
		if (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL ||
		    sig == SIGABRT || sig == SIGTRAP)
			sigdelset(&set, sig);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_sys(err, errno, "sigprocmask");
	*ret_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret_fd < 0 ? err_sys(err, errno, "signalfd") : 0;
}

static void copy_size(const struct foreground *f)
{
	unsigned short rows, columns;

	if (f->created->master_fd >= 0 && tty_get_size(STDIN_FILENO, &rows, &columns) == 0)
		(void)tty_set_size(f->created->master_fd, rows, columns);
}

static void pass_signals(const struct foreground *f)
{
	struct signalfd_siginfo info;

	while (read(f->signals, &info, sizeof(info)) == sizeof(info)) {
		int sig = (int)info.ssi_signo;

		if (sig == SIGWINCH)
			copy_size(f);
		else if (sig != SIGCHLD && sig != SIGPIPE && sig != SIGURG)
			(void)pidfd_signal(f->created->pidfd, sig);
	}
}

/* One chunk; false at the end of `from`. A terminal whose last slave was closed gives EIO. */
static bool copy(int from, int to)
{
	char chunk[CHUNK];
	ssize_t n = read(from, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	return n > 0 && fd_write_all(to, chunk, (size_t)n) == 0;
}

static void drain(struct foreground *f)
{
	if (f->created->master_fd < 0)
		return;
	(void)fd_set_nonblock(f->created->master_fd, true);
	errno = 0;
	while (copy(f->created->master_fd, STDOUT_FILENO) && errno != EAGAIN)
		errno = 0;
}

/* True when the child has ended. */
static bool turn(struct foreground *f)
{
	int *master = &f->created->master_fd;
	struct pollfd fds[] = {
		{ .fd = f->created->pidfd, .events = POLLIN },
		{ .fd = f->signals, .events = POLLIN },
		{ .fd = *master, .events = POLLIN },
		{ .fd = *master >= 0 && f->stdin_open ? STDIN_FILENO : -1, .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return false;
	if (fds[1].revents)
		pass_signals(f);
	if (fds[2].revents && !copy(*master, STDOUT_FILENO))
		close_fd(master);
	if (fds[3].revents && !copy(STDIN_FILENO, *master))
		f->stdin_open = false;
	return fds[0].revents != 0;
}

int foreground_wait(struct rt_created *created, int *ret_status, struct err *err)
{
	cleanup_with(restore_terminal) struct foreground f = {
		.created = created, .signals = -1, .terminal = TTY_SAVED_NONE, .stdin_open = true
	};
	int r = take_signals(&f.signals, err);

	if (r < 0)
		return r;
	if (created->master_fd >= 0 && isatty(STDIN_FILENO)) {
		r = tty_make_raw(STDIN_FILENO, &f.terminal, err);
		if (r < 0)
			return r;
	}
	copy_size(&f);
	while (!turn(&f))
		;
	drain(&f);
	return pidfd_wait(created->pidfd, false, ret_status, err);
}
