/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridge networks. The bridge comes with the first container. Its alias is set when all about it is
 * done: who finds that needs one question to the kernel and no lock.
 */
#include "engine/engine.h"
#include "engine/net/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "engine/net/firewall.h"
#include "engine/net/host_routes.h"
#include "engine/net/ipam.h"
#include "engine/net/links.h"
#include "engine/net/rundir.h"
#include "engine/net/shared.h"
#include "engine/root/root.h"
#include "linux/netns.h"
#include "linux/rtnl.h"

int bridge_veth_name(char ret[IFNAMSIZ], struct err *err)
{
	char random[9];

	if (str_random_hex(random, 4) < 0)
		return err_sys(err, EIO, "getrandom");
	snprintf(ret, IFNAMSIZ, "veth%s", random);
	return 0;
}

/* A setting of the bridge; one that this kernel has not (IPv6 is off) is no loss. */
static int set(const struct network *network, const char *family, const char *name,
	       const char *value, struct err *err)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, network->link, name);
	if (faccessat(AT_FDCWD, path, F_OK, 0) < 0)
		return 0;
	return fd_write_file_at(AT_FDCWD, path, value, err);
}

static int set_all(const struct network *network, struct err *err)
{
	bool v6 = ip_is_set(&network->v6.subnet.ip);
	int r;

	/* What is published is reachable at 127.0.0.1 too; the table drops what comes to 127/8 from
	 * outside (CVE-2020-8558), and stands by now. */
	r = set(network, "ipv4", "route_localnet", network->internal ? "0" : "1", err);
	/* Containers are no routers to us. */
	if (r == 0)
		r = set(network, "ipv6", "accept_ra", "0", err);
	if (r == 0)
		r = set(network, "ipv6", "disable_ipv6", v6 ? "0" : "1", err);
	return r;
}

static int make(struct nl *host, const struct network *network, struct err *err)
{
	struct lease_row own = { .ip4 = network->v4.gateway, .ip6 = network->v6.gateway };
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	uint8_t mac[MAC_LEN];

	ipam_mac(&own, mac);
	rtnl_add_bridge(&batch, network->link, mac, network->mtu);
	return nl_send(host, &batch, err);
}

static int give_addresses(struct nl *host, const struct network *network, uint32_t index,
			  struct err *err)
{
	struct ip_prefix local = { .ip = { .len = 16, .bytes = { 0xfe, 0x80, [15] = 1 } },
				   .bits = 64 };
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct ip_prefix p;

	if (ip_is_set(&network->v4.gateway)) {
		p = ipam_prefix(&network->v4, &network->v4.gateway);
		rtnl_add_address(&batch, index, &p, network->link);
	}
	if (ip_is_set(&network->v6.gateway)) {
		p = ipam_prefix(&network->v6, &network->v6.gateway);
		rtnl_add_address(&batch, index, &p, network->link);
		rtnl_add_address(&batch, index, &local, network->link);
	}
	rtnl_set_up(&batch, index, network->link);
	return nl_send(host, &batch, err);
}

static int mark(struct engine *engine, struct nl *host, const struct network *network,
		struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	char alias[RTNL_ALIAS_MAX];

	shared_alias(engine->root->cgroup_parent, network, alias);
	rtnl_set_alias(&batch, network->link, alias);
	return nl_send(host, &batch, err);
}

/* A link of that name without our mark is half made (its name is our choice), or the user's own
 * bridge (he gave the name), which is used as it is and stays when we go. */
static int clear_place(struct nl *host, const struct network *network,
		       const struct rtnl_link *there, bool *ret_adopt, struct err *err)
{
	bool ours = str_starts(network->link, "cr-") || str_starts(network->link, "cr0-") ||
		    str_eq(network->link, "coracle0");
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;

	if (!str_eq(there->kind, "bridge"))
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "network %s: the link %s of the host is no bridge", network->name,
			       network->link);
	if (!ours && *there->alias)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "network %s: the bridge %s belongs to \"%s\"", network->name,
			       network->link, there->alias);
	*ret_adopt = !ours;
	if (!ours)
		return 0;
	rtnl_delete(&batch, network->link);
	return nl_send(host, &batch, err);
}

/* Routes come and go after the subnet was chosen. One that the user chose is his word against the
 * host's, and neither gives way. */
static int check_routes(struct engine *engine, struct network *network, struct err *err)
{
	struct ip_prefix found = { 0 };
	char text[IP_PREFIX_TEXT];
	int r = host_overlaps(&network->v4.subnet, network->link, &found, err);

	if (r == 0)
		r = host_overlaps(&network->v6.subnet, network->link, &found, err);
	if (r <= 0 || network_repick(engine, network, NULL) == 0)
		return r < 0 ? r : 0;
	return err_set(err, ERR_CONFLICT, EADDRINUSE,
		       "network %s: its subnet overlaps with %s, which the host has a route to",
		       network->name, ip_prefix_format(&found, text));
}

static int bring_up(struct engine *engine, struct nl *host, struct network *network,
		    uint32_t *ret_index, struct err *err)
{
	bool v4 = ip_is_set(&network->v4.subnet.ip), v6 = ip_is_set(&network->v6.subnet.ip);
	struct rtnl_link link;
	bool adopt = false;
	int r = rtnl_get(host, network->link, &link, err);

	if (r > 0 && shared_is_ready(engine, network, &link)) {
		*ret_index = link.index; /* another was faster */
		return 0;
	}
	if (r > 0)
		r = clear_place(host, network, &link, &adopt, err);
	if (r == 0 && !adopt)
		r = check_routes(engine, network, err);
	if (r == 0 && !network->internal)
		r = shared_forwarding(engine, v4, v6, err);
	if (r == 0)
		r = firewall_add_network(engine, network, err);
	if (r == 0 && !adopt)
		r = make(host, network, err);
	if (r == 0)
		r = set_all(network, err);
	if (r == 0)
		r = rtnl_get(host, network->link, &link, err);
	if (r > 0)
		r = give_addresses(host, network, link.index, err);
	if (r == 0 && !adopt)
		r = mark(engine, host, network, err);
	if (r == 0)
		*ret_index = link.index;
	return r;
}

static int up(struct engine *engine, struct nl *host, struct network *network, uint32_t *ret_index,
	      struct err *err)
{
	int lock cleanup_fd = -1;
	struct rtnl_link link;
	int r = rtnl_get(host, network->link, &link, err);

	if (r < 0)
		return r;
	if (r > 0 && shared_is_ready(engine, network, &link)) {
		*ret_index = link.index;
		return 0;
	}
	r = net_lock(engine, &lock, err);
	return r < 0 ? r : bring_up(engine, host, network, ret_index, err);
}

/* With br_netfilter a bridge translates addresses itself: a container that asks for a port of its
 * own by the host's address is answered by the port that it came in by. */
static bool bridge_translates(void)
{
	struct buf text cleanup_buf = BUF_INIT(8);

	return fd_read_file_at(AT_FDCWD, "/proc/sys/net/bridge/bridge-nf-call-iptables", 8, &text,
			       NULL) == 0 &&
	       *buf_str(&text) == '1';
}

static void put(struct nl_batch *batch, const struct network *network,
		const struct lease_row *lease, uint32_t index, int netns_fd, const char *name)
{
	struct rtnl_veth veth = {
		.name = lease->host_link,
		.master = index,
		.isolated = !network->icc,
		.hairpin = bridge_translates(),
		.mtu = network->mtu,
		.netns_fd = netns_fd,
		.peer = name,
		.peer_mac = lease->mac,
	};

	rtnl_add_veth(batch, &veth);
}

const struct link_driver link_bridge = {
	.name = "bridge",
	.has_bridge = true,
	.own_mac = true,
	.up = up,
	.put = put,
};

int shared_make_pooled(struct engine *engine, struct nl *host, const struct network *network,
		       int *ret_netns, struct nl *ret_inner, char ret_host_link[IFNAMSIZ],
		       struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct lease_row lease = { 0 };
	struct nl inner cleanup_nl = NL_NONE;
	int netns cleanup_fd = -1;
	struct rtnl_link bridge;
	int r = rtnl_get(host, network->link, &bridge, err);

	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, ENODEV, "bridge %s is gone", network->link);
	if (r > 0)
		r = bridge_veth_name(lease.host_link, err);
	if (r == 0)
		r = netns_make(&netns, &inner, err);
	if (r < 0)
		return r;
	memcpy(lease.mac, bridge.mac, MAC_LEN); /* changed when it is taken */
	lease.mac[0] ^= 4;
	put(&batch, network, &lease, bridge.index, netns, POOL_LINK);
	r = nl_send(host, &batch, err);
	if (r < 0)
		return r;
	strcpy(ret_host_link, lease.host_link);
	*ret_netns = take_fd(&netns);
	*ret_inner = inner;
	inner = NL_NONE;
	return 0;
}
