/* SPDX-License-Identifier: Apache-2.0 */
/* What an exec runs: the container's own process with Docker's ExecConfig laid over it. */
#ifndef CORACLE_ENGINE_CONTAINER_EXEC_PROCESS_H
#define CORACLE_ENGINE_CONTAINER_EXEC_PROCESS_H

#include "engine/container/container.h"
#include "oci/runtime_spec.h"

struct exec_process {
	struct oci_spec *spec; /* the container's */
	struct oci_process process;
	const struct oci_seccomp *seccomp; /* of spec; NULL with Privileged */
	uid_t host_uid;			   /* the process's user as the host knows it */
};
void exec_process_clear(struct exec_process *p);

/* The container runs, and its lock is held. */
int exec_process_make(const struct container *c, const json_t *config, struct exec_process *ret,
		      struct err *err);

#endif
