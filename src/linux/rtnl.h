/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links, addresses and routes as messages of a batch (rtnetlink(7)). Each function adds one
 * message, with NLM_F_ACK, to `batch`; nl_send() reports what failed.
 */
#ifndef CORACLE_LINUX_RTNL_H
#define CORACLE_LINUX_RTNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "linux/netlink.h"

enum { RTNL_ALIAS_MAX = 256 };

/* What RTM_GETLINK tells of a link. */
struct rtnl_link {
	uint32_t index, master, mtu;
	unsigned flags; /* IFF_* */
	char name[IFNAMSIZ];
	char kind[16]; /* "bridge", "veth"; "" */
	char alias[RTNL_ALIAS_MAX];
	uint8_t mac[MAC_LEN];
};

/* By name. 1 found, 0 not there. */
int rtnl_get(struct nl *nl, const char *name, struct rtnl_link *ret, struct err *err);
/* The index alone; -ENODEV where it is not there. */
int rtnl_index(struct nl *nl, const char *name, uint32_t *ret, struct err *err);
/* Each link of the socket's namespace; a non-zero value of `fn` ends it. */
typedef int (*rtnl_link_fn)(void *arg, const struct rtnl_link *link);
int rtnl_each(struct nl *nl, rtnl_link_fn fn, void *arg, struct err *err);

void rtnl_add_bridge(struct nl_batch *batch, const char *name, const uint8_t mac[MAC_LEN],
		     uint32_t mtu);

/* A veth whose one end stays here and whose peer is born in the namespace `netns_fd`. */
struct rtnl_veth {
	const char *name; /* of the end here */
	uint32_t master;  /* index of its bridge */
	bool isolated;	  /* its bridge passes nothing to other isolated ports */
	bool hairpin;	  /* … and sends out again what came in by it */
	uint32_t mtu;	  /* of both; 0: the kernel's */
	int netns_fd;
	const char *peer;
	const uint8_t *peer_mac; /* NULL: a random one */
};
/* The end here is up at once, the peer is not. */
void rtnl_add_veth(struct nl_batch *batch, const struct rtnl_veth *veth);

/* A macvlan or ipvlan (`kind`) on the link `parent`, born in the namespace. `mode` is the kernel's
 * number (MACVLAN_MODE_*, IPVLAN_MODE_*). */
struct rtnl_vlan {
	const char *kind, *name;
	uint32_t parent, mode, mtu;
	int netns_fd;
	const uint8_t *mac; /* NULL: the kernel's choice; ipvlan has its parent's */
};
void rtnl_add_vlan(struct nl_batch *batch, const struct rtnl_vlan *vlan);

/* A link for others to be parts of: VLAN `id` of the link `base`, or, with `base` 0, a dummy. */
void rtnl_add_parent(struct nl_batch *batch, const char *name, uint32_t base, uint16_t id);

/* A device that brings back what is sent to it, for traffic control. Up. */
void rtnl_add_ifb(struct nl_batch *batch, const char *name);

void rtnl_delete(struct nl_batch *batch, const char *name);
void rtnl_set_up(struct nl_batch *batch, uint32_t index, const char *what);
/* Down, it may be renamed and given another address. NULL, 0: as it is. */
void rtnl_set(struct nl_batch *batch, uint32_t index, const char *name, const uint8_t mac[MAC_LEN],
	      uint32_t mtu);
void rtnl_set_alias(struct nl_batch *batch, const char *name, const char *alias);
/* The kernel gives it no link-local address by itself (addr_gen_mode none). */
void rtnl_no_autoconf(struct nl_batch *batch, uint32_t index, const char *what);
/* Announces its IPv4 addresses to its neighbours when it comes up (arp_notify). */
void rtnl_announce(struct nl_batch *batch, uint32_t index, const char *what);

/* IPv6 without duplicate address detection: it is ours by lease, and detection takes a second. */
void rtnl_add_address(struct nl_batch *batch, uint32_t index, const struct ip_prefix *prefix,
		      const char *what);
/* The default route of the gateway's family. `gateway` NULL: directly on the link, of `family`. */
void rtnl_add_default(struct nl_batch *batch, uint32_t index, const struct ip *gateway, int family);

#endif
