/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that inspect and the list share. All give new references or malloc'ed text. */
#ifndef CORACLE_ENGINE_CONTAINER_DESCRIBE_H
#define CORACLE_ENGINE_CONTAINER_DESCRIBE_H

#include "engine/container/container.h"

/* RFC 3339 as Go prints it: no trailing zeros in the fraction; 0 is year 1. */
json_t *describe_time(int64_t ns);

/* "Up 5 minutes (Paused)", "Exited (0) 3 seconds ago", "Created", …; seen at `now_ns`. */
char *describe_status(const struct container *c, int64_t now_ns);

/* The first word and the rest of entry point and command. */
const char *describe_path(const struct container *c);
json_t *describe_args(const struct container *c);

/* Docker's list of MountPoint objects, without what is only for us. */
json_t *describe_mounts(const struct container *c);

/* {"none":{…endpoint without an address…}}; {} where another's network is joined. */
json_t *describe_networks(const struct container *c);

/* Sets SizeRw, and SizeRootFs for a container of a stored image. */
int describe_size(struct engine *engine, const struct container *c, json_t *into, struct err *err);

#endif
