/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chains of our table, which are the same whatever runs:
 *
 *     raw       prerouting, before connections are tracked: 127/8 comes from lo only
 *     incoming  prerouting  ─┐ a local destination ─→ ports: exact address and port, any address,
 *     local     output      ─┘                               range; the first that knows it
 *     forward   what concerns our bridges: isolation, published ports, answers
 *     outgoing  postrouting: whose source becomes ours
 */
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/net/firewall_internal.h"

enum { PRIORITY_RAW = -300, PRIORITY_DNAT = -100, PRIORITY_FILTER = 0, PRIORITY_SNAT = 100 };
enum { LINK_LEN = 16 };

/* What a packet of a family has at which offset of its header (RFC 791, RFC 8200). */
struct family {
	uint8_t number; /* NFPROTO_* */
	uint32_t source, destination, len;
	const char *exact, *any, *range, *open, *nat, *local;
};

static const struct family families[] = {
	{ NFPROTO_IPV4, 12, 16, 4, MAP_EXACT4, MAP_ANY4, MAP_RANGE4, SET_OPEN4, SET_NAT4,
	  SET_LOCAL4 },
	{ NFPROTO_IPV6, 8, 24, 16, MAP_EXACT6, MAP_ANY6, MAP_RANGE6, SET_OPEN6, SET_NAT6,
	  SET_LOCAL6 },
};

/* --- sets ------------------------------------------------------------------------------------ */

static void put_sets(struct nft *t)
{
	static const char *const links[] = { SET_BRIDGES, SET_INTERNAL, SET_NAT4, SET_NAT6,
					     SET_ROUTED };

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		nft_add_set(t, &(struct nft_set){ .name = links[i], .key = { NFT_FIELD_LINK } });
	nft_add_set(
	    t, &(struct nft_set){ .name = SET_PAIRS, .key = { NFT_FIELD_LINK, NFT_FIELD_LINK } });
}

static void put_maps(struct nft *t, const struct family *f)
{
	struct nft_field ip = f->len == 4 ? NFT_FIELD_IP4 : NFT_FIELD_IP6;

	nft_add_set(t, &(struct nft_set){ .name = f->exact,
					  .key = { ip, NFT_FIELD_PROTO, NFT_FIELD_PORT },
					  .value = { ip, NFT_FIELD_PORT } });
	nft_add_set(t, &(struct nft_set){ .name = f->any,
					  .key = { NFT_FIELD_PROTO, NFT_FIELD_PORT },
					  .value = { ip, NFT_FIELD_PORT } });
	nft_add_set(t, &(struct nft_set){ .name = f->range,
					  .interval = true,
					  .key = { ip, NFT_FIELD_PROTO, NFT_FIELD_PORT },
					  .value = { ip } });
	nft_add_set(t, &(struct nft_set){
			   .name = f->local, .interval = true, .key = { ip, NFT_FIELD_LINK } });
	nft_add_set(t, &(struct nft_set){ .name = f->open,
					  .interval = true,
					  .key = { ip, NFT_FIELD_PROTO, NFT_FIELD_PORT } });
}

/* --- pieces of rules ------------------------------------------------------------------------- */

static void is_family(struct nft *t, const struct family *f)
{
	nft_load_meta(t, NFT_META_NFPROTO, 0);
	nft_compare(t, 0, NFT_CMP_EQ, &f->number, 1);
}

static void is_from(struct nft *t, const char *set, bool not )
{
	nft_load_meta(t, NFT_META_IIFNAME, 0);
	nft_in(t, set, 0, not );
}

static void is_to(struct nft *t, const char *set, bool not )
{
	nft_load_meta(t, NFT_META_OIFNAME, 0);
	nft_in(t, set, 0, not );
}

static void is_same_bridge(struct nft *t)
{
	nft_load_meta(t, NFT_META_IIFNAME, 0);
	nft_load_meta(t, NFT_META_OIFNAME, LINK_LEN / 4);
	nft_in(t, SET_PAIRS, 0, false);
}

/* Any of `bits` of the connection's state or status. */
static void has_ct(struct nft *t, uint32_t key, uint32_t bits)
{
	static const uint32_t zero;

	nft_load_ct(t, key, 0);
	nft_mask(t, 0, &bits, sizeof(bits));
	nft_compare(t, 0, NFT_CMP_NEQ, &zero, sizeof(zero));
}

enum { STATE_ESTABLISHED = 1 << 1, STATE_RELATED = 1 << 2, STATUS_DNAT = 1 << 5 };

static void end(struct nft *t, int32_t verdict)
{
	nft_verdict(t, verdict);
	nft_rule_end(t);
}

/* --- chains ---------------------------------------------------------------------------------- */

static void put_raw(struct nft *t)
{
	static const char lo[LINK_LEN] = "lo";
	static const uint8_t loopback = 127;
	const uint32_t offsets[] = { families[0].destination, families[0].source };

	nft_add_base_chain(t, "raw", "filter", NF_INET_PRE_ROUTING, PRIORITY_RAW);
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		nft_rule(t, "raw");
		is_family(t, &families[0]);
		nft_load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, offsets[i], 1, 0);
		nft_compare(t, 0, NFT_CMP_EQ, &loopback, 1);
		nft_load_meta(t, NFT_META_IIFNAME, 0);
		nft_compare(t, 0, NFT_CMP_NEQ, lo, sizeof(lo));
		end(t, NF_DROP);
	}
}

/* address . protocol . port in registers 0 on; the map's values behind. */
static void put_lookup(struct nft *t, const struct family *f, const char *map, bool with_address,
		       bool with_port)
{
	unsigned proto = f->len / 4, port = proto + 1, value = 8;

	nft_rule(t, "ports");
	is_family(t, f);
	nft_load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, f->destination, f->len, 0);
	nft_load_meta(t, NFT_META_L4PROTO, proto);
	nft_load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, port);
	nft_map(t, map, with_address ? 0 : proto, value);
	nft_dnat(t, f->number, value, with_port ? (int)(value + f->len / 4) : -1);
	nft_rule_end(t);
}

static void put_ports(struct nft *t)
{
	nft_add_chain(t, "ports");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		put_lookup(t, &families[i], families[i].exact, true, true);
		put_lookup(t, &families[i], families[i].any, false, true);
		put_lookup(t, &families[i], families[i].range, true, false);
	}
}

static void put_jump(struct nft *t, const char *chain)
{
	static const uint32_t local = RTN_LOCAL;

	nft_rule(t, chain);
	nft_load_destination_type(t, 0);
	nft_compare(t, 0, NFT_CMP_EQ, &local, sizeof(local));
	nft_jump(t, "ports");
	nft_rule_end(t);
}

/* ::1 cannot be a source outside of lo: who is reached by it is reached by netd's relay. */
static void put_dnat(struct nft *t)
{
	static const uint8_t one[16] = { [15] = 1 };

	put_ports(t);
	nft_add_base_chain(t, "incoming", "nat", NF_INET_PRE_ROUTING, PRIORITY_DNAT);
	put_jump(t, "incoming");
	nft_add_base_chain(t, "local", "nat", NF_INET_LOCAL_OUT, PRIORITY_DNAT);
	nft_rule(t, "local");
	is_family(t, &families[1]);
	nft_load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, families[1].destination, 16, 0);
	nft_compare(t, 0, NFT_CMP_EQ, one, sizeof(one));
	end(t, NF_ACCEPT);
	put_jump(t, "local");
}

/* Routed subnets: ports that were opened, and the messages that routing needs. */
static void put_routed(struct nft *t)
{
	static const uint8_t icmp[] = { IPPROTO_ICMP, IPPROTO_ICMPV6 };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *f = &families[i];

		nft_rule(t, "forward");
		is_family(t, f);
		nft_load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, f->destination, f->len, 0);
		nft_load_meta(t, NFT_META_L4PROTO, f->len / 4);
		nft_load_payload(t, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, f->len / 4 + 1);
		nft_in(t, f->open, 0, false);
		end(t, NF_ACCEPT);
		nft_rule(t, "forward");
		is_to(t, SET_ROUTED, false);
		nft_load_meta(t, NFT_META_L4PROTO, 0);
		nft_compare(t, 0, NFT_CMP_EQ, &icmp[i], 1);
		is_from(t, SET_BRIDGES, true);
		end(t, NF_ACCEPT);
	}
}

static void put_forward(struct nft *t, bool closed)
{
	nft_add_base_chain(t, "forward", "filter", NF_INET_FORWARD, PRIORITY_FILTER);
	/* nearly every packet ends here; what follows decides about the first of each connection */
	nft_rule(t, "forward");
	has_ct(t, NFT_CT_STATE, STATE_ESTABLISHED | STATE_RELATED);
	end(t, NF_ACCEPT);
	/* strangers: the host's own business, unless it was no router before us */
	nft_rule(t, "forward");
	is_from(t, SET_BRIDGES, true);
	is_to(t, SET_BRIDGES, true);
	end(t, closed ? NF_DROP : NF_ACCEPT);
	nft_rule(t, "forward");
	is_same_bridge(t);
	end(t, NF_ACCEPT);
	nft_rule(t, "forward");
	is_from(t, SET_INTERNAL, false);
	end(t, NF_DROP);
	nft_rule(t, "forward");
	is_to(t, SET_INTERNAL, false);
	end(t, NF_DROP);
	nft_rule(t, "forward");
	has_ct(t, NFT_CT_STATUS, STATUS_DNAT);
	is_to(t, SET_BRIDGES, false);
	end(t, NF_ACCEPT);
	put_routed(t);
	/* from outside or from another network, to what nobody published */
	nft_rule(t, "forward");
	is_to(t, SET_BRIDGES, false);
	end(t, NF_DROP);
}

static void put_masquerade(struct nft *t)
{
	nft_masquerade(t);
	nft_rule_end(t);
}

static void put_outgoing(struct nft *t)
{
	static const uint8_t loopback = 127;

	nft_add_base_chain(t, "outgoing", "nat", NF_INET_POST_ROUTING, PRIORITY_SNAT);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		nft_rule(t, "outgoing");
		is_family(t, &families[i]);
		is_from(t, families[i].nat, false);
		is_to(t, SET_BRIDGES, true);
		put_masquerade(t);
	}
	/* A port published on the asker's own network: the answer would take the short way, past
	 * the translation. By the source: where br_netfilter translates in the bridge the link that
	 * it came in by is not known here. */
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *f = &families[i];

		nft_rule(t, "outgoing");
		is_family(t, f);
		has_ct(t, NFT_CT_STATUS, STATUS_DNAT);
		nft_load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, f->source, f->len, 0);
		nft_load_meta(t, NFT_META_OIFNAME, f->len / 4);
		nft_in(t, f->local, 0, false);
		put_masquerade(t);
	}
	/* the host, by 127.0.0.1: no container could answer that */
	nft_rule(t, "outgoing");
	is_family(t, &families[0]);
	nft_load_payload(t, NFT_PAYLOAD_NETWORK_HEADER, families[0].source, 1, 0);
	nft_compare(t, 0, NFT_CMP_EQ, &loopback, 1);
	is_to(t, SET_BRIDGES, false);
	put_masquerade(t);
}

void firewall_put_table(struct nft *t, bool closed)
{
	put_sets(t);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		put_maps(t, &families[i]);
	put_raw(t);
	put_dnat(t);
	put_forward(t, closed);
	put_outgoing(t);
}

/* --- a network ------------------------------------------------------------------------------- */

static void put_link(struct nft *t, const char *set, const char *link)
{
	char key[LINK_LEN] = "";

	memcpy(key, link, strnlen(link, LINK_LEN - 1));
	nft_elements(t, set, false);
	nft_element(t, key, NULL, sizeof(key), NULL, 0);
	nft_elements_end(t);
}

/* The subnet's first and last address, each with the bridge. */
static void put_subnet(struct nft *t, const char *set, const struct network_subnet *s,
		       const char *link)
{
	char first[16 + LINK_LEN] = "", last[16 + LINK_LEN] = "";
	struct ip low = ip_first(&s->subnet), high = ip_last(&s->subnet);
	size_t len = s->subnet.ip.len;

	if (!len)
		return;
	memcpy(first, low.bytes, len);
	memcpy(last, high.bytes, len);
	memcpy(first + len, link, strnlen(link, LINK_LEN - 1));
	memcpy(last + len, link, strnlen(link, LINK_LEN - 1));
	nft_elements(t, set, false);
	nft_element(t, first, last, len + LINK_LEN, NULL, 0);
	nft_elements_end(t);
}

static bool is_nat(const struct network *network, const struct network_subnet *s)
{
	return ip_is_set(&s->subnet.ip) && s->mode == NETWORK_NAT && network->masquerade &&
	       !network->internal;
}

static bool is_routed(const struct network_subnet *s)
{
	return ip_is_set(&s->subnet.ip) && s->mode == NETWORK_ROUTED;
}

void firewall_put_network(struct nft *t, const struct network *network)
{
	char pair[2 * LINK_LEN] = "";

	memcpy(pair, network->link, strnlen(network->link, LINK_LEN - 1));
	memcpy(pair + LINK_LEN, network->link, strnlen(network->link, LINK_LEN - 1));
	put_link(t, SET_BRIDGES, network->link);
	nft_elements(t, SET_PAIRS, false);
	nft_element(t, pair, NULL, sizeof(pair), NULL, 0);
	nft_elements_end(t);
	put_subnet(t, SET_LOCAL4, &network->v4, network->link);
	put_subnet(t, SET_LOCAL6, &network->v6, network->link);
	if (network->internal)
		put_link(t, SET_INTERNAL, network->link);
	if (is_nat(network, &network->v4))
		put_link(t, SET_NAT4, network->link);
	if (is_nat(network, &network->v6))
		put_link(t, SET_NAT6, network->link);
	if (is_routed(&network->v4) || is_routed(&network->v6))
		put_link(t, SET_ROUTED, network->link);
}
