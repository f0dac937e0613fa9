/* SPDX-License-Identifier: Apache-2.0 */
/* `--userns auto`: 65536 host ids of its own for each container. */
#ifndef CORACLE_ENGINE_CONTAINER_USERNS_H
#define CORACLE_ENGINE_CONTAINER_USERNS_H

#include <jansson.h>

#include "base/err.h"
#include "engine/engine.h"

/* Takes the ids in the running transaction, which also holds the container's row. New reference in
 * *ret: {"UID":start,"GID":start,"Size":65536}, stored as "IdMap". */
int userns_take_ids(struct engine *engine, const char *id, json_t **ret, struct err *err);

#endif
