/* SPDX-License-Identifier: Apache-2.0 */
/* Between attach.c, connect.c and describe.c. */
#ifndef CORACLE_ENGINE_NET_ATTACH_INTERNAL_H
#define CORACLE_ENGINE_NET_ATTACH_INTERNAL_H

#include "engine/net/attach.h"
#include "engine/net/firewall.h"

/* A lease of one network by what `settings` (EndpointSettings) ask for, with its names; `position`
 * numbers the interface ("eth0"). Within a transaction. `host_link` "": one is made up. */
int attach_lease(struct engine *engine, const struct container *c, const struct network *network,
		 const json_t *settings, int position, const char *host_link, struct lease_row *ret,
		 struct err *err);

/* Which of the networks has the default route: the highest GwPriority, the first among equals, that
 * is not internal; -1 where none is. */
int attach_gateway(const struct container *c, struct network *const *networks, size_t count,
		   bool v6);

/* The networks and leases in force, from the store; no namespace. count 0: none. */
int attach_load(struct engine *engine, const char *container, struct net_attachment *ret,
		struct err *err);

void attach_clear(struct net_attachment *a);

/* HostConfig.NetRate on the host's side of an interface; `owner`: the first word of our marks. */
int attach_limit_rate(struct nl *host, const struct container *c, const struct network *network,
		      const struct lease_row *lease, const char *owner, struct err *err);
/* Gives the default routes to what attach_gateway() chooses, from inside. */
int attach_move_gateway(const struct container *c, const struct net_attachment *a, struct nl *inner,
			struct err *err);

/* Where published ports go. ERR_INVALID where no network is fit for it. */
int attach_target(const struct net_attachment *a, struct firewall_target *ret, struct err *err);

/* EndpointSettings of a network as the container's document has them; NULL: none asked for. */
const json_t *attach_settings(const struct container *c, const char *network);

/* HostConfig of the container's document; borrowed. */
static inline const json_t *attach_host_config(const struct container *c)
{
	return json_object_get(c->config, "HostConfig");
}

/* Its network is none of the modes host, none and container:. */
bool attach_has_network(const struct container *c);

static inline void attachment_free_ptr(struct net_attachment **a)
{
	net_attachment_free(*a);
}

/* A container with a user namespace of its own brings its network namespace along. */
bool attach_has_own_userns(const struct engine *engine, const struct container *c);

#endif
