/* SPDX-License-Identifier: Apache-2.0 */
/* run/net: what belongs to the networks of a root while they are up. */
#ifndef CORACLE_ENGINE_NET_RUNDIR_H
#define CORACLE_ENGINE_NET_RUNDIR_H

#include "base/err.h"

struct engine;

/* The directory, made 0700 where missing. O_PATH|O_DIRECTORY. */
int net_rundir(const struct engine *engine, int *ret_fd, struct err *err);

/* Held by who makes or removes bridges, and the rest of what all containers share. Not needed by
 * who finds all of it there. */
#define NET_LOCK "lock"
int net_lock(const struct engine *engine, int *ret_fd, struct err *err);

#endif
