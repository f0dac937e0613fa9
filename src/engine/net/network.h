/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network: what `network create` asked for, kept as the document that `network inspect` shows
 * (the shape of the Docker Engine API's Network):
 *
 *     { "Name", "Id", "Created", "Scope": "local", "Driver", "EnableIPv4", "EnableIPv6",
 *       "IPAM": { "Driver": "default", "Options": {}, "Config": [ { "Subnet", "IPRange", "Gateway",
 *       "AuxiliaryAddresses" } ] }, "Internal", "Attachable", "Ingress", "Options", "Labels" }
 *
 * and read from there into the members below.
 */
#ifndef CORACLE_ENGINE_NET_NETWORK_H
#define CORACLE_ENGINE_NET_NETWORK_H

#include <jansson.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"

struct engine;

/* How packets of a family leave a bridge. */
enum network_gateway {
	NETWORK_NAT,	/* masqueraded behind the host's address; ports are translated */
	NETWORK_ROUTED, /* as they are: the world routes the subnet to this host; ports are opened
			 */
};

struct network_subnet {
	struct ip_prefix subnet; /* ip not set: the network has none of this family */
	struct ip_prefix range;	 /* where addresses are given out from; the subnet by default */
	struct ip gateway;	 /* the bridge's own address; not set: none (macvlan without) */
	struct ip *aux;		 /* --aux-address: never given out; owned */
	size_t aux_count;
	enum network_gateway mode;
};

struct network {
	char id[65];
	char *name, *driver;
	json_t *doc; /* the document, owned */
	int64_t created_ns;
	struct network_subnet v4, v6;
	bool internal;
	bool icc;	     /* containers of it reach each other (bridge) */
	bool masquerade;     /* NAT for what leaves it; else only ports are translated */
	uint32_t mtu;	     /* 0: the kernel's default */
	char link[IFNAMSIZ]; /* bridge: its interface, made at first use; macvlan, ipvlan: the
				parent */
	char mode[16];	     /* macvlan: bridge, private, vepa, passthru; ipvlan: l2, l3, l3s */
	struct ip host_ip;   /* where ports are bound when the request does not say; not set: any */
};
void network_free(struct network *network);
static inline void network_free_ptr(struct network **network)
{
	network_free(*network);
}
#define cleanup_network cleanup_with(network_free_ptr)

/* The three that are always there: "bridge", "host", "none"; their rows are made by the first who
 * asks. */
bool network_is_predefined(const char *name);
/* Whether containers get an interface of their own there: not host, not none. */
bool network_has_links(const struct network *network);

/* By name, id or prefix. ERR_NOT_FOUND "network X not found". */
int network_find(struct engine *engine, const char *what, struct network **ret, struct err *err);
/* Oldest first, the predefined ones included. */
int network_list(struct engine *engine, struct network ***ret, size_t *count, struct err *err);
void network_list_free(struct network **list, size_t count);

/* `request` is Docker's NetworkCreate body (Name, Driver, Internal, EnableIPv4, EnableIPv6, IPAM,
 * Options, Labels, Attachable). A missing subnet is taken from the pool: the first that overlaps
 * neither another network's nor a route or an address of the host. *ret_warning (malloc'ed) may be
 * NULL. Nothing of the kernel is touched: the bridge is made by the first container. */
int network_create(struct engine *engine, const json_t *request, char ret_id[65], struct err *err);
/* ERR_CONFLICT while containers that run are on it (named), ERR_DENIED for a predefined one. */
int network_remove(struct engine *engine, struct network *network, struct err *err);

/* `network inspect`: the document with "Containers": { "<id>": { "Name", "EndpointID",
 * "MacAddress", "IPv4Address": "172.18.0.2/16", "IPv6Address": "" } } of those that run. */
int network_inspect(struct engine *engine, const struct network *network, json_t **ret,
		    struct err *err);

/* The default network's subnet, or one that was taken from the pool, chosen anew: its route
 * appeared on the host after it was chosen. ERR_CONFLICT where the user chose it or leases exist.
 */
int network_repick(struct engine *engine, struct network *network, struct err *err);

#endif
