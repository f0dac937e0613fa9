/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macvlan and ipvlan: interfaces of a link of the host, the parent, with addresses in its network.
 * A parent "eth0.20" that is not there is made: VLAN 20 of eth0. Without a parent the containers
 * are among themselves on a dummy link.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/net/links.h"
#include "engine/store/networks.h"
#include "engine/net/rundir.h"
#include "engine/net/shared.h"
#include "engine/root/root.h"
#include "linux/rtnl.h"

struct mode {
	const char *name;
	uint32_t number;
};

static const struct mode macvlan_modes[] = {
	{ "bridge", MACVLAN_MODE_BRIDGE },
	{ "private", MACVLAN_MODE_PRIVATE },
	{ "vepa", MACVLAN_MODE_VEPA },
	{ "passthru", MACVLAN_MODE_PASSTHRU },
};

static const struct mode ipvlan_modes[] = {
	{ "l2", IPVLAN_MODE_L2 },
	{ "l3", IPVLAN_MODE_L3 },
	{ "l3s", IPVLAN_MODE_L3S },
};

static uint32_t mode_number(const struct mode *modes, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(modes[i].name, name))
			return modes[i].number;
	return modes[0].number; /* network create let no other pass */
}

/* "eth0.20": the base link and the VLAN's number. */
static bool split_vlan(const char *name, char base[IFNAMSIZ], uint16_t *ret_id)
{
	const char *dot = strrchr(name, '.');
	uint64_t id;

	if (!dot || dot == name || str_to_u64(dot + 1, 4094, "VLAN", &id, NULL) < 0 || id == 0)
		return false;
	snprintf(base, IFNAMSIZ, "%.*s", (int)(dot - name), name);
	*ret_id = (uint16_t)id;
	return true;
}

static int make_parent(struct engine *engine, struct nl *host, const struct network *network,
		       struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	char base_name[IFNAMSIZ], alias[RTNL_ALIAS_MAX];
	struct rtnl_link base = { 0 };
	uint16_t id = 0;
	int r;

	if (split_vlan(network->link, base_name, &id)) {
		r = rtnl_get(host, base_name, &base, err);
		if (r < 0)
			return r;
	}
	if (!base.index && !str_starts(network->link, "dm-"))
		return err_set(err, ERR_NOT_FOUND, ENODEV,
			       "network %s: the host has no link %s to be its parent",
			       network->name, network->link);
	shared_alias(engine->root->cgroup_parent, network, alias);
	rtnl_add_parent(&batch, network->link, base.index, id);
	rtnl_set_alias(&batch, network->link, alias);
	return nl_send(host, &batch, err);
}

static int up(struct engine *engine, struct nl *host, struct network *network, uint32_t *ret_index,
	      struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	int lock cleanup_fd = -1;
	struct rtnl_link link;
	int r = rtnl_get(host, network->link, &link, err);

	if (r == 0) {
		r = net_lock(engine, &lock, err);
		if (r == 0)
			r = rtnl_get(host, network->link, &link, err);
		if (r == 0)
			r = make_parent(engine, host, network, err);
		if (r == 0)
			r = rtnl_get(host, network->link, &link, err);
	}
	if (r < 0)
		return r;
	*ret_index = link.index;
	if (link.flags & IFF_UP)
		return 0;
	/* nothing passes a parent that is down; a user's own link stays as it is */
	if (!shared_is_ready(engine, network, &link))
		return err_set(err, ERR_CONFLICT, ENETDOWN, "network %s: its parent %s is down",
			       network->name, network->link);
	rtnl_set_up(&batch, link.index, network->link);
	return nl_send(host, &batch, err);
}

static void put_kind(struct nl_batch *batch, const char *kind, uint32_t mode, const uint8_t *mac,
		     const struct network *network, uint32_t index, int netns_fd, const char *name)
{
	struct rtnl_vlan vlan = {
		.kind = kind,
		.name = name,
		.parent = index,
		.mode = mode,
		.mtu = network->mtu,
		.netns_fd = netns_fd,
		.mac = mac,
	};

	rtnl_add_vlan(batch, &vlan);
}

static void put_macvlan(struct nl_batch *batch, const struct network *network,
			const struct lease_row *lease, uint32_t index, int netns_fd,
			const char *name)
{
	uint32_t mode = mode_number(macvlan_modes, ARRAY_SIZE(macvlan_modes), network->mode);

	put_kind(batch, "macvlan", mode, lease->mac, network, index, netns_fd, name);
}

static void put_ipvlan(struct nl_batch *batch, const struct network *network,
		       const struct lease_row *lease, uint32_t index, int netns_fd,
		       const char *name)
{
	uint32_t mode = mode_number(ipvlan_modes, ARRAY_SIZE(ipvlan_modes), network->mode);

	put_kind(batch, "ipvlan", mode, NULL, network, index, netns_fd, name);
}

const struct link_driver link_macvlan = {
	.name = "macvlan",
	.own_mac = true,
	.up = up,
	.put = put_macvlan,
};

const struct link_driver link_ipvlan = {
	.name = "ipvlan",
	.up = up,
	.put = put_ipvlan,
};
