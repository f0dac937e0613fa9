/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal of a process in a container: a pair of the container's own devpts, so that its
 * programs find the slave under /dev/pts. */
#ifndef CORACLE_RUNTIME_TTY_CONSOLE_H
#define CORACLE_RUNTIME_TTY_CONSOLE_H

#include <sys/types.h>

#include "base/err.h"
#include "oci/runtime_spec.h"

struct console {
	int master, slave; /* owned */
	int path_fd;	   /* owned: O_PATH of the slave, to be mounted on /dev/console */
};
#define CONSOLE_NONE ((struct console){ -1, -1, -1 })
void console_clear(struct console *c);

/* In the container, `root_fd` being its root. What is found at /dev/pts is believed only when it is
 * a devpts (CVE-2025-52565). The slave gets the process's user as its owner and the size that the
 * specification asks for. */
int console_make(int root_fd, const struct oci_process *process, struct console *ret,
		 struct err *err);

/* Makes the slave 0, 1, 2 and the controlling terminal of the caller, a session leader; takes its
 * descriptor. */
int console_take(struct console *c, struct err *err);

/* Sends the master over the connected socket at `sock` as runc does: one message, the name of the
 * terminal, with the descriptor. */
int console_send_master(int sock, int master, struct err *err);

#endif
