/* SPDX-License-Identifier: Apache-2.0 */
/* Work on files of an ordinary user's containers: most of their owners are subordinate ids, which
 * only a user namespace makes reachable. */
#ifndef CORACLE_ENGINE_IMAGE_ROOTLESS_H
#define CORACLE_ENGINE_IMAGE_ROOTLESS_H

#include "base/err.h"

struct root;

typedef int (*rootless_fn)(void *arg, struct err *err);

/* Calls `fn`: as root here, as an ordinary user in a child process that is root of a new user
 * namespace with the maps of root_ids_get() and has a mount namespace of its own. What fn changes
 * in memory is then lost; only its result and its error come back. */
int rootless_call(const struct root *root, rootless_fn fn, void *arg, struct err *err);

#endif
