/* SPDX-License-Identifier: Apache-2.0 */
/* Exec sessions: run directories exec/<eid>/ below the container's. */
#ifndef CORACLE_ENGINE_CONTAINER_SESSION_H
#define CORACLE_ENGINE_CONTAINER_SESSION_H

#include "engine/container/container.h"

struct session {
	char id[65];
	int dir_fd; /* O_PATH, borrowed by the callback */
	pid_t pid;  /* 0: not started */
	uint64_t start_time;
	int64_t started_ns;
};

/* Calls back for each session directory; ends with the first error. */
typedef int (*session_fn)(void *arg, const struct session *session, struct err *err);
int sessions_each(const struct container *c, session_fn fn, void *arg, struct err *err);

/* The process lives, its monitor does not. */
bool session_is_lost(const struct session *session);

/* exec/<eid> of 64 hex digits, ERR_NOT_FOUND ("No such exec instance") where missing. */
int session_open(const struct container *c, const char *exec_id, int *ret_fd, struct err *err);

int session_write(const struct session *session, struct err *err);

/* Makes room: sessions that ended more than five minutes ago, or whose processes are gone without a
 * record, are forgotten. */
void sessions_sweep(const struct container *c);

#endif
