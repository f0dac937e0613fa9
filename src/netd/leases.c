/* SPDX-License-Identifier: Apache-2.0 */
/* A lease ends with its container's run: the clean-up gives it back. That of a killed clean-up is
 * given back here. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "engine/container/life.h"
#include "engine/net/attach.h"
#include "netd/netd.h"

static bool runs(const struct container *c)
{
	return c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED;
}

/* Of a container that is no more. */
static int release_rows(struct netd *netd, const char *id, struct err *err)
{
	struct store *store;
	int r = engine_store(netd->engine, &store, err);

	return r < 0 ? r : store_network_release(store, id, err);
}

/* Loading repairs: a lost monitor is replaced, an unfinished run finished, with its leases. */
static void look_after(struct netd *netd, const char *id)
{
	struct container *c cleanup_container = NULL;
	struct err err = { 0 };
	int r = container_load(netd->engine, id, false, &c, &err);

	if (r < 0 && r != -ENOENT) {
		log_warn("container %s: %s", id, err.text);
		return;
	}
	if (r == 0) {
		if (runs(c) || container_try_lock(netd->engine, c, &err) != 0)
			return;
		r = container_refresh(netd->engine, c, &err);
		if (r < 0 || runs(c))
			return;
	}
	r = c ? net_detach(netd->engine, c, &err) : release_rows(netd, id, &err);
	if (r < 0)
		log_warn("container %s: its addresses: %s", id, err.text);
	else
		log_info("container %s: its addresses are given back", id);
}

void leases_sweep(struct netd *netd)
{
	struct lease_row *leases;
	struct err err = { 0 };
	struct store *store;
	size_t count;
	int r = engine_store(netd->engine, &store, &err);

	if (r == 0)
		r = store_lease_list(store, NULL, NULL, &leases, &count, &err);
	if (r < 0) {
		log_warn("leases: %s", err.text);
		return;
	}
	netd_own_limit(false);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(leases[i].container, leases[i - 1].container) != 0)
			look_after(netd, leases[i].container);
	netd_own_limit(true);
	lease_list_free(leases, count);
}
