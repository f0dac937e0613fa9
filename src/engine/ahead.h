/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_ENGINE_AHEAD_H
#define CORACLE_ENGINE_AHEAD_H

struct engine;

/* To be called as early as a command knows that it will start a container: a thread makes the group
 * above all containers meanwhile. container_start() waits for it; without a start engine_close()
 * takes the group away again. */
void groups_ahead_begin(struct engine *engine);
void groups_ahead_await(struct engine *engine);
/* A container lies in it now. */
void groups_ahead_used(struct engine *engine);
void groups_ahead_end(struct engine *engine);

#endif
