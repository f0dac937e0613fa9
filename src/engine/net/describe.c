/* SPDX-License-Identifier: Apache-2.0 */
/* What inspect, ps and port tell of a container's networks. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/net/attach_internal.h"
#include "engine/net/links.h"
#include "engine/net/publish.h"

/* --- ports ------------------------------------------------------------------------------------ */

static int add_port(json_t *ports, int proto, uint16_t target, const struct ip *host,
		    uint16_t number)
{
	char key[16], address[IP_TEXT], text[8];
	json_t *list;

	snprintf(key, sizeof(key), "%u/%s", target, publish_proto_name(proto));
	snprintf(text, sizeof(text), "%u", number);
	list = json_object_get(ports, key);
	if (!json_is_array(list)) {
		json_object_set_new(ports, key, json_array());
		list = json_object_get(ports, key);
	}
	return json_array_append_new(
	    list, json_pack("{ss ss}", "HostIp", ip_format(host, address), "HostPort", text));
}

int net_ports_describe(struct engine *engine, const struct container *c, json_t **ret,
		       struct err *err)
{
	const json_t *exposed =
	    json_object_get(json_object_get(c->config, "Config"), "ExposedPorts");
	struct port_row *rows cleanup_free = NULL;
	json_t *ports cleanup_json = json_object(), *value;
	size_t count = 0;
	struct store *store;
	const char *key;
	int r = 0;

	if (!ports)
		return err_oom(err);
	if (container_is_up(c)) {
		json_object_foreach ((json_t *)exposed, key, value)
			json_object_set_new(ports, key, json_null());
		r = engine_store(engine, &store, err);
		if (r == 0)
			r = store_port_list(store, c->id, &rows, &count, err);
	}
	for (size_t i = 0; r == 0 && i < count; i++)
		for (uint32_t at = 0; r == 0 && at <= (uint32_t)rows[i].last - rows[i].first; at++)
			r = add_port(ports, rows[i].proto, (uint16_t)(rows[i].target + at),
				     &rows[i].host, (uint16_t)(rows[i].first + at));
	if (r < 0)
		return err && err->code ? r : err_oom(err);
	*ret = take_ptr(&ports);
	return 0;
}

/* --- networks --------------------------------------------------------------------------------- */

static json_t *or_null(const json_t *settings, const char *member)
{
	json_t *value = json_object_get(settings, member);

	return value ? json_incref(value) : json_null();
}

static json_t *asked_for(const json_t *settings, const char *network_id)
{
	return json_pack(
	    "{so so so ss so sI ss ss ss ss si ss ss si sn}", "IPAMConfig",
	    or_null(settings, "IPAMConfig"), "Links", json_null(), "Aliases",
	    or_null(settings, "Aliases"), "MacAddress", member_str(settings, "MacAddress"),
	    "DriverOpts", or_null(settings, "DriverOpts"), "GwPriority",
	    (json_int_t)member_int(settings, "GwPriority"), "NetworkID", network_id, "EndpointID",
	    "", "Gateway", "", "IPAddress", "", "IPPrefixLen", 0, "IPv6Gateway", "",
	    "GlobalIPv6Address", "", "GlobalIPv6PrefixLen", 0, "DNSNames");
}

static json_t *dns_names(const struct container *c, const struct lease_row *lease)
{
	const char *hostname = member_str(json_object_get(c->config, "Config"), "Hostname");
	json_t *names = json_array(), *alias;
	char short_id[13];
	size_t i;

	snprintf(short_id, sizeof(short_id), "%.12s", c->id);
	json_array_append_new(names, json_string(c->name));
	json_array_foreach (lease->aliases, i, alias)
		json_array_append(names, alias);
	json_array_append_new(names, json_string(short_id));
	if (*hostname && !str_eq(hostname, short_id))
		json_array_append_new(names, json_string(hostname));
	return names;
}

static void set_text(json_t *object, const char *member, const char *text)
{
	json_object_set_new(object, member, json_string(text));
}

static void add_force(const struct container *c, const struct network *network,
		      const struct lease_row *lease, json_t *out)
{
	bool gateway = !network->internal || link_driver_of(network)->has_bridge;
	char text[IP_TEXT], mac[MAC_TEXT];

	set_text(out, "EndpointID", lease->endpoint);
	set_text(out, "MacAddress", mac_format(lease->mac, mac));
	if (ip_is_set(&lease->ip4)) {
		set_text(out, "IPAddress", ip_format(&lease->ip4, text));
		json_object_set_new(out, "IPPrefixLen", json_integer(network->v4.subnet.bits));
		if (gateway)
			set_text(out, "Gateway", ip_format(&network->v4.gateway, text));
	}
	if (ip_is_set(&lease->ip6)) {
		set_text(out, "GlobalIPv6Address", ip_format(&lease->ip6, text));
		json_object_set_new(out, "GlobalIPv6PrefixLen",
				    json_integer(network->v6.subnet.bits));
		if (gateway)
			set_text(out, "IPv6Gateway", ip_format(&network->v6.gateway, text));
	}
	if (!network_is_predefined(network->name))
		json_object_set_new(out, "DNSNames", dns_names(c, lease));
}

/* A mode without interfaces is a network too, with nothing to tell but its name. */
static int describe_mode(struct engine *engine, const struct container *c, json_t *out,
			 struct err *err)
{
	const char *mode = member_str(json_object_get(c->config, "HostConfig"), "NetworkMode");
	struct network *network cleanup_network = NULL;

	if (str_starts(mode, "container:") || json_object_get(c->config, "Networks"))
		return 0;
	if (network_find(engine, mode, &network, NULL) < 0) {
		json_object_set_new(out, mode, asked_for(NULL, ""));
		return 0;
	}
	return json_object_set_new(out, mode,
				   asked_for(NULL, container_is_up(c) ? network->id : "")) < 0
		   ? err_oom(err)
		   : 0;
}

int net_networks_describe(struct engine *engine, const struct container *c, json_t **ret,
			  struct err *err)
{
	json_t *out cleanup_json = json_object(), *settings, *entry;
	struct net_attachment a cleanup_with(attach_clear) = { .netns_fd = -1 };
	const char *name;
	int r = container_is_up(c) ? attach_load(engine, c->id, &a, err) : 0;

	if (r < 0)
		return r;
	json_object_foreach (json_object_get(c->config, "Networks"), name, settings)
		json_object_set_new(out, name, asked_for(settings, ""));
	for (size_t i = 0; i < a.count; i++) {
		name = a.networks[i]->name;
		entry = asked_for(attach_settings(c, name), a.networks[i]->id);
		if (!entry || json_object_set_new(out, name, entry) < 0)
			return err_oom(err);
		add_force(c, a.networks[i], &a.leases[i], entry);
	}
	if (json_object_size(out) == 0)
		r = describe_mode(engine, c, out, err);
	if (r == 0)
		*ret = take_ptr(&out);
	return r;
}
