/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses a container gets. */
#ifndef CORACLE_ENGINE_NET_IPAM_H
#define CORACLE_ENGINE_NET_IPAM_H

#include "engine/net/network.h"
#include "engine/store/networks.h"

/* Fills lease->ip4 and ->ip6: the one that is set in `want4`/`want6` (ERR_INVALID outside the
 * subnet or one that is the network's own), else the next free one. ERR_CONFLICT "no free address"
 * when the range is used up. Within a transaction, before store_lease_add(). */
int ipam_take(struct store *store, const struct network *network, const struct ip *want4,
	      const struct ip *want6, struct lease_row *lease, struct err *err);

/* ERR_INVALID unless a container may have this address: in the subnet, not the network's first, not
 * IPv4's last, not the gateway's, none of the auxiliary ones. */
int ipam_check(const struct network *network, const struct ip *ip, struct err *err);

/* 02:42 and the IPv4 address; or made from the last bytes of the IPv6 one: who gets an address
 * again has the MAC address that its neighbours remember for it. */
void ipam_mac(const struct lease_row *lease, uint8_t ret[MAC_LEN]);

/* The address with the subnet's length. */
struct ip_prefix ipam_prefix(const struct network_subnet *subnet, const struct ip *ip);

#endif
