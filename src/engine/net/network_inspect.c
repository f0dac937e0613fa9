/* SPDX-License-Identifier: Apache-2.0 */
/* What a network is in use for, and its end. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/container.h"
#include "engine/container/event.h"
#include "engine/net/ipam.h"
#include "engine/net/netd.h"
#include "engine/net/network_internal.h"
#include "engine/net/rundir.h"
#include "engine/net/shared.h"

struct leases {
	struct lease_row *rows;
	size_t count;
};

static void leases_clear(struct leases *l)
{
	lease_list_free(l->rows, l->count);
}

static json_t *describe(const struct network *n, const struct lease_row *lease, const char *name)
{
	struct ip_prefix v4 = ipam_prefix(&n->v4, &lease->ip4);
	struct ip_prefix v6 = ipam_prefix(&n->v6, &lease->ip6);
	char text4[IP_PREFIX_TEXT], text6[IP_PREFIX_TEXT], mac[MAC_TEXT];

	return json_pack("{ss ss ss ss ss}", "Name", name, "EndpointID", lease->endpoint,
			 "MacAddress", mac_format(lease->mac, mac), "IPv4Address",
			 ip_is_set(&lease->ip4) ? ip_prefix_format(&v4, text4) : "", "IPv6Address",
			 ip_is_set(&lease->ip6) ? ip_prefix_format(&v6, text6) : "");
}

/* Loading a container finishes a run that was cut off, which gives its leases back: so only those
 * of who runs, or is just starting, are left. 1: it is one. */
static int uses(struct engine *engine, struct store *store, const char *id, struct container **ret,
		struct err *err)
{
	struct err why = { 0 };
	int r = container_load(engine, id, false, ret, &why);

	if (r < 0 && why.class == ERR_NOT_FOUND) {
		r = store_network_release(store, id, err);
		return r < 0 ? r : 0;
	}
	if (r < 0) {
		if (err)
			*err = why;
		return r;
	}
	return 1;
}

static int list_containers(struct engine *engine, const struct network *n, json_t *into,
			   struct err *err)
{
	struct leases leases cleanup_with(leases_clear) = { 0 };
	struct store *store;
	size_t i;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_lease_list(store, n->id, NULL, &leases.rows, &leases.count, err);
	for (i = 0; r >= 0 && i < leases.count; i++) {
		struct container *c cleanup_container = NULL;

		r = uses(engine, store, leases.rows[i].container, &c, err);
		if (r <= 0 || (c->status != CONTAINER_RUNNING && c->status != CONTAINER_PAUSED))
			continue;
		json_object_set_new(into, c->id, describe(n, &leases.rows[i], c->name));
	}
	return r < 0 ? r : 0;
}

int network_inspect(struct engine *engine, const struct network *network, json_t **ret,
		    struct err *err)
{
	json_t *out cleanup_json = json_object(), *containers = json_object(), *value;
	const char *key;
	int r;

	if (!out || !containers)
		return err_oom(err);
	/* in Docker's order: before the options */
	json_object_foreach (network->doc, key, value) {
		if (str_eq(key, NETWORK_FROM_POOL))
			continue;
		if (str_eq(key, "Options"))
			json_object_set_new(out, "Containers", containers);
		json_object_set(out, key, value);
	}
	if (json_object_get(out, "Containers") != containers)
		json_object_set_new(out, "Containers", containers);
	r = list_containers(engine, network, containers, err);
	if (r == 0)
		*ret = take_ptr(&out);
	return r;
}

static int refuse_used(struct engine *engine, struct store *store, const struct network *network,
		       struct err *err)
{
	struct leases leases cleanup_with(leases_clear) = { 0 };
	struct buf names cleanup_buf = BUF_INIT(512);
	size_t i, count = 0;
	int r = store_lease_list(store, network->id, NULL, &leases.rows, &leases.count, err);

	for (i = 0; r >= 0 && i < leases.count; i++) {
		struct container *c cleanup_container = NULL;

		r = uses(engine, store, leases.rows[i].container, &c, err);
		if (r > 0)
			buf_printf(&names, "%s%s", count++ ? ", " : "", c->name);
	}
	if (r < 0 || count == 0)
		return r < 0 ? r : 0;
	return err_set(err, ERR_CONFLICT, EBUSY, "network %s has active endpoints: %s%s",
		       network->name, buf_str(&names), names.failed ? " and more" : "");
}

int network_remove(struct engine *engine, struct network *network, struct err *err)
{
	int lock cleanup_fd = -1;
	struct store *store;
	int r;

	if (network_is_predefined(network->name))
		return err_set(err, ERR_DENIED, EPERM,
			       "%s is a pre-defined network and cannot be "
			       "removed",
			       network->name);
	r = engine_store(engine, &store, err);
	if (r == 0)
		r = refuse_used(engine, store, network, err);
	if (r == 0)
		r = net_lock(engine, &lock, err);
	/* the row first: who starts now finds no network, and a link without one is nobody's */
	if (r == 0)
		r = store_network_remove(store, network->id, err);
	if (r == 0)
		r = shared_remove_idle(engine, err);
	if (r < 0)
		return r;
	netd_wake(engine);
	engine_event(engine, "network", "destroy", network->id, NULL,
		     json_pack("{ss ss}", "name", network->name, "type", network->driver));
	return 0;
}
