/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals and pseudo-terminals (tty_ioctl(4), pty(7)). */
#ifndef CORACLE_LINUX_TTY_H
#define CORACLE_LINUX_TTY_H

#include <stdbool.h>
#include <termios.h>

#include "base/err.h"

/* Puts a terminal in raw mode and keeps what it was. tty_restore may be called from a signal
 * handler, and twice. */
struct tty_saved {
	int fd; /* borrowed; -1: nothing to restore */
	struct termios termios;
};
#define TTY_SAVED_NONE ((struct tty_saved){ .fd = -1 })
int tty_make_raw(int fd, struct tty_saved *ret, struct err *err);
void tty_restore(struct tty_saved *saved);

/* Rows and columns; 0 or -errno. */
int tty_get_size(int fd, unsigned short *ret_rows, unsigned short *ret_columns);
int tty_set_size(int fd, unsigned short rows, unsigned short columns);

/* A new pseudo-terminal of the devpts whose root is `devpts_fd` (its "ptmx"), or of /dev/ptmx with
 * -1. The slave is opened by TIOCGPTPEER (4.13), without a path. Both O_CLOEXEC, O_NOCTTY;
 * *ret_index is its number N in /dev/pts/N (ret may be NULL). */
int tty_open_pair(int devpts_fd, int *ret_master, int *ret_slave, unsigned *ret_index,
		  struct err *err);

/* Makes the terminal the controlling one of the calling session leader. */
int tty_take_control(int fd, struct err *err);

#endif
