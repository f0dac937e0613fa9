/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine and the machine are, in the shapes of Docker's GET /info and GET /version. */
#ifndef CORACLE_ENGINE_INFO_H
#define CORACLE_ENGINE_INFO_H

#include <jansson.h>

#include "engine/engine.h"

/* New references. */
int engine_info(struct engine *engine, json_t **ret, struct err *err);
int engine_version(struct engine *engine, json_t **ret, struct err *err);

#endif
