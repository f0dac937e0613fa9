/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a start: leases, names and ports in one transaction; the namespace with its links;
 * elements of the table; sockets to netd. Who is killed in between leaves rows, which the next
 * start of the container, or netd, gives back; everything else goes with the namespace.
 */
#include "engine/net/attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/net/attach_internal.h"
#include "engine/net/bridge.h"
#include "engine/net/ipam.h"
#include "engine/net/links.h"
#include "engine/net/netd.h"
#include "engine/net/publish.h"
#include "engine/net/rate.h"
#include "engine/net/rundir.h"
#include "engine/net/shared.h"
#include "engine/root/root.h"
#include "linux/netns.h"

enum { NETWORKS_MAX = 64 };

void attach_clear(struct net_attachment *a)
{
	for (size_t i = 0; a->networks && i < a->count; i++)
		network_free(a->networks[i]);
	free(a->networks);
	lease_list_free(a->leases, a->count);
	free(a->indexes);
	free(a->ports);
	close_fd(&a->netns_fd);
	*a = (struct net_attachment){ .netns_fd = -1 };
}

void net_attachment_free(struct net_attachment *a)
{
	if (a)
		attach_clear(a);
	free(a);
}

/* --- what is asked for ------------------------------------------------------------------------ */

bool attach_has_network(const struct container *c)
{
	const char *mode = member_str(attach_host_config(c), "NetworkMode");

	return !str_eq(mode, "host") && !str_eq(mode, "none") && !str_starts(mode, "container:");
}

const json_t *attach_settings(const struct container *c, const char *network)
{
	return json_object_get(json_object_get(c->config, "Networks"), network);
}

bool attach_has_own_userns(const struct engine *engine, const struct container *c)
{
	return !engine->root->system || json_object_get(c->config, "IdMap");
}

static int add_network(struct engine *engine, struct net_attachment *a, const char *name,
		       struct err *err)
{
	struct network *network cleanup_network = NULL;
	int r = network_find(engine, name, &network, err);

	if (r < 0)
		return r;
	if (!link_driver_of(network))
		return err_invalid(err, "network %s cannot be had beside others", name);
	if (a->count == NETWORKS_MAX)
		return err_invalid(err, "a container can be on %d networks at most", NETWORKS_MAX);
	a->networks[a->count++] = take_ptr(&network);
	return 0;
}

/* In the order of the document; that of the mode is the first. */
static int find_networks(struct engine *engine, const struct container *c, struct net_attachment *a,
			 struct err *err)
{
	const char *mode = member_str(attach_host_config(c), "NetworkMode"), *name;
	json_t *settings;
	int r;

	a->networks = calloc(NETWORKS_MAX, sizeof(struct network *));
	a->leases = calloc(NETWORKS_MAX, sizeof(*a->leases));
	if (!a->networks || !a->leases)
		return err_oom(err);
	/* disconnected from all of them, it has a namespace with only lo */
	if (json_object_get(c->config, "Networks") &&
	    json_object_size(json_object_get(c->config, "Networks")) == 0)
		return 0;
	r = attach_settings(c, mode) || !json_object_get(c->config, "Networks")
		? add_network(engine, a, mode, err)
		: 0;
	json_object_foreach (json_object_get(c->config, "Networks"), name, settings)
		if (r == 0 && !str_eq(name, mode))
			r = add_network(engine, a, name, err);
	return r;
}

int attach_gateway(const struct container *c, struct network *const *networks, size_t count,
		   bool v6)
{
	int64_t best = INT64_MIN, priority;
	int chosen = -1;

	for (size_t i = 0; i < count; i++) {
		const struct network_subnet *s = v6 ? &networks[i]->v6 : &networks[i]->v4;

		if (networks[i]->internal || !ip_is_set(&s->subnet.ip))
			continue;
		priority = member_int(attach_settings(c, networks[i]->name), "GwPriority");
		if (chosen < 0 || priority > best) {
			chosen = (int)i;
			best = priority;
		}
	}
	return chosen;
}

/* --- leases ----------------------------------------------------------------------------------- */

static bool wants_ports(const struct container *c)
{
	return json_object_size(json_object_get(attach_host_config(c), "PortBindings")) > 0 ||
	       member_bool(attach_host_config(c), "PublishAllPorts");
}

static int take_ports(struct store *store, const struct container *c,
		      const struct net_attachment *a, struct published *ret, struct err *err)
{
	const json_t *exposed =
	    json_object_get(json_object_get(c->config, "Config"), "ExposedPorts");
	static const struct ip any;
	int r;

	if (!wants_ports(c))
		return 0;
	if (a->count == 0)
		return err_invalid(err,
				   "ports cannot be published: the container is on no network");
	r = attach_target(a, &(struct firewall_target){ 0 }, err);
	return r < 0 ? r
		     : publish(store, c->id, attach_host_config(c), exposed,
			       a->count ? &a->networks[0]->host_ip : &any, ret, err);
}

static int take_all_once(struct engine *engine, struct container *c, struct net_attachment *a,
			 const char *pooled, struct published *ports, struct err *err)
{
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_begin(store, err);
	if (r < 0)
		return r;
	/* a start that was killed has given nothing back */
	r = store_network_release(store, c->id, err);
	for (size_t i = 0; r == 0 && i < a->count; i++)
		r = attach_lease(engine, c, a->networks[i],
				 attach_settings(c, a->networks[i]->name), (int)i,
				 i == 0 ? pooled : "", &a->leases[i], err);
	if (r == 0)
		r = take_ports(store, c, a, ports, err);
	if (r < 0) {
		store_end(store, false, NULL);
		return r;
	}
	return store_end(store, true, err);
}

/* netd lets go of a port some milliseconds after its row is gone: one that another program seems to
 * have may be the one that this container had a moment ago. */
static int take_all(struct engine *engine, struct container *c, struct net_attachment *a,
		    const char *pooled, struct published *ports, struct err *err)
{
	struct err why = { 0 };
	int r = take_all_once(engine, c, a, pooled, ports, &why);

	if (r == -EADDRINUSE && netd_settle(engine) == 0) {
		for (size_t i = 0; i < a->count; i++)
			lease_row_clear(&a->leases[i]);
		return take_all_once(engine, c, a, pooled, ports, err);
	}
	if (r < 0 && err)
		*err = why;
	return r;
}

/* --- links ------------------------------------------------------------------------------------ */

int attach_limit_rate(struct nl *host, const struct container *c, const struct network *network,
		      const struct lease_row *lease, const char *owner, struct err *err)
{
	char alias[RTNL_ALIAS_MAX];
	struct net_rate rate;
	int r = rate_read(attach_host_config(c), &rate, err);

	if (r < 0 || !rate.rate)
		return r;
	if (!*lease->host_link)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the rate of network %s cannot be limited: its links have no end on "
			       "the host",
			       network->name);
	shared_alias(owner, network, alias);
	return rate_apply(host, lease->host_link, alias, &rate, err);
}

/* Bridges and parents, before there are leases: the subnet may be chosen anew there. */
static int bring_up(struct engine *engine, struct nl *host, struct net_attachment *a,
		    struct err *err)
{
	int r = 0;

	a->indexes = calloc(a->count + 1, sizeof(*a->indexes));
	if (!a->indexes)
		return err_oom(err);
	for (size_t i = 0; r == 0 && i < a->count; i++)
		r = link_driver_of(a->networks[i])
			->up(engine, host, a->networks[i], &a->indexes[i], err);
	return r;
}

static int make_links(struct engine *engine, const struct container *c,
		      const struct net_attachment *a, int netns_fd, struct nl *host,
		      struct nl *inner, bool pooled, struct err *err)
{
	int gateway4 = attach_gateway(c, a->networks, a->count, false);
	int gateway6 = attach_gateway(c, a->networks, a->count, true);
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->count; i++) {
		struct link_request request = {
			.network = a->networks[i],
			.lease = &a->leases[i],
			.netns_fd = netns_fd,
			.taken = pooled && i == 0 ? POOL_LINK : NULL,
			.index = a->indexes[i],
			.gateway4 = gateway4 == (int)i,
			.gateway6 = gateway6 == (int)i,
		};

		r = link_make(engine, host, inner, &request, err);
		if (r == 0)
			r = attach_limit_rate(host, c, a->networks[i], &a->leases[i], a->owner,
					      err);
	}
	return r;
}

int net_fill(const struct container *c, const struct net_attachment *attachment, int netns_fd,
	     struct err *err)
{
	struct nl host cleanup_nl = NL_NONE, inner cleanup_nl = NL_NONE;
	int r = nl_open(NETLINK_ROUTE, &host, err);

	if (r == 0)
		r = netns_rtnl(netns_fd, &inner, err);
	return r < 0 ? r : make_links(NULL, c, attachment, netns_fd, &host, &inner, false, err);
}

int attach_target(const struct net_attachment *a, struct firewall_target *ret, struct err *err)
{
	struct firewall_target t = { 0 };

	for (size_t i = 0; i < a->count; i++) {
		const struct network *n = a->networks[i];

		if (n->internal || !link_driver_of(n)->has_bridge)
			continue;
		if (ip_is_set(&n->v4.subnet.ip) && !ip_is_set(&t.ip4)) {
			t.ip4 = a->leases[i].ip4;
			t.routed4 = n->v4.mode == NETWORK_ROUTED;
		}
		if (ip_is_set(&n->v6.subnet.ip) && !ip_is_set(&t.ip6)) {
			t.ip6 = a->leases[i].ip6;
			t.routed6 = n->v6.mode == NETWORK_ROUTED;
		}
	}
	if (!ip_is_set(&t.ip4) && !ip_is_set(&t.ip6))
		return err_invalid(err, "ports cannot be published on network %s: %s",
				   a->count ? a->networks[0]->name : "none",
				   a->count && a->networks[0]->internal
				       ? "it is internal"
				       : "its containers have addresses of the outer network");
	*ret = t;
	return 0;
}

static int open_ports(struct engine *engine, const struct container *c,
		      const struct net_attachment *a, const struct published *ports,
		      struct err *err)
{
	struct firewall_target target;
	int r;

	if (ports->count == 0)
		return 0;
	r = attach_target(a, &target, err);
	if (r == 0)
		r = firewall_add_ports(engine, ports->rows, ports->count, &target, err);
	if (r == 0)
		r = netd_hold(engine, c->id, ports->socks, ports->sock_count, err);
	return r;
}

int attach_move_gateway(const struct container *c, const struct net_attachment *a, struct nl *inner,
			struct err *err)
{
	int at = attach_gateway(c, a->networks, a->count, false), r = 0;

	if (at >= 0)
		r = link_set_gateway(inner, a->networks[at], a->leases[at].link, AF_INET, err);
	at = attach_gateway(c, a->networks, a->count, true);
	if (r == 0 && at >= 0)
		r = link_set_gateway(inner, a->networks[at], a->leases[at].link, AF_INET6, err);
	return r;
}

static bool has_bridge(const struct net_attachment *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (link_driver_of(a->networks[i])->has_bridge)
			return true;
	return false;
}

/* From the pool the first link only; the others are made beside it. */
static int take_pooled(struct engine *engine, const struct container *c, struct net_attachment *a,
		       struct nl *inner, char ret_host_link[IFNAMSIZ], struct err *err)
{
	int fd = -1, r;

	*ret_host_link = '\0';
	if (a->count == 0 || !link_driver_of(a->networks[0])->has_bridge ||
	    attach_has_own_userns(engine, c))
		return 0;
	r = netd_take(engine, a->networks[0]->id, &a->netns_fd, &fd, ret_host_link, err);
	if (r == 0)
		*inner = nl_take(fd);
	return r == -EAGAIN ? 0 : r;
}

static int attach(struct engine *engine, struct container *c, struct net_attachment *a,
		  struct published *ports, struct err *err)
{
	struct nl host cleanup_nl = NL_NONE, inner cleanup_nl = NL_NONE;
	char pooled[IFNAMSIZ];
	int r = has_bridge(a) ? netd_ensure(engine, err) : 0;

	if (r == 0)
		r = nl_open(NETLINK_ROUTE, &host, err);
	if (r == 0)
		r = bring_up(engine, &host, a, err);
	if (r == 0)
		r = take_pooled(engine, c, a, &inner, pooled, err);
	if (r == 0)
		r = take_all(engine, c, a, pooled, ports, err);
	if (r == 0 && !attach_has_own_userns(engine, c)) {
		if (a->netns_fd < 0)
			r = netns_make(&a->netns_fd, &inner, err);
		if (r == 0)
			r = make_links(engine, c, a, a->netns_fd, &host, &inner, *pooled, err);
	}
	if (r == 0)
		r = open_ports(engine, c, a, ports, err);
	if (r == 0 && has_bridge(a))
		netd_wake(engine);
	return r;
}

int net_attach(struct engine *engine, struct container *c, struct net_attachment **ret,
	       struct err *err)
{
	struct published ports cleanup_published = { 0 };
	struct net_attachment *a cleanup_with(attachment_free_ptr) = NULL;
	int r;

	*ret = NULL;
	if (!attach_has_network(c))
		return 0;
	a = calloc(1, sizeof(*a));
	if (!a)
		return err_oom(err);
	a->netns_fd = -1;
	a->owner = engine->root->cgroup_parent;
	r = find_networks(engine, c, a, err);
	if (r == 0)
		r = attach(engine, c, a, &ports, err);
	if (r < 0) {
		net_detach(engine, c, NULL);
		return r;
	}
	a->port_count = ports.count;
	a->ports = take_ptr(&ports.rows);
	*ret = take_ptr(&a);
	return 0;
}
