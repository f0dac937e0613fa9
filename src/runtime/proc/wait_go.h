/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_RUNTIME_PROC_WAIT_GO_H
#define CORACLE_RUNTIME_PROC_WAIT_GO_H

#include "base/err.h"

/* Waits for HS_GO: by `sock`, or by the first who connects to `listen_fd` (-1: none).
 * *answer_sock is then where an error is to be told. A starter that goes away without HS_KEEP has
 * left no record of this process: nobody would come, and that is an error (ECONNRESET). */
int wait_go(int sock, int listen_fd, int *answer_sock, struct err *err);

#endif
