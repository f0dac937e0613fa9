/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/ip.h"
#include "base/json.h"
#include "cli/run/run.h"
#include "cli/verbs/verbs.h"
#include "engine/net/network.h"

struct network_options {
	const char *driver, *ipam_driver, *scope;
	bool internal, ipv4, ipv6, attachable;
	struct strv subnet, gateway, ip_range, aux, opt, label;
};

static const struct network_options defaults = { .driver = "bridge", .ipv4 = true };

#define NET(member, name, letter, kind, arg, help, complete) \
	OPT(network_options, member, name, letter, kind, arg, help, complete)

static const struct cli_option options[] = {
	NET(attachable, "attachable", 0, CLI_BOOL, NULL,
	    "Accepted: containers can be attached by hand to every network", NULL),
	NET(aux, "aux-address", 0, CLI_LIST, "map",
	    "NAME=ADDRESS that no container gets, as it is taken", NULL),
	OPT_REFUSED("config-from", 0, "networks of swarms do not exist here"),
	OPT_REFUSED_BOOL("config-only", 0, "networks of swarms do not exist here"),
	NET(driver, "driver", 'd', CLI_STRING, "string", "bridge (default), macvlan or ipvlan",
	    "bridge macvlan ipvlan"),
	NET(gateway, "gateway", 0, CLI_LIST, "ip",
	    "The bridge's own address (default: the subnet's first)", NULL),
	OPT_REFUSED_BOOL("ingress", 0, "networks of swarms do not exist here"),
	NET(internal, "internal", 0, CLI_BOOL, NULL, "Nothing leads out of it", NULL),
	NET(ip_range, "ip-range", 0, CLI_LIST, "prefix",
	    "The part of the subnet that containers get addresses from", NULL),
	OPT_REFUSED("ipam-driver", 0, "addresses are given out by the engine itself"),
	OPT_REFUSED("ipam-opt", 0, "addresses are given out by the engine itself"),
	NET(ipv4, "ipv4", 0, CLI_BOOL, NULL, "IPv4 addresses (default true)", NULL),
	NET(ipv6, "ipv6", 0, CLI_BOOL, NULL, "IPv6 addresses too", NULL),
	NET(label, "label", 0, CLI_LIST, "list", "A label KEY=VALUE", NULL),
	NET(opt, "opt", 'o', CLI_LIST, "map",
	    "Options of the driver: mtu=, name= (of the bridge), icc=, parent=, macvlan_mode=, "
	    "ipvlan_mode=, and com.docker.network.*",
	    "mtu= name= icc= parent= macvlan_mode= ipvlan_mode="),
	NET(scope, "scope", 0, CLI_STRING, "string", "local", "local"),
	NET(subnet, "subnet", 0, CLI_LIST, "prefix",
	    "Its addresses, as 10.5.0.0/24; one of IPv4 and one of IPv6 (default: a free one)",
	    NULL),
	{ 0 },
};

static json_t *subnet_of(json_t *configs, const struct ip *ip)
{
	struct ip_prefix prefix;
	json_t *config;
	size_t i;

	json_array_foreach (configs, i, config)
		if (ip_prefix_parse(json_string_value(json_object_get(config, "Subnet")),
				    &prefix) &&
		    ip_prefix_contains(&prefix, ip))
			return config;
	return NULL;
}

/* A gateway, a range, an address belongs to the subnet that it is in. */
static int find_subnet(json_t *configs, const char *flag, const char *text, bool prefix,
		       json_t **ret, struct err *err)
{
	struct ip_prefix p;

	if (prefix ? !ip_prefix_parse(text, &p) : !ip_parse(text, &p.ip))
		return err_invalid(err, "invalid %s: \"%s\"", flag, text);
	*ret = subnet_of(configs, &p.ip);
	if (!*ret)
		return err_invalid(err, "%s %s: no --subnet that it is in", flag, text);
	return 0;
}

static int add_each(json_t *configs, const struct strv *list, const char *flag, const char *member,
		    struct err *err)
{
	json_t *config = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->count; i++) {
		r = find_subnet(configs, flag, list->items[i], str_eq(member, "IPRange"), &config,
				err);
		if (r == 0 && json_object_get(config, member))
			return err_invalid(err, "%s %s: the subnet has one already", flag,
					   list->items[i]);
		if (r == 0)
			r = run_set_str(config, member, list->items[i], err);
	}
	return r;
}

static int add_aux(json_t *configs, const struct strv *list, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->items[i], *equals = strchr(text, '=');
		char *name cleanup_free = strndup(text, equals ? (size_t)(equals - text) : 0);
		json_t *config, *map;
		int r;

		if (!name)
			return err_oom(err);
		if (!*name)
			return err_invalid(err, "--aux-address: \"%s\" is not NAME=ADDRESS", text);
		r = find_subnet(configs, "--aux-address", equals + 1, false, &config, err);
		if (r < 0)
			return r;
		map = json_object_get(config, "AuxiliaryAddresses");
		if (!map) {
			map = json_object();
			json_object_set_new(config, "AuxiliaryAddresses", map);
		}
		r = run_set_str(map, name, equals + 1, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_ipam(const struct network_options *v, json_t *request, struct err *err)
{
	json_t *configs = json_array();
	int r = run_set(request, "IPAM", json_pack("{so}", "Config", configs), err);

	for (size_t i = 0; r == 0 && i < v->subnet.count; i++) {
		const char *text = v->subnet.items[i];
		struct ip_prefix p;

		if (!ip_prefix_parse(text, &p))
			return err_invalid(err, "invalid --subnet: \"%s\"", text);
		json_array_append_new(configs, json_pack("{ss}", "Subnet", text));
	}
	if (r == 0)
		r = add_each(configs, &v->ip_range, "--ip-range", "IPRange", err);
	if (r == 0)
		r = add_each(configs, &v->gateway, "--gateway", "Gateway", err);
	return r < 0 ? r : add_aux(configs, &v->aux, err);
}

static int make_request(const struct network_options *v, const char *name, json_t **ret,
			struct err *err)
{
	json_t *request cleanup_json =
	    json_pack("{sb sb sb sb}", "Internal", v->internal, "Attachable", v->attachable,
		      "EnableIPv4", v->ipv4, "EnableIPv6", v->ipv6);
	json_t *labels = json_object();
	int r = run_set(request, "Labels", labels, err);

	if (r == 0)
		r = run_set_str(request, "Name", name, err);
	if (r == 0)
		r = run_set_str(request, "Driver", v->driver, err);
	if (r == 0)
		r = run_set_str(request, "Scope", v->scope, err);
	if (r == 0)
		r = run_set_map(request, "Options", &v->opt, "--opt", true, err);
	if (r == 0)
		r = run_labels(&(struct strv){ 0 }, &v->label, labels, err);
	if (r == 0)
		r = add_ipam(v, request, err);
	if (r == 0)
		*ret = take_ptr(&request);
	return r;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	json_t *request cleanup_json = NULL;
	struct engine *engine;
	char id[65];
	int r = make_request(values, argv[0], &request, err);

	if (r == 0)
		r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = network_create(engine, request, id, err);
	if (r < 0)
		return r;
	printf("%s\n", id);
	return EXIT_SUCCESS;
}

const struct cli_verb verb_network_create = {
	.name = "network create",
	.usage = "[OPTIONS] NETWORK",
	.summary = "Make a network",
	.description =
	    "Containers on a bridge reach each other, by name too, and what the host reaches; "
	    "containers of different networks do not reach each other. The bridge itself is made "
	    "when the first container starts. macvlan and ipvlan put containers into the network "
	    "of an interface of the host (--opt parent=).",
	.tables = { options },
	.min_args = 1,
	.max_args = 1,
	.values_size = sizeof(struct network_options),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
};
