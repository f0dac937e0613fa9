/* SPDX-License-Identifier: Apache-2.0 */
/* The socket on which init waits for a start by another process than its starter. */
#ifndef CORACLE_RUNTIME_PROC_START_SOCKET_H
#define CORACLE_RUNTIME_PROC_START_SOCKET_H

#include "base/err.h"

/* Makes it at `path`, 0600; its directory lets only the owner in. Paths of any length: sun_path
 * holds 107 bytes, so the directory goes by its descriptor. */
int start_socket_listen(const char *path, int *ret_fd, struct err *err);

/* Connects to `name` in `dirfd`; nobody waiting there is ERR_CONFLICT. */
int start_socket_connect(int dirfd, const char *name, int *ret_fd, struct err *err);

#endif
