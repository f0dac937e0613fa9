/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term/raw.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * A command in the background that touches its terminal's settings is stopped by SIGTTOU, and would
 * then never restore them.
 */
static int set_attributes(int fd, const struct termios *settings)
{
	sigset_t block, before;
	int r;

	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &before);
	do
		r = tcsetattr(fd, TCSANOW, settings);
	while (r < 0 && errno == EINTR);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int raw_enter(struct raw_terminal *t, int fd, struct err *err)
{
	if (tcgetattr(fd, &t->before) < 0)
		return err_sys(err, errno, "read the terminal's settings");
	t->fd = fd;
	raw_resume(t);
	return t->active ? 0 : err_sys(err, errno, "set the terminal to raw mode");
}

void raw_resume(struct raw_terminal *t)
{
	struct termios raw = t->before;

	if (t->fd < 0)
		return;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	t->active = set_attributes(t->fd, &raw) == 0;
}

void raw_leave(struct raw_terminal *t)
{
	int saved = errno;

	if (t->active)
		set_attributes(t->fd, &t->before);
	t->active = false;
	errno = saved;
}

bool terminal_size(uint16_t *rows, uint16_t *columns)
{
	static const int fds[] = { STDOUT_FILENO, STDIN_FILENO, STDERR_FILENO };
	struct winsize size;

	for (int i = 0; i < 3; i++) {
		if (ioctl(fds[i], TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
			continue;
		*rows = size.ws_row;
		*columns = size.ws_col;
		return true;
	}
	return false;
}
