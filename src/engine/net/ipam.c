/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/ipam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct ip_prefix ipam_prefix(const struct network_subnet *subnet, const struct ip *ip)
{
	return (struct ip_prefix){ .ip = *ip, .bits = subnet->subnet.bits };
}

/* A subnet of two addresses (RFC 3021, RFC 6164) has none that means the network or everybody. */
static bool has_ends(const struct network_subnet *s)
{
	return s->subnet.bits < s->subnet.ip.len * 8 - 1;
}

static bool is_aux(const struct network_subnet *s, const struct ip *ip)
{
	for (size_t i = 0; i < s->aux_count; i++)
		if (ip_equal(&s->aux[i], ip))
			return true;
	return false;
}

int ipam_check(const struct network *network, const struct ip *ip, struct err *err)
{
	const struct network_subnet *s = ip->len == 4 ? &network->v4 : &network->v6;
	char text[IP_TEXT], subnet[IP_PREFIX_TEXT];
	struct ip first, last;

	ip_format(ip, text);
	if (!ip_is_set(&s->subnet.ip))
		return err_invalid(err, "address %s: network %s has no IPv%d subnet", text,
				   network->name, ip->len == 4 ? 4 : 6);
	if (!ip_prefix_contains(&s->subnet, ip))
		return err_invalid(err, "address %s is not in the subnet %s of network %s", text,
				   ip_prefix_format(&s->subnet, subnet), network->name);
	if (ip_equal(&s->gateway, ip))
		return err_invalid(err, "address %s is the gateway of network %s", text,
				   network->name);
	if (is_aux(s, ip))
		return err_invalid(err, "address %s is set aside in network %s", text,
				   network->name);
	first = ip_first(&s->subnet);
	last = ip_last(&s->subnet);
	if (has_ends(s) && (ip_equal(&first, ip) || (ip->len == 4 && ip_equal(&last, ip))))
		return err_invalid(err, "address %s means the whole of network %s", text,
				   network->name);
	return 0;
}

/* What is never given out, of one subnet; malloc'ed. */
static struct ip *list_skipped(const struct network_subnet *s, size_t *ret_count)
{
	struct ip *skip = calloc(s->aux_count + 3, sizeof(*skip));
	size_t n = 0;

	if (!skip)
		return NULL;
	for (size_t i = 0; i < s->aux_count; i++)
		skip[n++] = s->aux[i];
	if (ip_is_set(&s->gateway))
		skip[n++] = s->gateway;
	if (has_ends(s)) {
		skip[n++] = ip_first(&s->subnet);
		if (s->subnet.ip.len == 4)
			skip[n++] = ip_last(&s->subnet);
	}
	*ret_count = n;
	return skip;
}

/* Behind the one given out last, then from the beginning. */
static int next_free(struct store *store, const struct network *network,
		     const struct network_subnet *s, struct ip *ret, struct err *err)
{
	struct ip first = ip_first(&s->range), last = ip_last(&s->range), cursor, from = first;
	int family = first.len == 4 ? 4 : 6, r;
	struct ip *skip cleanup_free = NULL;
	char text[IP_PREFIX_TEXT];
	size_t count;

	skip = list_skipped(s, &count);
	if (!skip)
		return err_oom(err);
	r = store_network_cursor(store, network->id, family, &cursor, err);
	if (r < 0)
		return r;
	if (ip_prefix_contains(&s->range, &cursor) && !ip_add(&cursor, 1, &from))
		from = first;
	r = store_lease_free_address(store, network->id, &from, &last, skip, count, ret, err);
	if (r == -ENOSPC && !ip_equal(&from, &first))
		r = store_lease_free_address(store, network->id, &first, &last, skip, count, ret,
					     err);
	if (r == -ENOSPC)
		return err_set(err, ERR_CONFLICT, ENOSPC, "no free address in %s of network %s",
			       ip_prefix_format(&s->range, text), network->name);
	return r < 0 ? r : store_network_set_cursor(store, network->id, family, ret, err);
}

static int take(struct store *store, const struct network *network, const struct ip *want,
		const struct network_subnet *s, struct ip *ret, struct err *err)
{
	int r;

	if (want && ip_is_set(want)) {
		r = ipam_check(network, want, err);
		if (r == 0)
			*ret = *want;
		return r;
	}
	return ip_is_set(&s->subnet.ip) ? next_free(store, network, s, ret, err) : 0;
}

int ipam_take(struct store *store, const struct network *network, const struct ip *want4,
	      const struct ip *want6, struct lease_row *lease, struct err *err)
{
	int r = take(store, network, want4, &network->v4, &lease->ip4, err);

	return r < 0 ? r : take(store, network, want6, &network->v6, &lease->ip6, err);
}

void ipam_mac(const struct lease_row *lease, uint8_t ret[MAC_LEN])
{
	const struct ip *ip = ip_is_set(&lease->ip4) ? &lease->ip4 : &lease->ip6;

	ret[0] = 0x02; /* locally administered */
	ret[1] = 0x42;
	memcpy(ret + 2, ip->bytes + ip->len - 4, 4);
}
