/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces, as far as every network namespace needs them (netdevice(7)). */
#ifndef CORACLE_LINUX_NETIF_H
#define CORACLE_LINUX_NETIF_H

#include "base/err.h"

/* Sets the interface `name` up in the calling thread's network namespace. */
int netif_up(const char *name, struct err *err);

#endif
