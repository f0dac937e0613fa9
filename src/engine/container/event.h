/* SPDX-License-Identifier: Apache-2.0 */
/* Where events end up: the file run/events, a JSON document a line (Docker's shape). */
#ifndef CORACLE_ENGINE_CONTAINER_EVENT_H
#define CORACLE_ENGINE_CONTAINER_EVENT_H

#include <jansson.h>

#include "engine/engine.h"

/* An event of any type ("container", "image"); `attributes` is stolen, may be NULL. `from` is the
 * image of a container, else NULL. What cannot be written is logged: no command fails for it. */
void engine_event(struct engine *engine, const char *type, const char *action, const char *id,
		  const char *from, json_t *attributes);

#endif
