/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our nftables table: NAT, published ports, isolation. One table of the family inet per root,
 * computed from the store alone, so that whoever finds it missing makes it again.
 *
 * Starting a container without ports changes nothing in it, one with ports adds elements: the
 * chains and their cost are the same with 1 port and with 5,000.
 */
#ifndef CORACLE_ENGINE_NET_FIREWALL_H
#define CORACLE_ENGINE_NET_FIREWALL_H

#include "engine/net/network.h"
#include "engine/store/networks.h"
#include "linux/netlink.h"

/* "coracle", or "coracle-<8 hex>" for another root (the name of its groups). */
const char *firewall_table_name(const struct engine *engine);

/* A network's bridge came to be: its name, subnets, isolation and NAT become elements. Where the
 * table is missing, the whole of it is made (firewall_rebuild). Adding twice is one. */
int firewall_add_network(struct engine *engine, const struct network *network, struct err *err);

/* Published ports of a container with these addresses (either may be not set: its family's ports
 * are left out). `routed4/6`: the ports are opened in place of being translated. A missing table is
 * made first. */
struct firewall_target {
	struct ip ip4, ip6;
	bool routed4, routed6;
};
int firewall_add_ports(struct engine *engine, const struct port_row *ports, size_t count,
		       const struct firewall_target *target, struct err *err);
int firewall_remove_ports(struct engine *engine, const struct port_row *ports, size_t count,
			  const struct firewall_target *target, struct err *err);

/* Deletes the table and makes it again from the store, in one transaction. */
int firewall_rebuild(struct engine *engine, struct err *err);
/* A missing one is success. */
int firewall_remove(struct engine *engine, struct err *err);
/* Whether it is there. */
int firewall_is_there(struct engine *engine, bool *ret, struct err *err);

/* A socket that the kernel tells of every change of rules; and all it has told since, read without
 * waiting: *ret_lost, whether our table is gone. */
int firewall_watch_open(struct nl *ret, struct err *err);
int firewall_watch_read(struct engine *engine, struct nl *watch, bool *ret_lost, struct err *err);

/* For `coracle doctor`: chains of others that may drop what containers send or are sent, as an
 * array of {"Family", "Table", "Chain", "Hook": "input" or "forward", "Policy": "accept" or "drop",
 * "Rules": how many}. What their rules do is not judged. */
int firewall_obstacles(struct engine *engine, json_t **ret, struct err *err);

#endif
