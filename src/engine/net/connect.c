/* SPDX-License-Identifier: Apache-2.0 */
/* network connect, network disconnect. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/event.h"
#include "engine/container/files.h"
#include "engine/container/member.h"
#include "engine/net/attach_internal.h"
#include "engine/net/bridge.h"
#include "engine/net/endpoint.h"
#include "engine/net/links.h"
#include "engine/net/netd.h"
#include "engine/net/rate.h"
#include "engine/root/root.h"
#include "engine/store/containers.h"
#include "linux/netns.h"
#include "linux/ns.h"
#include "linux/pidfd.h"

static int check_mode(const struct container *c, struct err *err)
{
	const char *mode = member_str(json_object_get(c->config, "HostConfig"), "NetworkMode");

	if (str_eq(mode, "host"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "container cannot be connected to or disconnected from networks: it "
			       "has the host's");
	if (str_starts(mode, "container:"))
		return err_set(err, ERR_CONFLICT, EINVAL,
			       "container shares another container's network and cannot be "
			       "connected to one");
	return 0;
}

/* The document first in memory; `store_it` makes it so. */
static json_t *networks_of(struct container *c)
{
	json_t *networks = json_object_get(c->config, "Networks");

	if (networks)
		return networks;
	json_object_set_new(c->config, "Networks", json_object());
	return json_object_get(c->config, "Networks");
}

static int store_config(struct engine *engine, struct container *c, struct err *err)
{
	char *text cleanup_free = js_dump(c->config, JSON_COMPACT);
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r < 0)
		return r;
	return text ? store_container_set_config(store, c->id, text, err) : err_oom(err);
}

/* --- a running container -----------------------------------------------------------------------
 */

/* Asked only behind the open: while the process lived until then, the pid was nobody else's. */
static int open_netns(struct container *c, int *ret_fd, struct nl *ret_inner, struct err *err)
{
	int fd cleanup_fd = -1, r = ns_open(c->state.pid, CLONE_NEWNET, &fd, err);

	if (r < 0 || process_life(c->state.pid, c->state.start_time) != PROCESS_ALIVE)
		return err_set(err, ERR_CONFLICT, ESRCH, "container %s is not running", c->name);
	if (r == 0)
		r = netns_rtnl(fd, ret_inner, err);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

static int free_position(const struct net_attachment *a)
{
	int position = 0;

	for (size_t i = 0; i < a->count; i++)
		if (a->leases[i].position >= position)
			position = a->leases[i].position + 1;
	return position;
}

static int take_lease(struct engine *engine, struct container *c, const struct network *network,
		      const json_t *settings, const struct net_attachment *a, struct lease_row *ret,
		      struct err *err)
{
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_begin(store, err);
	if (r < 0)
		return r;
	r = attach_lease(engine, c, network, settings, free_position(a), "", ret, err);
	if (r == 0)
		return store_end(store, true, err);
	store_end(store, false, NULL);
	return r;
}

/* The default route changes hands where the new network has a higher priority, or there was none.
 */
static int connect_now(struct engine *engine, struct container *c, struct network *network,
		       const json_t *settings, struct err *err)
{
	struct net_attachment a cleanup_with(attach_clear) = { .netns_fd = -1 };
	struct lease_row lease cleanup_with(lease_row_clear) = { 0 };
	struct nl host cleanup_nl = NL_NONE, inner cleanup_nl = NL_NONE;
	struct network **all cleanup_free = NULL;
	struct link_request request = { .network = network, .lease = &lease };
	struct store *store;
	int r = attach_load(engine, c->id, &a, err);

	if (r == 0)
		r = open_netns(c, &a.netns_fd, &inner, err);
	if (r == 0)
		r = nl_open(NETLINK_ROUTE, &host, err);
	if (r == 0 && link_driver_of(network)->has_bridge)
		r = netd_ensure(engine, err);
	if (r == 0)
		r = link_driver_of(network)->up(engine, &host, network, &request.index, err);
	if (r == 0)
		r = take_lease(engine, c, network, settings, &a, &lease, err);
	if (r < 0)
		return r;
	all = calloc(a.count + 1, sizeof(*all));
	if (!all)
		return err_oom(err);
	if (a.count > 0)
		memcpy(all, a.networks, a.count * sizeof(*all));
	all[a.count] = network;
	request.netns_fd = a.netns_fd;
	request.gateway4 = attach_gateway(c, all, a.count + 1, false) == (int)a.count;
	request.gateway6 = attach_gateway(c, all, a.count + 1, true) == (int)a.count;
	r = link_make(engine, &host, &inner, &request, err);
	if (r == 0)
		r = attach_limit_rate(&host, c, network, &lease, engine->root->cgroup_parent, err);
	if (r < 0 && engine_store(engine, &store, NULL) == 0) {
		link_remove(&inner, lease.link, NULL);
		store_lease_remove(store, network->id, c->id, NULL);
	}
	return r;
}

/* What shapes its rate does not go with the link. */
static void forget_rate(const struct container *c, const struct lease_row *lease)
{
	struct nl host cleanup_nl = NL_NONE;

	if (json_is_object(json_object_get(json_object_get(c->config, "HostConfig"), "NetRate")) &&
	    *lease->host_link && nl_open(NETLINK_ROUTE, &host, NULL) == 0)
		rate_remove(&host, lease->host_link, NULL);
}

static int disconnect_now(struct engine *engine, struct container *c, const struct network *network,
			  struct err *err)
{
	struct net_attachment a cleanup_with(attach_clear) = { .netns_fd = -1 };
	struct firewall_target old = { 0 }, new = { 0 };
	struct nl inner cleanup_nl = NL_NONE;
	struct store *store;
	size_t at = 0;
	int r = attach_load(engine, c->id, &a, err);

	if (r == 0)
		r = engine_store(engine, &store, err);
	if (r == 0)
		r = open_netns(c, &a.netns_fd, &inner, err);
	if (r < 0)
		return r;
	while (at < a.count && !str_eq(a.networks[at]->id, network->id))
		at++;
	if (at == a.count)
		return 0;
	if (a.port_count > 0 && attach_target(&a, &old, NULL) == 0)
		r = firewall_remove_ports(engine, a.ports, a.port_count, &old, err);
	if (r == 0)
		r = link_remove(&inner, a.leases[at].link, err);
	forget_rate(c, &a.leases[at]);
	if (r == 0)
		r = store_lease_remove(store, network->id, c->id, err);
	if (r < 0)
		return r;
	network_free(a.networks[at]);
	lease_row_clear(&a.leases[at]);
	a.count--;
	memmove(&a.networks[at], &a.networks[at + 1], (a.count - at) * sizeof(*a.networks));
	memmove(&a.leases[at], &a.leases[at + 1], (a.count - at) * sizeof(*a.leases));
	/* what is left takes over: the default route, the published ports */
	if (a.port_count > 0 && attach_target(&a, &new, NULL) == 0)
		r = firewall_add_ports(engine, a.ports, a.port_count, &new, err);
	if (r == 0)
		r = attach_move_gateway(c, &a, &inner, err);
	return r;
}

static void tell(struct engine *engine, const struct container *c, const struct network *network,
		 const char *action)
{
	engine_event(engine, "network", action, network->id, NULL,
		     json_pack("{ss ss ss}", "container", c->id, "name", network->name, "type",
			       network->driver));
}

/* --- both --------------------------------------------------------------------------------------
 */

int net_connect(struct engine *engine, struct container *c, const char *what,
		const json_t *settings, struct err *err)
{
	struct network *network cleanup_network = NULL;
	json_t *host = json_object_get(c->config, "HostConfig"), *checked;
	int r = check_mode(c, err);

	if (r == 0)
		r = network_find(engine, what, &network, err);
	if (r < 0)
		return r;
	if (!link_driver_of(network))
		return err_invalid(err, "a container cannot be connected to network %s",
				   network->name);
	if (json_object_get(networks_of(c), network->name))
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "endpoint with name %s already exists in network %s", c->name,
			       network->name);
	r = endpoint_check(network, settings, &checked, err);
	if (r < 0)
		return r;
	if (str_eq(member_str(host, "NetworkMode"), "none"))
		json_object_set_new(host, "NetworkMode", json_string(network->name));
	json_object_set_new(networks_of(c), network->name, checked);
	if (container_is_up(c))
		r = connect_now(engine, c, network, attach_settings(c, network->name), err);
	if (r == 0)
		r = store_config(engine, c, err);
	if (r == 0 && container_is_up(c))
		r = files_refresh(engine, c, err);
	netd_wake(engine);
	if (r == 0)
		tell(engine, c, network, "connect");
	return r;
}

int net_disconnect(struct engine *engine, struct container *c, const char *what, bool force,
		   struct err *err)
{
	struct network *network cleanup_network = NULL;
	json_t *networks = networks_of(c);
	int r = check_mode(c, err);

	if (r == 0)
		r = network_find(engine, what, &network, err);
	if (r < 0)
		return r;
	if (!json_object_get(networks, network->name))
		return err_set(err, ERR_CONFLICT, ENOENT,
			       "container %s is not connected to network %s", c->name,
			       network->name);
	if (container_is_up(c)) {
		r = disconnect_now(engine, c, network, err);
		if (r < 0 && !force)
			return r;
	}
	json_object_del(networks, network->name);
	r = store_config(engine, c, err);
	if (r == 0 && container_is_up(c))
		r = files_refresh(engine, c, err);
	netd_wake(engine);
	if (r == 0)
		tell(engine, c, network, "disconnect");
	return r;
}
