/* SPDX-License-Identifier: Apache-2.0 */
/* What a container gets of one network: addresses, a MAC address, names. */
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

static int wanted_address(const json_t *settings, const char *member, struct ip *ret,
			  struct err *err)
{
	const char *text = member_str(json_object_get(settings, "IPAMConfig"), member);

	*ret = (struct ip){ 0 };
	if (*text && !ip_parse(text, ret))
		return err_invalid(err, "invalid address: \"%s\"", text);
	return 0;
}

static int choose_mac(const struct container *c, const json_t *settings, int position,
		      struct lease_row *lease, struct err *err)
{
	const char *text = member_str(settings, "MacAddress");

	if (!*text && position == 0)
		text = member_str(json_object_get(c->config, "Config"), "MacAddress");
	if (!*text)
		ipam_mac(lease, lease->mac);
	else if (!mac_parse(text, lease->mac))
		return err_invalid(err, "invalid MAC address: \"%s\"", text);
	return 0;
}

/* The default network has no names, as with Docker: who is there did not choose its neighbours. */
static int add_names(struct store *store, const struct container *c, const struct network *network,
		     const struct lease_row *lease, struct err *err)
{
	const char *hostname = member_str(json_object_get(c->config, "Config"), "Hostname");
	char short_id[13];
	json_t *alias;
	size_t i;
	int r;

	if (network_is_predefined(network->name) || !link_driver_of(network)->has_bridge)
		return 0;
	snprintf(short_id, sizeof(short_id), "%.12s", c->id);
	r = store_name_add(store, network->id, c->name, c->id, err);
	if (r == 0)
		r = store_name_add(store, network->id, short_id, c->id, err);
	if (r == 0 && *hostname)
		r = store_name_add(store, network->id, hostname, c->id, err);
	json_array_foreach (lease->aliases, i, alias)
		if (r == 0)
			r = store_name_add(store, network->id, json_string_value(alias), c->id,
					   err);
	return r;
}

int attach_lease(struct engine *engine, const struct container *c, const struct network *network,
		 const json_t *settings, int position, const char *host_link, struct lease_row *ret,
		 struct err *err)
{
	struct lease_row lease cleanup_with(lease_row_clear) = { .position = position };
	struct ip want4, want6;
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = wanted_address(settings, "IPv4Address", &want4, err);
	if (r == 0)
		r = wanted_address(settings, "IPv6Address", &want6, err);
	if (r < 0)
		return r;
	memcpy(lease.network, network->id, sizeof(lease.network));
	memcpy(lease.container, c->id, sizeof(lease.container));
	snprintf(lease.link, sizeof(lease.link), "eth%d", position);
	snprintf(lease.host_link, sizeof(lease.host_link), "%s", host_link);
	if (str_random_hex(lease.endpoint, 32) < 0)
		return err_sys(err, EIO, "getrandom");
	if (json_is_array(json_object_get(settings, "Aliases")))
		lease.aliases = json_deep_copy(json_object_get(settings, "Aliases"));
	if (!*host_link && link_driver_of(network)->has_bridge)
		r = bridge_veth_name(lease.host_link, err);
	if (r == 0)
		r = ipam_take(store, network, &want4, &want6, &lease, err);
	if (r == 0)
		r = choose_mac(c, settings, position, &lease, err);
	if (r == 0)
		r = store_lease_add(store, &lease, err);
	if (r == 0)
		r = add_names(store, c, network, &lease, err);
	if (r < 0)
		return r;
	*ret = lease;
	lease = (struct lease_row){ 0 };
	return 0;
}
