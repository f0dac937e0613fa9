/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ready network namespaces, each with a veth into a network's bridge: what takes longest of a
 * container's interface, made before it is asked for. Held by descriptors alone: with us they are
 * gone, and the next start makes its own.
 */
#ifndef CORACLE_NETD_POOL_H
#define CORACLE_NETD_POOL_H

#include <net/if.h>

#include "base/loop.h"
#include "engine/engine.h"
#include "engine/net/network.h"
#include "linux/netlink.h"

enum { POOL_NETWORKS_MAX = 16 }; /* of more networks none are kept ready */

struct pool_network {
	char id[65], link[IFNAMSIZ];
	unsigned ifindex; /* the bridge's: one that was made anew is another */
	bool seen;	  /* by the look that goes on */
};

struct pool {
	struct loop *loop;     /* borrowed */
	struct engine *engine; /* borrowed */
	unsigned size;	       /* per network */
	struct pool_network networks[POOL_NETWORKS_MAX];
	size_t network_count;
	struct pool_entry *first;
	struct loop_source *timer;
};

/* A look at the networks: begin, each that exists, whether it is in use now, end. One that was in
 * use stays ready until it is removed: the next run may be about to begin. */
void pool_look_begin(struct pool *pool);
void pool_look_at(struct pool *pool, const struct network *network, bool in_use);
void pool_look_end(struct pool *pool);

/* Sends one to who asks, or that there is none. */
void pool_give(struct pool *pool, const char *network, int sock);
void pool_clear(struct pool *pool);

#endif
