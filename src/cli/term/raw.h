/* SPDX-License-Identifier: Apache-2.0 */
/* The user's own terminal in raw mode, and back. */
#ifndef CORACLE_CLI_TERM_RAW_H
#define CORACLE_CLI_TERM_RAW_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/err.h"

struct raw_terminal {
	int fd; /* borrowed; -1: none */
	bool active;
	struct termios before;
};
#define RAW_TERMINAL_NONE     \
	(struct raw_terminal) \
	{                     \
		.fd = -1      \
	}

int raw_enter(struct raw_terminal *t, int fd, struct err *err);
/* Puts the terminal back as it was; may be called any number of times. */
void raw_leave(struct raw_terminal *t);
/* Raw again after raw_leave(), for a command that was stopped and goes on. */
void raw_resume(struct raw_terminal *t);
#define cleanup_raw __attribute__((cleanup(raw_leave)))

/* False where no descriptor of 0, 1, 2 is a terminal, or it knows no size. */
bool terminal_size(uint16_t *rows, uint16_t *columns);

#endif
