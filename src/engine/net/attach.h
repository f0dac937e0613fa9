/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's networks, from the start to the end of a run.
 *
 *     asked for   c->config: HostConfig.NetworkMode, HostConfig.PortBindings, and "Networks": an
 *                 object {"NAME": EndpointSettings} in the order of attachment (Docker's
 *                 NetworkingConfig.EndpointsConfig: IPAMConfig, Aliases, MacAddress, DriverOpts)
 *     in force    rows of leases, names and ports; links in the container's namespace; elements of
 *                 our nftables table
 */
#ifndef CORACLE_ENGINE_NET_ATTACH_H
#define CORACLE_ENGINE_NET_ATTACH_H

#include "engine/container/container.h"
#include "engine/net/network.h"
#include "engine/store/networks.h"

/* What one start has taken. */
struct net_attachment {
	struct network **networks; /* owned; beside leases[i] */
	struct lease_row *leases;  /* owned */
	size_t count;
	const char *owner;	/* the first word of marks of ours (shared.h); borrowed */
	uint32_t *indexes;	/* owned; of the bridges, for net_fill() */
	struct port_row *ports; /* owned */
	size_t port_count;
	int netns_fd; /* made or taken from the pool, links in it; owned; -1: see net_fill() */
};
void net_attachment_free(struct net_attachment *attachment);

/* The networks, leases and ports in force, from the store; replaces *ret. */
int net_attachment_load(struct engine *engine, const char *container, struct net_attachment **ret,
			struct err *err);

/* Takes leases, names and ports (one transaction), binds the ports, sees that bridges and table are
 * there, and makes the links: in a network namespace of its own (netns_fd), or, where the container
 * has a user namespace of its own, not yet. NULL in *ret for the modes host, none and container:.
 * On failure nothing is left. */
int net_attach(struct engine *engine, struct container *c, struct net_attachment **ret,
	       struct err *err);
/* The same for a namespace that came with the container's user namespace. In the starter: it
 * touches neither the store nor what containers share. */
int net_fill(const struct container *c, const struct net_attachment *attachment, int netns_fd,
	     struct err *err);
/* The run is over, or did not come to be: gives back what the store says it holds. Never fails for
 * what is gone already. */
int net_detach(struct engine *engine, const struct container *c, struct err *err);

/* `network connect`, `network disconnect`; a running container's links are made or removed now.
 * `settings` is Docker's EndpointSettings. The container's lock is held. */
int net_connect(struct engine *engine, struct container *c, const char *network,
		const json_t *settings, struct err *err);
int net_disconnect(struct engine *engine, struct container *c, const char *network, bool force,
		   struct err *err);

/* Docker's NetworkSettings.Ports of a container that runs: {"80/tcp": [{"HostIp", "HostPort"}]},
 * null for what is exposed and not published. */
int net_ports_describe(struct engine *engine, const struct container *c, json_t **ret,
		       struct err *err);
/* NetworkSettings.Networks: {"NAME": EndpointSettings}; with what is in force for one that runs. */
int net_networks_describe(struct engine *engine, const struct container *c, json_t **ret,
			  struct err *err);

#endif
