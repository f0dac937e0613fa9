/* SPDX-License-Identifier: Apache-2.0 */
/* Network modes behind one table of drivers: host, none, container; bridge and user networks come
 * with networking. A driver says how the container's network namespace comes to be. */
#ifndef CORACLE_ENGINE_NET_NET_H
#define CORACLE_ENGINE_NET_NET_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct engine;

struct net_plan {
	bool new_namespace; /* a private one, with only lo */
	int join_fd;	    /* or an existing one, held open; owned; -1: none */
	char *join_id; /* id of the container whose network, hosts and names are shared; owned */
};
#define NET_PLAN_INIT ((struct net_plan){ .join_fd = -1 })
void net_plan_clear(struct net_plan *plan);

struct net_driver {
	const char *name; /* "none" */
	/* Checks the mode when the container is made ("container:NAME" resolved to its id in
	 * *ret_mode, malloc'ed). */
	int (*check)(struct engine *engine, const char *mode, char **ret_mode, struct err *err);
	/* Plans the endpoint of one start. */
	int (*plan)(struct engine *engine, const char *mode, struct net_plan *ret, struct err *err);
};

/* ERR_UNSUPPORTED for a mode that does not exist (yet), by name. */
int net_driver_find(const char *mode, const struct net_driver **ret, struct err *err);

#endif
