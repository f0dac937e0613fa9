/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports as elements. */
#include <arpa/inet.h>
#include <string.h>

#include "engine/net/firewall_internal.h"

/* A key or value of a concatenation: each field filled up to four bytes. */
struct packed {
	uint8_t bytes[32];
	size_t len;
};

static void pack_ip(struct packed *p, const struct ip *ip)
{
	memcpy(p->bytes + p->len, ip->bytes, ip->len);
	p->len += ip->len;
}

static void pack_proto(struct packed *p, int proto)
{
	p->bytes[p->len] = (uint8_t)proto;
	p->len += 4;
}

static void pack_port(struct packed *p, uint16_t port)
{
	uint16_t number = htons(port);

	memcpy(p->bytes + p->len, &number, sizeof(number));
	p->len += 4;
}

static struct packed pack(const struct ip *ip, int proto, uint16_t port)
{
	struct packed p = { 0 };

	if (ip)
		pack_ip(&p, ip);
	pack_proto(&p, proto);
	pack_port(&p, port);
	return p;
}

/* Ranges of the same numbers on both sides are one element, others one for each port. */
static bool is_range(const struct port_row *row)
{
	return row->first != row->last && row->first == row->target;
}

static void put_single(struct nft *t, const struct port_row *row, uint16_t at, const struct ip *to)
{
	bool any = ip_is_any(&row->host);
	struct packed key = pack(any ? NULL : &row->host, row->proto, (uint16_t)(row->first + at));
	struct packed value = { 0 };

	pack_ip(&value, to);
	pack_port(&value, (uint16_t)(row->target + at));
	nft_element(t, key.bytes, NULL, key.len, value.bytes, value.len);
}

/* Any address is all of them, from the lowest to the highest. */
static void put_range(struct nft *t, const struct port_row *row, const struct ip *to)
{
	struct ip last = row->host;
	struct packed key = pack(&row->host, row->proto, row->first), end, value = { 0 };

	if (ip_is_any(&row->host))
		memset(last.bytes, 0xff, last.len);
	end = pack(&last, row->proto, row->last);
	pack_ip(&value, to);
	nft_element(t, key.bytes, end.bytes, key.len, value.bytes, value.len);
}

enum kind { EXACT, ANY, RANGE };

static enum kind kind_of(const struct port_row *row)
{
	if (is_range(row))
		return RANGE;
	return ip_is_any(&row->host) ? ANY : EXACT;
}

static void put_row(struct nft *t, const struct port_row *row, const struct ip *to)
{
	if (kind_of(row) == RANGE) {
		put_range(t, row, to);
		return;
	}
	for (uint32_t at = 0; at <= (uint32_t)row->last - row->first; at++)
		put_single(t, row, (uint16_t)at, to);
}

static void put_kind(struct nft *t, const char *map, enum kind kind, const struct port_row *ports,
		     size_t count, const struct ip *to, bool deleting)
{
	bool begun = false;

	for (size_t i = 0; i < count; i++) {
		if (ports[i].host.len != to->len || kind_of(&ports[i]) != kind)
			continue;
		if (!begun)
			nft_elements(t, map, deleting);
		begun = true;
		put_row(t, &ports[i], to);
	}
	if (begun)
		nft_elements_end(t);
}

/* Opened in place of translated: the container's own address and port. */
static void put_open(struct nft *t, const char *set, const struct port_row *ports, size_t count,
		     const struct ip *to, bool deleting)
{
	bool begun = false;

	for (size_t i = 0; i < count; i++) {
		const struct port_row *row = &ports[i];
		struct packed key, end;

		if (row->host.len != to->len)
			continue;
		if (!begun)
			nft_elements(t, set, deleting);
		begun = true;
		key = pack(to, row->proto, row->target);
		end = pack(to, row->proto, (uint16_t)(row->target + (row->last - row->first)));
		nft_element(t, key.bytes, end.bytes, key.len, NULL, 0);
	}
	if (begun)
		nft_elements_end(t);
}

static void put_family(struct nft *t, const char *const maps[3], const char *open, bool routed,
		       const struct port_row *ports, size_t count, const struct ip *to,
		       bool deleting)
{
	if (!ip_is_set(to))
		return;
	if (routed) {
		put_open(t, open, ports, count, to, deleting);
		return;
	}
	put_kind(t, maps[EXACT], EXACT, ports, count, to, deleting);
	put_kind(t, maps[ANY], ANY, ports, count, to, deleting);
	put_kind(t, maps[RANGE], RANGE, ports, count, to, deleting);
}

void firewall_put_ports(struct nft *t, const struct port_row *ports, size_t count,
			const struct firewall_target *target, bool deleting)
{
	static const char *const maps4[] = { MAP_EXACT4, MAP_ANY4, MAP_RANGE4 };
	static const char *const maps6[] = { MAP_EXACT6, MAP_ANY6, MAP_RANGE6 };

	put_family(t, maps4, SET_OPEN4, target->routed4, ports, count, &target->ip4, deleting);
	put_family(t, maps6, SET_OPEN6, target->routed6, ports, count, &target->ip6, deleting);
}
