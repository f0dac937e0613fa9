/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_RUNTIME_PROC_NOTIFY_H
#define CORACLE_RUNTIME_PROC_NOTIFY_H

#include "runtime/proc/attend.h"
#include "runtime/proc/handshake.h"

/* Sends the listener of a notifying filter to linux.seccomp.listenerPath with a
 * ContainerProcessState (config-linux.md, Seccomp). */
int notify_send(struct attend *a, struct hs_message *m, struct err *err);

#endif
