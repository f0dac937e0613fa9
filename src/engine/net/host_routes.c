/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/host_routes.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "linux/netlink.h"

void taken_clear(struct taken *taken)
{
	size_t i;

	for (i = 0; i < taken->count; i++)
		free(taken->items[i].owner);
	free(taken->items);
	*taken = (struct taken){ 0 };
}

int taken_add(struct taken *taken, const struct ip_prefix *prefix, const char *owner,
	      struct err *err)
{
	struct taken_prefix *item;
	char *copy = NULL;

	if (!ip_is_set(&prefix->ip))
		return 0;
	if (taken->count == taken->room) {
		size_t room = taken->room ? 2 * taken->room : 32;
		struct taken_prefix *more = reallocarray(taken->items, room, sizeof(*more));

		if (!more)
			return err_oom(err);
		taken->items = more;
		taken->room = room;
	}
	if (owner && !(copy = strdup(owner)))
		return err_oom(err);
	item = &taken->items[taken->count++];
	*item = (struct taken_prefix){ .prefix = *prefix, .owner = copy };
	return 0;
}

const struct taken_prefix *taken_find(const struct taken *taken, const struct ip_prefix *prefix)
{
	size_t i;

	for (i = 0; i < taken->count; i++)
		if (ip_prefix_overlaps(&taken->items[i].prefix, prefix))
			return &taken->items[i];
	return NULL;
}

struct dump {
	struct taken *taken;
	uint32_t own; /* index; 0: none */
	struct err *err;
};

static int add_attribute(const struct dump *d, int family, unsigned bits,
			 const struct nlattr *attribute)
{
	struct ip_prefix p = { .bits = (uint8_t)bits };

	p.ip.len = family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
	if (!attribute || !p.ip.len || nl_len(attribute) != p.ip.len || bits > p.ip.len * 8u)
		return 0;
	memcpy(p.ip.bytes, nl_data(attribute), p.ip.len);
	/* every interface has fe80::/64 */
	if (p.ip.len == 16 && p.ip.bytes[0] == 0xfe && (p.ip.bytes[1] & 0xc0) == 0x80)
		return 0;
	return taken_add(d->taken, &p, NULL, d->err);
}

static bool is_own(const struct dump *d, uint32_t index)
{
	return d->own && d->own == index;
}

static int on_route(void *arg, const struct nlmsghdr *message)
{
	const struct nlattr *table[RTA_MAX + 1];
	const struct rtmsg *route = NLMSG_DATA(message);
	uint32_t number;

	if (message->nlmsg_type != RTM_NEWROUTE ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*route)))
		return 0;
	nl_parse(message, sizeof(*route), table, RTA_MAX);
	number = table[RTA_TABLE] ? nl_get_u32(table[RTA_TABLE]) : route->rtm_table;
	if (number != RT_TABLE_MAIN || route->rtm_dst_len == 0 ||
	    is_own(arg, table[RTA_OIF] ? nl_get_u32(table[RTA_OIF]) : 0))
		return 0;
	return add_attribute(arg, route->rtm_family, route->rtm_dst_len, table[RTA_DST]);
}

static int on_address(void *arg, const struct nlmsghdr *message)
{
	const struct nlattr *table[IFA_MAX + 1];
	const struct ifaddrmsg *address = NLMSG_DATA(message);

	if (message->nlmsg_type != RTM_NEWADDR ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*address)) || is_own(arg, address->ifa_index))
		return 0;
	nl_parse(message, sizeof(*address), table, IFA_MAX);
	/* of a peer-to-peer link IFA_ADDRESS is the other end */
	return add_attribute(arg, address->ifa_family, address->ifa_prefixlen, table[IFA_ADDRESS]);
}

int taken_add_host(struct taken *taken, const char *own_link, struct err *err)
{
	struct nl nl cleanup_nl = NL_NONE;
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct dump dump = { .taken = taken, .err = err };
	struct rtmsg route = { .rtm_family = AF_UNSPEC };
	struct ifaddrmsg address = { .ifa_family = AF_UNSPEC };
	int r = nl_open(NETLINK_ROUTE, &nl, err);

	if (r < 0)
		return r;
	dump.own = own_link && *own_link ? if_nametoindex(own_link) : 0;
	nl_begin(&batch, RTM_GETROUTE, NLM_F_DUMP, &route, sizeof(route), "list routes");
	r = nl_ask(&nl, &batch, on_route, &dump, err);
	if (r < 0)
		return r;
	nl_begin(&batch, RTM_GETADDR, NLM_F_DUMP, &address, sizeof(address), "list addresses");
	return nl_ask(&nl, &batch, on_address, &dump, err);
}

int host_overlaps(const struct ip_prefix *prefix, const char *own_link, struct ip_prefix *ret_found,
		  struct err *err)
{
	struct taken taken cleanup_taken = { 0 };
	const struct taken_prefix *found;
	int r;

	if (!ip_is_set(&prefix->ip))
		return 0;
	r = taken_add_host(&taken, own_link, err);
	if (r < 0)
		return r;
	found = taken_find(&taken, prefix);
	if (found)
		*ret_found = found->prefix;
	return found != NULL;
}
