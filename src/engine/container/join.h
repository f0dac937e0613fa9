/* SPDX-License-Identifier: Apache-2.0 */
/* "container:NAME" modes: a namespace of another container. */
#ifndef CORACLE_ENGINE_CONTAINER_JOIN_H
#define CORACLE_ENGINE_CONTAINER_JOIN_H

#include <stdbool.h>

#include "engine/engine.h"

static inline bool container_join_is(const char *mode)
{
	return __builtin_strncmp(mode, "container:", 10) == 0;
}

/* When a container is made: NAME must exist; *ret_mode is "container:<id>", so that a later rename
 * changes nothing (malloc'ed). `what` names the kind of namespace in errors. */
int container_join_check(struct engine *engine, const char *what, const char *mode, char **ret_mode,
			 struct err *err);

/* When it is started: the other one must run (ERR_CONFLICT). Its namespace of the kind `flag`
 * (CLONE_NEW*), held open, so that it is that container's whatever becomes of its pid; and its id
 * (malloc'ed). */
int container_join_open(struct engine *engine, const char *mode, int flag, int *ret_fd,
			char **ret_id, struct err *err);

/* For an IPC mode: the other one's /dev/shm as a detached mount. ERR_CONFLICT unless it was made
 * with IpcMode "shareable"; ERR_UNSUPPORTED where the kernel cannot. */
int container_join_shm(struct engine *engine, const char *mode, int *ret_fd, struct err *err);

#endif
