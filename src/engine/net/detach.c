/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a run, and what is in force until then, from the store. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "engine/net/attach_internal.h"
#include "engine/net/netd.h"
#include "engine/net/rate.h"
#include "engine/net/rundir.h"
#include "engine/net/shared.h"

int attach_load(struct engine *engine, const char *container, struct net_attachment *ret,
		struct err *err)
{
	struct net_attachment a cleanup_with(attach_clear) = { .netns_fd = -1 };
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_lease_list(store, NULL, container, &a.leases, &a.count, err);
	if (r < 0)
		return r;
	a.networks = calloc(a.count + 1, sizeof(struct network *));
	if (!a.networks)
		r = err_oom(err);
	for (size_t i = 0; r == 0 && i < a.count; i++)
		r = network_find(engine, a.leases[i].network, &a.networks[i], err);
	if (r == 0)
		r = store_port_list(store, container, &a.ports, &a.port_count, err);
	if (r < 0)
		return r;
	*ret = a;
	a = (struct net_attachment){ .netns_fd = -1 };
	return 0;
}

int net_attachment_load(struct engine *engine, const char *container, struct net_attachment **ret,
			struct err *err)
{
	struct net_attachment *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return err_oom(err);
	r = attach_load(engine, container, a, err);
	if (r < 0) {
		free(a);
		return r;
	}
	net_attachment_free(*ret);
	*ret = a;
	return 0;
}

/* Where netd was killed nobody else comes by to do it. */
static void give_back_shared(struct engine *engine)
{
	int lock cleanup_fd = -1;

	if (net_lock(engine, &lock, NULL) == 0)
		shared_remove_idle(engine, NULL);
}

static void forget_rates(const struct container *c, const struct net_attachment *a)
{
	struct nl host cleanup_nl = NL_NONE;

	if (!json_is_object(json_object_get(attach_host_config(c), "NetRate")) ||
	    nl_open(NETLINK_ROUTE, &host, NULL) < 0)
		return;
	for (size_t i = 0; i < a->count; i++)
		if (*a->leases[i].host_link)
			rate_remove(&host, a->leases[i].host_link, NULL);
}

static int give_back(struct engine *engine, const char *container, struct err *err)
{
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_begin(store, err);
	if (r < 0)
		return r;
	r = store_network_release(store, container, err);
	if (r == 0)
		return store_end(store, true, err);
	store_end(store, false, NULL);
	return r;
}

/* The table's elements first: they are computed from the rows. Links of the host's side go with the
 * namespace, by themselves; only what shapes their rate stays. */
int net_detach(struct engine *engine, const struct container *c, struct err *err)
{
	struct net_attachment *a cleanup_with(attachment_free_ptr) = NULL;
	struct firewall_target target;
	int r;

	if (!attach_has_network(c))
		return 0;
	a = calloc(1, sizeof(*a));
	if (!a)
		return err_oom(err);
	r = attach_load(engine, c->id, a, err);
	if (r < 0 || (a->count == 0 && a->port_count == 0))
		return r;
	if (a->port_count > 0 && attach_target(a, &target, NULL) == 0)
		r = firewall_remove_ports(engine, a->ports, a->port_count, &target, err);
	forget_rates(c, a);
	if (r == 0)
		r = give_back(engine, c->id, err);
	if (!netd_wake(engine))
		give_back_shared(engine);
	return r;
}
