/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a container's interface comes to be, one driver per kind of network: bridge (bridge.c),
 * macvlan and ipvlan (vlan.c).
 */
#ifndef CORACLE_ENGINE_NET_LINKS_H
#define CORACLE_ENGINE_NET_LINKS_H

#include "engine/net/network.h"
#include "engine/store/networks.h"
#include "linux/netlink.h"

struct link_driver {
	const char *name; /* of the network's driver */
	bool has_bridge;  /* the host has an address in it: gateway, names, published ports */
	bool own_mac;	  /* each interface has a MAC address of its own */
	/* What all containers of the network share, made where missing; *ret_index is its index in
	 * the namespace of `host`. A subnet that was taken from the pool may be chosen anew here.
	 */
	int (*up)(struct engine *engine, struct nl *host, struct network *network,
		  uint32_t *ret_index, struct err *err);
	/* The message that makes the interface `name` in the namespace `netns_fd`. */
	void (*put)(struct nl_batch *batch, const struct network *network,
		    const struct lease_row *lease, uint32_t index, int netns_fd, const char *name);
};

extern const struct link_driver link_bridge, link_macvlan, link_ipvlan;
/* NULL for host and none. */
const struct link_driver *link_driver_of(const struct network *network);

/* Makes a container's interface and all that is set on it. `host` and `inner` are sockets in the
 * two namespaces. `engine` NULL: what up() gave is not made again where it has gone meanwhile.
 * `taken`: the name in the namespace of a link from the pool; NULL: none is there yet.
 * `gateway4/6`: whether the default routes go by it. On failure the caller gives up the namespace
 * or calls link_remove(). */
struct link_request {
	struct network *network;
	const struct lease_row *lease;
	int netns_fd;
	const char *taken;
	uint32_t index; /* what up() gave */
	bool gateway4, gateway6;
};
int link_make(struct engine *engine, struct nl *host, struct nl *inner,
	      const struct link_request *request, struct err *err);
/* From inside: for every kind the same; its host's side goes with it. A missing one is success. */
int link_remove(struct nl *inner, const char *name, struct err *err);
/* Moves the default route of a family (AF_INET, AF_INET6) to another of the container's links. */
int link_set_gateway(struct nl *inner, const struct network *network, const char *name, int family,
		     struct err *err);

#endif
