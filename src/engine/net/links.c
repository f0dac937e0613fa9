/* SPDX-License-Identifier: Apache-2.0 */
/* The container's side of an interface, which is the same for every kind. */
#include "engine/net/links.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/net/ipam.h"
#include "engine/net/neighbour.h"
#include "linux/rtnl.h"

enum { LOOPBACK = 1 }; /* the index of lo in every namespace */

static const struct link_driver *const drivers[] = { &link_bridge, &link_macvlan, &link_ipvlan };

const struct link_driver *link_driver_of(const struct network *network)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (str_eq(drivers[i]->name, network->driver))
			return drivers[i];
	return NULL;
}

/* fe80:: and the interface's EUI-64 (RFC 4291, appendix A): what the kernel would choose, without
 * its second of duplicate address detection. */
static struct ip_prefix link_local(const uint8_t mac[MAC_LEN])
{
	struct ip_prefix p = { .ip = { .len = 16, .bytes = { 0xfe, 0x80 } }, .bits = 64 };
	uint8_t *id = p.ip.bytes + 8;

	memcpy(id, mac, 3);
	id[0] ^= 2;
	id[3] = 0xff;
	id[4] = 0xfe;
	memcpy(id + 5, mac + 3, 3);
	return p;
}

static void put_addresses(struct nl_batch *batch, const struct link_request *request,
			  uint32_t index, const uint8_t mac[MAC_LEN])
{
	const struct lease_row *lease = request->lease;
	struct ip_prefix p;

	if (ip_is_set(&lease->ip4)) {
		p = ipam_prefix(&request->network->v4, &lease->ip4);
		rtnl_add_address(batch, index, &p, lease->link);
	}
	if (ip_is_set(&lease->ip6)) {
		p = ipam_prefix(&request->network->v6, &lease->ip6);
		rtnl_add_address(batch, index, &p, lease->link);
		p = link_local(mac);
		rtnl_add_address(batch, index, &p, lease->link);
	}
}

/* An ipvlan of the kinds L3 needs no gateway, and has none: everything leaves by its parent. */
static void put_gateways(struct nl_batch *batch, const struct network *network, uint32_t index,
			 bool v4, bool v6)
{
	bool routed = str_eq(network->driver, "ipvlan") && !str_eq(network->mode, "l2");

	if (network->internal)
		return;
	if (v4 && routed && ip_is_set(&network->v4.subnet.ip))
		rtnl_add_default(batch, index, NULL, AF_INET);
	else if (v4 && ip_is_set(&network->v4.gateway))
		rtnl_add_default(batch, index, &network->v4.gateway, AF_INET);
	if (v6 && routed && ip_is_set(&network->v6.subnet.ip))
		rtnl_add_default(batch, index, NULL, AF_INET6);
	else if (v6 && ip_is_set(&network->v6.gateway))
		rtnl_add_default(batch, index, &network->v6.gateway, AF_INET6);
}

/* An ipvlan has its parent's. */
static int find_mac(struct nl *inner, const struct link_request *request, uint8_t ret[MAC_LEN],
		    struct err *err)
{
	struct rtnl_link link;
	int r;

	memcpy(ret, request->lease->mac, MAC_LEN);
	if (link_driver_of(request->network)->own_mac || !ip_is_set(&request->lease->ip6))
		return 0;
	r = rtnl_get(inner, request->lease->link, &link, err);
	if (r > 0)
		memcpy(ret, link.mac, MAC_LEN);
	return r < 0 ? r : 0;
}

/* Addresses before "up": the kernel announces at that moment what is there (arp_notify). */
static int set_up(struct nl *inner, const struct link_request *request, struct err *err)
{
	const char *name = request->lease->link;
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	uint8_t mac[MAC_LEN];
	uint32_t index;
	int r = rtnl_index(inner, request->taken ? request->taken : name, &index, err);

	if (r == 0)
		r = find_mac(inner, request, mac, err);
	if (r < 0)
		return r;
	rtnl_set_up(&batch, LOOPBACK, "lo");
	if (request->taken)
		rtnl_set(&batch, index, str_eq(request->taken, name) ? NULL : name, mac,
			 request->network->mtu);
	rtnl_no_autoconf(&batch, index, name);
	rtnl_announce(&batch, index, name);
	put_addresses(&batch, request, index, mac);
	rtnl_set_up(&batch, index, name);
	put_gateways(&batch, request->network, index, request->gateway4, request->gateway6);
	r = nl_send(inner, &batch, err);
	if (r == 0 && ip_is_set(&request->lease->ip6))
		neighbour_announce(request->netns_fd, index, &request->lease->ip6, mac);
	return r;
}

static int make(struct engine *engine, struct nl *host, const struct link_request *request,
		struct err *err)
{
	const struct link_driver *driver = link_driver_of(request->network);
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct err why = { 0 };
	uint32_t index = request->index;
	int r = 0, attempt;

	/* netd may have removed an idle bridge after up() found it: then it is made anew. */
	for (attempt = 0; attempt < (engine ? 2 : 1); attempt++) {
		if (attempt > 0)
			r = driver->up(engine, host, request->network, &index, err);
		if (r < 0)
			return r;
		driver->put(&batch, request->network, request->lease, index, request->netns_fd,
			    request->lease->link);
		r = nl_send(host, &batch, &why);
		if (r != -ENODEV && r != -EINVAL)
			break;
	}
	if (r < 0 && err)
		*err = why;
	return r;
}

int link_make(struct engine *engine, struct nl *host, struct nl *inner,
	      const struct link_request *request, struct err *err)
{
	int r = request->taken ? 0 : make(engine, host, request, err);

	return r < 0 ? r : set_up(inner, request, err);
}

int link_remove(struct nl *inner, const char *name, struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	int r;

	rtnl_delete(&batch, name);
	r = nl_send(inner, &batch, err);
	return r == -ENODEV ? 0 : r;
}

int link_set_gateway(struct nl *inner, const struct network *network, const char *name, int family,
		     struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	uint32_t index;
	int r = rtnl_index(inner, name, &index, err);

	if (r < 0)
		return r;
	put_gateways(&batch, network, index, family == AF_INET, family == AF_INET6);
	return nl_send(inner, &batch, err);
}
