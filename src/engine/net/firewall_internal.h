/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of our table: firewall_table.c makes chains and sets, firewall_ports.c elements. */
#ifndef CORACLE_ENGINE_NET_FIREWALL_INTERNAL_H
#define CORACLE_ENGINE_NET_FIREWALL_INTERNAL_H

#include "engine/net/firewall.h"
#include "linux/nftables.h"

/* Names of the sets, see firewall_table.c. */
#define SET_BRIDGES "bridges"
#define SET_INTERNAL "internal"
#define SET_PAIRS "same-bridge"
#define SET_LOCAL4 "subnets4"
#define SET_LOCAL6 "subnets6"
#define SET_NAT4 "nat4"
#define SET_NAT6 "nat6"
#define SET_ROUTED "routed"
#define MAP_EXACT4 "ports4"
#define MAP_EXACT6 "ports6"
#define MAP_ANY4 "ports4-any"
#define MAP_ANY6 "ports6-any"
#define MAP_RANGE4 "ranges4"
#define MAP_RANGE6 "ranges6"
#define SET_OPEN4 "open4"
#define SET_OPEN6 "open6"

/* Chains and sets without elements. `closed`: the host forwards nothing but ours. */
void firewall_put_table(struct nft *t, bool closed);
void firewall_put_network(struct nft *t, const struct network *network);
void firewall_put_ports(struct nft *t, const struct port_row *ports, size_t count,
			const struct firewall_target *target, bool deleting);

#endif
