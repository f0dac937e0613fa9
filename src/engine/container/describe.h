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

/* NetworkSettings of inspect, whole. */
int describe_network_settings(struct engine *engine, const struct container *c, json_t **ret,
			      struct err *err);
/* Docker's list of Port objects: {"IP", "PrivatePort", "PublicPort", "Type"}; those that are only
 * exposed have neither IP nor PublicPort. Empty where it does not run. */
int describe_port_list(struct engine *engine, const struct container *c, json_t **ret,
		       struct err *err);

/* Sets SizeRw, and SizeRootFs for a container of a stored image. */
int describe_size(struct engine *engine, const struct container *c, json_t *into, struct err *err);

#endif
