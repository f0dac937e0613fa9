/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and removing a container touches the database and two trees; a crash in between must leave
 * something that the next command recognises. So an empty file pending/<id>, held locked by the
 * process at work, announces the intent first. A marker that nobody holds was left by a dead one:
 * with a row the container is whole and the marker goes; without, both directories go too. The row
 * decides: it is written last when a container is made and removed first when it goes.
 */
#ifndef CORACLE_ENGINE_CONTAINER_PENDING_H
#define CORACLE_ENGINE_CONTAINER_PENDING_H

#include "engine/engine.h"

/* *ret_fd holds the marker locked until closed. */
int container_pending_begin(struct engine *engine, const char *id, int *ret_fd, struct err *err);
/* The work is complete: the marker goes. */
void container_pending_end(struct engine *engine, const char *id);

/* Finishes what dead processes began; nothing waits, what cannot be finished now stays. */
void container_pending_sweep(struct engine *engine);

/* Removes containers/<id> in both trees. */
int container_remove_trees(struct engine *engine, const char *id, struct err *err);

#endif
