/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_ENGINE_IMAGE_TREE_SIZE_H
#define CORACLE_ENGINE_IMAGE_TREE_SIZE_H

#include <stdint.h>

#include "base/err.h"

/* Bytes of the regular files below `name` in `dirfd`, as Docker counts a container's size: a file
 * with several names once, holes included. What vanishes meanwhile counts as nothing. */
int tree_size(int dirfd, const char *name, int64_t *ret, struct err *err);

#endif
