/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the containers of a root share on the host: bridges (and parents of macvlans that we made),
 * forwarding, our nftables table. Made by the first container that needs it, under net_lock();
 * removed when no container has a lease any more, by netd or by whoever is asked to.
 */
#ifndef CORACLE_ENGINE_NET_SHARED_H
#define CORACLE_ENGINE_NET_SHARED_H

#include <stdbool.h>

#include "engine/net/network.h"
#include "linux/netlink.h"
#include "linux/rtnl.h"

/* The mark of a link of ours: its alias, "coracle <network id>", set when all else about it is
 * done. Another root's links have another first word: `owner`, the name of its groups. */
void shared_alias(const char *owner, const struct network *network, char ret[RTNL_ALIAS_MAX]);
/* Whether it is this network's and complete. */
bool shared_is_ready(const struct engine *engine, const struct network *network,
		     const struct rtnl_link *link);

/* Switches forwarding on, where it is off, and writes down that it was (run/net/forwarding), before
 * anything is forwarded: see firewall.h for what that changes. */
int shared_forwarding(struct engine *engine, bool v4, bool v6, struct err *err);
/* Whether it was off before us. */
bool shared_forwarding_is_ours(struct engine *engine);

/* Removes the links of networks without leases, and, when no network has any, the table, and puts
 * forwarding back. The caller holds net_lock(). */
int shared_remove_idle(struct engine *engine, struct err *err);

/* A namespace for the pool, with a veth whose other end is a port of the network's bridge, which is
 * there. The link in it is POOL_LINK. */
#define POOL_LINK "eth0"
int shared_make_pooled(struct engine *engine, struct nl *host, const struct network *network,
		       int *ret_netns, struct nl *ret_inner, char ret_host_link[IFNAMSIZ],
		       struct err *err);

#endif
