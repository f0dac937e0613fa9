/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rtnl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/str.h"

enum { CREATE = NLM_F_CREATE | NLM_F_EXCL };

/* --- reading --------------------------------------------------------------------------------- */

static void read_link(const struct nlmsghdr *message, struct rtnl_link *ret)
{
	const struct nlattr *table[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	const struct ifinfomsg *header = NLMSG_DATA(message);
	const char *name, *alias, *kind = NULL;
	struct rtnl_link link = { 0 };

	nl_parse(message, sizeof(*header), table, IFLA_MAX);
	if (table[IFLA_LINKINFO]) {
		nl_parse_nested(table[IFLA_LINKINFO], info, IFLA_INFO_MAX);
		kind = nl_get_str(info[IFLA_INFO_KIND]);
	}
	name = nl_get_str(table[IFLA_IFNAME]);
	alias = nl_get_str(table[IFLA_IFALIAS]);
	link.index = (uint32_t)header->ifi_index;
	link.flags = header->ifi_flags;
	link.master = nl_get_u32(table[IFLA_MASTER]);
	link.mtu = nl_get_u32(table[IFLA_MTU]);
	snprintf(link.name, sizeof(link.name), "%s", name ? name : "");
	snprintf(link.kind, sizeof(link.kind), "%s", kind ? kind : "");
	snprintf(link.alias, sizeof(link.alias), "%s", alias ? alias : "");
	if (table[IFLA_ADDRESS] && nl_len(table[IFLA_ADDRESS]) == MAC_LEN)
		memcpy(link.mac, nl_data(table[IFLA_ADDRESS]), MAC_LEN);
	*ret = link;
}

static int take_link(void *arg, const struct nlmsghdr *message)
{
	if (message->nlmsg_type == RTM_NEWLINK)
		read_link(message, arg);
	return 0;
}

int rtnl_get(struct nl *nl, const char *name, struct rtnl_link *ret, struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct ifinfomsg header = { 0 };
	struct rtnl_link link = { 0 };
	struct err why = { 0 };
	int r;

	nl_begin(&batch, RTM_GETLINK, 0, &header, sizeof(header), "look for link %s", name);
	nl_put_str(&batch, IFLA_IFNAME, name);
	nl_put_u32(&batch, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = nl_ask(nl, &batch, take_link, &link, &why);
	if (r == -ENODEV || (r == 0 && !link.index))
		return 0;
	if (r < 0) {
		if (err)
			*err = why;
		return r;
	}
	*ret = link;
	return 1;
}

/* A twentieth of what the whole answer takes; the call is of the device layer, for any socket. */
int rtnl_index(struct nl *nl, const char *name, uint32_t *ret, struct err *err)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(nl->fd, SIOCGIFINDEX, &request) < 0)
		return err_sys(err, errno, "look for link %s", name);
	*ret = (uint32_t)request.ifr_ifindex;
	return 0;
}

struct each {
	rtnl_link_fn fn;
	void *arg;
};

static int each_link(void *arg, const struct nlmsghdr *message)
{
	const struct each *each = arg;
	struct rtnl_link link;

	if (message->nlmsg_type != RTM_NEWLINK)
		return 0;
	read_link(message, &link);
	return each->fn(each->arg, &link);
}

int rtnl_each(struct nl *nl, rtnl_link_fn fn, void *arg, struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct ifinfomsg header = { 0 };
	struct each each = { fn, arg };

	nl_begin(&batch, RTM_GETLINK, NLM_F_DUMP, &header, sizeof(header), "list the links");
	return nl_ask(nl, &batch, each_link, &each, err);
}

/* --- links ----------------------------------------------------------------------------------- */

void rtnl_add_bridge(struct nl_batch *batch, const char *name, const uint8_t mac[MAC_LEN],
		     uint32_t mtu)
{
	struct ifinfomsg header = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	size_t info;

	nl_begin(batch, RTM_NEWLINK, CREATE, &header, sizeof(header), "make bridge %s", name);
	nl_put_str(batch, IFLA_IFNAME, name);
	/* a given one: else it follows the lowest of its ports', and changes with them */
	nl_put(batch, IFLA_ADDRESS, mac, MAC_LEN);
	if (mtu)
		nl_put_u32(batch, IFLA_MTU, mtu);
	info = nl_nest(batch, IFLA_LINKINFO);
	nl_put_str(batch, IFLA_INFO_KIND, "bridge");
	nl_nest_end(batch, info);
}

/* The port exists only once the message that made it was worked through. */
static void put_port(struct nl_batch *batch, const struct rtnl_veth *veth)
{
	struct ifinfomsg header = { 0 };
	size_t info, data;

	nl_begin(batch, RTM_NEWLINK, 0, &header, sizeof(header), "bridge settings of link %s",
		 veth->name);
	nl_put_str(batch, IFLA_IFNAME, veth->name);
	info = nl_nest(batch, IFLA_LINKINFO);
	nl_put_str(batch, IFLA_INFO_SLAVE_KIND, "bridge");
	data = nl_nest(batch, IFLA_INFO_SLAVE_DATA);
	if (veth->isolated)
		nl_put_u8(batch, IFLA_BRPORT_ISOLATED, 1);
	if (veth->hairpin)
		nl_put_u8(batch, IFLA_BRPORT_MODE, 1);
	nl_nest_end(batch, data);
	nl_nest_end(batch, info);
}

static void put_peer(struct nl_batch *batch, const struct rtnl_veth *veth)
{
	struct ifinfomsg header = { 0 };
	size_t data = nl_nest(batch, IFLA_INFO_DATA);
	size_t peer = nl_nest_header(batch, VETH_INFO_PEER, &header, sizeof(header));

	nl_put_str(batch, IFLA_IFNAME, veth->peer);
	nl_put_u32(batch, IFLA_NET_NS_FD, (uint32_t)veth->netns_fd);
	if (veth->mtu)
		nl_put_u32(batch, IFLA_MTU, veth->mtu);
	if (veth->peer_mac)
		nl_put(batch, IFLA_ADDRESS, veth->peer_mac, MAC_LEN);
	nl_nest_end(batch, peer);
	nl_nest_end(batch, data);
}

void rtnl_add_veth(struct nl_batch *batch, const struct rtnl_veth *veth)
{
	struct ifinfomsg header = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	size_t info;

	nl_begin(batch, RTM_NEWLINK, CREATE, &header, sizeof(header), "make link %s", veth->name);
	nl_put_str(batch, IFLA_IFNAME, veth->name);
	if (veth->mtu)
		nl_put_u32(batch, IFLA_MTU, veth->mtu);
	nl_put_u32(batch, IFLA_MASTER, veth->master);
	info = nl_nest(batch, IFLA_LINKINFO);
	nl_put_str(batch, IFLA_INFO_KIND, "veth");
	put_peer(batch, veth);
	nl_nest_end(batch, info);
	if (veth->isolated || veth->hairpin)
		put_port(batch, veth);
}

void rtnl_add_vlan(struct nl_batch *batch, const struct rtnl_vlan *vlan)
{
	struct ifinfomsg header = { 0 };
	size_t info, data;

	nl_begin(batch, RTM_NEWLINK, CREATE, &header, sizeof(header), "make %s link %s", vlan->kind,
		 vlan->name);
	nl_put_str(batch, IFLA_IFNAME, vlan->name);
	nl_put_u32(batch, IFLA_LINK, vlan->parent);
	nl_put_u32(batch, IFLA_NET_NS_FD, (uint32_t)vlan->netns_fd);
	if (vlan->mtu)
		nl_put_u32(batch, IFLA_MTU, vlan->mtu);
	if (vlan->mac)
		nl_put(batch, IFLA_ADDRESS, vlan->mac, MAC_LEN);
	info = nl_nest(batch, IFLA_LINKINFO);
	nl_put_str(batch, IFLA_INFO_KIND, vlan->kind);
	data = nl_nest(batch, IFLA_INFO_DATA);
	if (str_eq(vlan->kind, "macvlan"))
		nl_put_u32(batch, IFLA_MACVLAN_MODE, vlan->mode);
	else
		nl_put_u16(batch, IFLA_IPVLAN_MODE, (uint16_t)vlan->mode);
	nl_nest_end(batch, data);
	nl_nest_end(batch, info);
}

void rtnl_add_parent(struct nl_batch *batch, const char *name, uint32_t base, uint16_t id)
{
	struct ifinfomsg header = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	size_t info, data;

	nl_begin(batch, RTM_NEWLINK, CREATE, &header, sizeof(header), "make %s link %s",
		 base ? "VLAN" : "dummy", name);
	nl_put_str(batch, IFLA_IFNAME, name);
	if (base)
		nl_put_u32(batch, IFLA_LINK, base);
	info = nl_nest(batch, IFLA_LINKINFO);
	nl_put_str(batch, IFLA_INFO_KIND, base ? "vlan" : "dummy");
	if (base) {
		data = nl_nest(batch, IFLA_INFO_DATA);
		nl_put_u16(batch, IFLA_VLAN_ID, id);
		nl_nest_end(batch, data);
	}
	nl_nest_end(batch, info);
}

void rtnl_add_ifb(struct nl_batch *batch, const char *name)
{
	struct ifinfomsg header = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	size_t info;

	nl_begin(batch, RTM_NEWLINK, CREATE, &header, sizeof(header), "make ifb link %s", name);
	nl_put_str(batch, IFLA_IFNAME, name);
	info = nl_nest(batch, IFLA_LINKINFO);
	nl_put_str(batch, IFLA_INFO_KIND, "ifb");
	nl_nest_end(batch, info);
}

void rtnl_delete(struct nl_batch *batch, const char *name)
{
	struct ifinfomsg header = { 0 };

	nl_begin(batch, RTM_DELLINK, 0, &header, sizeof(header), "remove link %s", name);
	nl_put_str(batch, IFLA_IFNAME, name);
}

void rtnl_set_up(struct nl_batch *batch, uint32_t index, const char *what)
{
	struct ifinfomsg header = { .ifi_index = (int)index,
				    .ifi_flags = IFF_UP,
				    .ifi_change = IFF_UP };

	nl_begin(batch, RTM_NEWLINK, 0, &header, sizeof(header), "set link %s up", what);
}

void rtnl_set(struct nl_batch *batch, uint32_t index, const char *name, const uint8_t mac[MAC_LEN],
	      uint32_t mtu)
{
	struct ifinfomsg header = { .ifi_index = (int)index };

	nl_begin(batch, RTM_NEWLINK, 0, &header, sizeof(header), "set up link %s",
		 name ? name : "");
	if (name)
		nl_put_str(batch, IFLA_IFNAME, name);
	if (mac)
		nl_put(batch, IFLA_ADDRESS, mac, MAC_LEN);
	if (mtu)
		nl_put_u32(batch, IFLA_MTU, mtu);
}

void rtnl_set_alias(struct nl_batch *batch, const char *name, const char *alias)
{
	struct ifinfomsg header = { 0 };

	nl_begin(batch, RTM_NEWLINK, 0, &header, sizeof(header), "mark link %s", name);
	nl_put_str(batch, IFLA_IFNAME, name);
	nl_put(batch, IFLA_IFALIAS, alias, strlen(alias));
}

void rtnl_no_autoconf(struct nl_batch *batch, uint32_t index, const char *what)
{
	struct ifinfomsg header = { .ifi_index = (int)index };
	size_t spec, family;

	nl_begin(batch, RTM_NEWLINK, 0, &header, sizeof(header), "IPv6 settings of link %s", what);
	spec = nl_nest(batch, IFLA_AF_SPEC);
	family = nl_nest(batch, AF_INET6);
	nl_put_u8(batch, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nl_nest_end(batch, family);
	nl_nest_end(batch, spec);
}

void rtnl_announce(struct nl_batch *batch, uint32_t index, const char *what)
{
	struct ifinfomsg header = { .ifi_index = (int)index };
	size_t spec, family, conf;

	nl_begin(batch, RTM_NEWLINK, 0, &header, sizeof(header), "IPv4 settings of link %s", what);
	spec = nl_nest(batch, IFLA_AF_SPEC);
	family = nl_nest(batch, AF_INET);
	conf = nl_nest(batch, IFLA_INET_CONF);
	nl_put_u32(batch, IPV4_DEVCONF_ARP_NOTIFY, 1);
	nl_nest_end(batch, conf);
	nl_nest_end(batch, family);
	nl_nest_end(batch, spec);
}

/* --- addresses and routes -------------------------------------------------------------------- */

static void put_address(struct nl_batch *batch, const struct ip_prefix *prefix)
{
	struct ip broadcast;

	nl_put(batch, IFA_LOCAL, prefix->ip.bytes, prefix->ip.len);
	nl_put(batch, IFA_ADDRESS, prefix->ip.bytes, prefix->ip.len);
	if (prefix->ip.len != 4 || prefix->bits > 30)
		return;
	broadcast = ip_last(prefix);
	nl_put(batch, IFA_BROADCAST, broadcast.bytes, broadcast.len);
}

static struct ifaddrmsg address_header(uint32_t index, const struct ip_prefix *prefix)
{
	return (struct ifaddrmsg){ .ifa_family = (unsigned char)ip_family(&prefix->ip),
				   .ifa_prefixlen = prefix->bits,
				   .ifa_index = index };
}

void rtnl_add_address(struct nl_batch *batch, uint32_t index, const struct ip_prefix *prefix,
		      const char *what)
{
	struct ifaddrmsg header = address_header(index, prefix);
	char text[IP_PREFIX_TEXT];

	nl_begin(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header),
		 "give %s the address %s", what, ip_prefix_format(prefix, text));
	put_address(batch, prefix);
	if (prefix->ip.len == 16)
		nl_put_u32(batch, IFA_FLAGS, IFA_F_NODAD);
}

static struct rtmsg default_header(int family, bool link)
{
	return (struct rtmsg){ .rtm_family = (unsigned char)family,
			       .rtm_table = RT_TABLE_MAIN,
			       .rtm_protocol = RTPROT_STATIC,
			       .rtm_scope = link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
			       .rtm_type = RTN_UNICAST };
}

void rtnl_add_default(struct nl_batch *batch, uint32_t index, const struct ip *gateway, int family)
{
	struct rtmsg header = default_header(gateway ? ip_family(gateway) : family, !gateway);
	char text[IP_TEXT] = "the link";

	if (gateway)
		ip_format(gateway, text);
	nl_begin(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header),
		 "add the default route by %s", text);
	if (gateway)
		nl_put(batch, RTA_GATEWAY, gateway->bytes, gateway->len);
	nl_put_u32(batch, RTA_OIF, index);
}
