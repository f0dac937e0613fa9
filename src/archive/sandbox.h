/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two cages in which strangers' bytes are handled. Entered by a child that has nothing else to
 * do; there is no way out.
 *
 *   decoder   reads and writes the pipes it was given and allocates memory. No capability, no file
 *             system (its root is an empty directory), no id of ours, and a list of some twenty
 *             system calls, none of which opens, connects, executes or signals another process.
 *   writer    its root is the directory that it fills, a private mount without devices, set-id or
 *             executable files; CAP_CHOWN, DAC_OVERRIDE, FOWNER, FSETID, MKNOD and SETFCAP; the
 *             system calls that make files. A device node that it makes can be opened by nobody
 *             here.
 *
 * Any other system call kills the process.
 */
#ifndef CORACLE_ARCHIVE_SANDBOX_H
#define CORACLE_ARCHIVE_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"

/* `userns`: the process was born into a user namespace of its own (an ordinary user's). */
int sandbox_enter_decoder(bool userns, struct err *err);

/* Makes a mount namespace of its own. `dir_fd` is closed. */
int sandbox_enter_writer(int dir_fd, struct err *err);

#endif
