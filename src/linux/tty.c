/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/tty.h>

#include "base/cleanup.h"

int tty_make_raw(int fd, struct tty_saved *ret, struct err *err)
{
	struct tty_saved saved = { .fd = fd };
	struct termios raw;

	if (tcgetattr(fd, &saved.termios) < 0)
		return err_sys(err, errno, "read the terminal's settings");
	raw = saved.termios;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSADRAIN, &raw) < 0)
		return err_sys(err, errno, "set the terminal to raw mode");
	*ret = saved;
	return 0;
}

void tty_restore(struct tty_saved *saved)
{
	int error = errno;

	/* TCSANOW: a reader that is gone must not hold us. */
	if (saved->fd >= 0)
		tcsetattr(saved->fd, TCSANOW, &saved->termios);
	saved->fd = -1;
	errno = error;
}

int tty_get_size(int fd, unsigned short *ret_rows, unsigned short *ret_columns)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return -errno;
	*ret_rows = size.ws_row;
	*ret_columns = size.ws_col;
	return 0;
}

int tty_set_size(int fd, unsigned short rows, unsigned short columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int tty_open_pair(int devpts_fd, int *ret_master, int *ret_slave, unsigned *ret_index,
		  struct err *err)
{
	int master cleanup_fd = -1, slave cleanup_fd = -1, unlocked = 0;
	unsigned index;

	if (devpts_fd >= 0)
		master = openat(devpts_fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
	else
		master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return err_sys(err, errno, "open a pseudo-terminal");
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0 || ioctl(master, TIOCGPTN, &index) < 0)
		return err_sys(err, errno, "unlock a pseudo-terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(err, errno, "open a pseudo-terminal's other side");
	*ret_master = take_fd(&master);
	*ret_slave = take_fd(&slave);
	if (ret_index)
		*ret_index = index;
	return 0;
}

int tty_take_control(int fd, struct err *err)
{
	if (ioctl(fd, TIOCSCTTY, 0) < 0)
		return err_sys(err, errno, "take the terminal");
	return 0;
}
