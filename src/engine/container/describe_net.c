/* SPDX-License-Identifier: Apache-2.0 */
/* NetworkSettings of inspect, and the ports of the list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/describe.h"
#include "engine/container/member.h"
#include "engine/net/attach.h"

/* Of the endpoint on the default network Docker shows these a second time, beside Networks. */
static const char *const doubled[] = { "EndpointID",	      "Gateway",   "GlobalIPv6Address",
				       "GlobalIPv6PrefixLen", "IPAddress", "IPPrefixLen",
				       "IPv6Gateway",	      "MacAddress" };

static void add_doubled(json_t *settings, const json_t *networks)
{
	const json_t *bridge = json_object_get(networks, "bridge");

	for (size_t i = 0; bridge && i < ARRAY_SIZE(doubled); i++)
		json_object_set(settings, doubled[i], json_object_get(bridge, doubled[i]));
}

/* The namespace is no file of ours: its path is that of the process that lives in it, and it is
 * named by the container, as each has one at most. */
static json_t *empty_settings(const struct container *c, json_t *ports, json_t *networks)
{
	const char *mode = member_str(json_object_get(c->config, "HostConfig"), "NetworkMode");
	bool up = c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED;
	bool own = up && !str_eq(mode, "host");
	char key[64] = "";

	if (own)
		snprintf(key, sizeof(key), "/proc/%d/ns/net", (int)c->state.pid);
	return json_pack("{ss ss ss sO sb ss si sn sn ss ss ss si ss si ss ss sO}", "Bridge", "",
			 "SandboxID", own ? c->id : "", "SandboxKey", key, "Ports", ports,
			 "HairpinMode", 0, "LinkLocalIPv6Address", "", "LinkLocalIPv6PrefixLen", 0,
			 "SecondaryIPAddresses", "SecondaryIPv6Addresses", "EndpointID", "",
			 "Gateway", "", "GlobalIPv6Address", "", "GlobalIPv6PrefixLen", 0,
			 "IPAddress", "", "IPPrefixLen", 0, "IPv6Gateway", "", "MacAddress", "",
			 "Networks", networks);
}

int describe_network_settings(struct engine *engine, const struct container *c, json_t **ret,
			      struct err *err)
{
	json_t *ports cleanup_json = NULL, *networks cleanup_json = NULL;
	int r = net_ports_describe(engine, c, &ports, err);

	if (r == 0)
		r = net_networks_describe(engine, c, &networks, err);
	if (r < 0)
		return r;
	*ret = empty_settings(c, ports, networks);
	if (!*ret)
		return err_oom(err);
	add_doubled(*ret, networks);
	return 0;
}

static int add_port(json_t *list, int number, const char *proto, const json_t *binding)
{
	const char *ip = member_str(binding, "HostIp");

	if (!binding)
		return json_array_append_new(
		    list, json_pack("{si ss}", "PrivatePort", number, "Type", proto));
	return json_array_append_new(
	    list, json_pack("{ss si si ss}", "IP", ip, "PrivatePort", number, "PublicPort",
			    atoi(member_str(binding, "HostPort")), "Type", proto));
}

int describe_port_list(struct engine *engine, const struct container *c, json_t **ret,
		       struct err *err)
{
	json_t *ports cleanup_json = NULL, *list cleanup_json = json_array();
	json_t *bindings, *binding;
	const char *key, *proto;
	size_t i;
	int r = list ? net_ports_describe(engine, c, &ports, err) : err_oom(err);

	if (r < 0)
		return r;
	json_object_foreach (ports, key, bindings) {
		proto = strchr(key, '/') ? strchr(key, '/') + 1 : "tcp";
		if (json_array_size(bindings) == 0 && add_port(list, atoi(key), proto, NULL) < 0)
			return err_oom(err);
		json_array_foreach (bindings, i, binding)
			if (add_port(list, atoi(key), proto, binding) < 0)
				return err_oom(err);
	}
	*ret = take_ptr(&list);
	return 0;
}
