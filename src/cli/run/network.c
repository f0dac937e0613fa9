/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --network, as often as wanted, and what belongs to its first:
 *
 *     NAME
 *     name=NAME,ip=…,ip6=…,mac-address=…,alias=…,driver-opt=KEY=VALUE,gw-priority=N
 *     NAME:ip=…,mac=…,alias=…
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/run/run.h"

/* An object within an object, made where it is missing. */
static json_t *within(json_t *object, const char *key)
{
	json_t *inner = json_object_get(object, key);

	if (inner)
		return inner;
	inner = json_object();
	return json_object_set_new(object, key, inner) < 0 ? NULL : inner;
}

static int set_once(json_t *object, const char *key, const char *value, const char *what,
		    struct err *err)
{
	if (!object)
		return err_oom(err);
	if (json_object_get(object, key))
		return err_invalid(err, "conflicting options: %s is given twice for one network",
				   what);
	if (!*value)
		return err_invalid(err, "%s: no value is given", what);
	return run_set_str(object, key, value, err);
}

int run_endpoint_alias(json_t *endpoint, const char *alias, struct err *err)
{
	json_t *list = json_object_get(endpoint, "Aliases"), *text = json_string(alias);

	if (!text)
		return err_invalid(err, "alias: not UTF-8");
	if (!list) {
		list = json_array();
		json_object_set_new(endpoint, "Aliases", list);
	}
	return json_array_append_new(list, text) < 0 ? err_oom(err) : 0;
}

int run_endpoint_option(json_t *endpoint, const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');
	char *key cleanup_free = strndup(text, equals ? (size_t)(equals - text) : 0);
	json_t *map = within(endpoint, "DriverOpts");

	if (!key || !map)
		return err_oom(err);
	if (!*key)
		return err_invalid(err, "driver option \"%s\" is not KEY=VALUE", text);
	return run_set(map, key, json_string(equals + 1), err);
}

int run_endpoint_set(json_t *endpoint, const char *key, const char *value, struct err *err)
{
	int64_t number;
	int r;

	if (str_eq(key, "alias"))
		return run_endpoint_alias(endpoint, value, err);
	if (str_eq(key, "ip"))
		return set_once(within(endpoint, "IPAMConfig"), "IPv4Address", value, key, err);
	if (str_eq(key, "ip6"))
		return set_once(within(endpoint, "IPAMConfig"), "IPv6Address", value, key, err);
	if (str_eq(key, "mac-address") || str_eq(key, "mac"))
		return set_once(endpoint, "MacAddress", value, key, err);
	if (str_eq(key, "driver-opt"))
		return run_endpoint_option(endpoint, value, err);
	if (str_eq(key, "link-local-ip"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "link-local-ip is not supported: interfaces get the address that "
			       "the kernel makes");
	if (!str_eq(key, "gw-priority"))
		return err_invalid(err, "invalid field \"%s\" of a network", key);
	r = str_to_i64(value, INT32_MIN, INT32_MAX, "gw-priority", &number, err);
	return r < 0 ? r : run_set(endpoint, "GwPriority", json_integer(number), err);
}

/* "key=value,key=value"; `name` is taken out where it may be among them. */
static int parse_fields(const char *text, json_t *endpoint, char **ret_name, struct err *err)
{
	struct strv parts cleanup_strv = { 0 };
	int r = strv_split(&parts, text, ',') < 0 ? err_oom(err) : 0;

	for (size_t i = 0; r == 0 && i < parts.count; i++) {
		char *key = parts.items[i], *value = strchr(key, '=');

		if (!value)
			return err_invalid(err, "--network %s: \"%s\" is not NAME=VALUE", text,
					   key);
		*value++ = '\0';
		if (!str_eq(key, "name") || !ret_name) {
			r = run_endpoint_set(endpoint, key, value, err);
		} else {
			free(*ret_name);
			*ret_name = strdup(value);
			r = *ret_name ? 0 : err_oom(err);
		}
	}
	return r < 0 ? r : 0;
}

static int parse_network(const char *text, json_t *endpoint, char **ret_name, struct err *err)
{
	const char *colon = strchr(text, ':'), *equals = strchr(text, '=');
	int r;

	if (!equals || str_starts(text, "container:")) {
		*ret_name = strdup(text);
		return *ret_name ? 0 : err_oom(err);
	}
	if (colon && colon < equals) {
		*ret_name = strndup(text, (size_t)(colon - text));
		return *ret_name ? parse_fields(colon + 1, endpoint, NULL, err) : err_oom(err);
	}
	r = parse_fields(text, endpoint, ret_name, err);
	if (r == 0 && (!*ret_name || !**ret_name))
		return err_invalid(err, "--network %s: network name is not specified", text);
	return r;
}

/* The flags without a network's name are for the first. */
static int add_first(const struct run *v, json_t *endpoint, struct err *err)
{
	int r = 0;

	if (v->ip)
		r = run_endpoint_set(endpoint, "ip", v->ip, err);
	if (r == 0 && v->ip6)
		r = run_endpoint_set(endpoint, "ip6", v->ip6, err);
	if (r == 0 && v->mac_address)
		r = run_endpoint_set(endpoint, "mac-address", v->mac_address, err);
	for (size_t i = 0; r == 0 && i < v->network_alias.count; i++)
		r = run_endpoint_alias(endpoint, v->network_alias.items[i], err);
	return r;
}

static int add_network(const struct run *v, const char *text, bool first, json_t *endpoints,
		       json_t *host, struct err *err)
{
	json_t *endpoint cleanup_json = json_object();
	char *name cleanup_free = NULL;
	int r = endpoint ? parse_network(text, endpoint, &name, err) : err_oom(err);

	if (r == 0 && first)
		r = add_first(v, endpoint, err);
	if (r == 0 && first)
		r = run_set_str(host, "NetworkMode", name, err);
	if (r < 0)
		return r;
	/* nothing is said of the only one, and NetworkMode says which that is */
	if (v->network.count < 2 && json_object_size(endpoint) == 0)
		return 0;
	if (json_object_get(endpoints, name))
		return err_invalid(err, "network \"%s\" is specified multiple times", name);
	return json_object_set(endpoints, name, endpoint) < 0
		   ? err_invalid(err, "--network: not UTF-8")
		   : 0;
}

int run_networks(const struct run *v, json_t *config, json_t *host, struct err *err)
{
	json_t *endpoints = json_object();
	int r = run_set(config, "NetworkingConfig", json_pack("{so}", "EndpointsConfig", endpoints),
			err);

	if (r == 0 && v->network.count == 0)
		r = add_network(v, "default", true, endpoints, host, err);
	for (size_t i = 0; r == 0 && i < v->network.count; i++)
		r = add_network(v, v->network.items[i], i == 0, endpoints, host, err);
	return r;
}
