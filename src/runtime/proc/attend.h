/* SPDX-License-Identifier: Apache-2.0 */
/* The starter's side of the handshake, once there is a child: what it asks for, and what can only
 * be done to it from outside. */
#ifndef CORACLE_RUNTIME_PROC_ATTEND_H
#define CORACLE_RUNTIME_PROC_ATTEND_H

#include "runtime/proc/plan.h"

struct attend {
	const struct plan *plan; /* of a container's start; NULL for an exec */
	const struct oci_process *process;
	int sock; /* borrowed */
	pid_t pid;
	int pidfd;	  /* owned, like those below */
	int console_sock; /* borrowed */
	bool keep_master;
	bool set_rlimits; /* of a child in a user namespace of its own */
	/* Filled on the way. */
	bool alive;
	uint64_t start_time;
	int master_fd, mntns_fd, netns_fd;
};
#define ATTEND_NONE                           \
	((struct attend){ .sock = -1,         \
			  .pidfd = -1,        \
			  .console_sock = -1, \
			  .master_fd = -1,    \
			  .mntns_fd = -1,     \
			  .netns_fd = -1 })
void attend_clear(struct attend *a);

/* From the clone to HS_READY. */
int attend_until_ready(struct attend *a, struct err *err);

/* An exec's child needs HS_MAPPED all the same: from then on its pid is known. */
int attend_begin(struct attend *a, struct err *err);

#endif
