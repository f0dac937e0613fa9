/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/endpoint.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/member.h"
#include "engine/net/ipam.h"
#include "engine/net/network_internal.h"

enum { ALIASES_MAX = 256, ALIAS_BYTES_MAX = 253, LABEL_BYTES_MAX = 63 };

static bool is_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0) ||
	       (json_is_integer(value) && json_integer_value(value) == 0);
}

bool endpoint_asks(const json_t *given)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)given, key, value)
		if (!is_empty(value))
			return true;
	return false;
}

static int check_members(const json_t *given, struct err *err)
{
	static const char *const known[] = { "IPAMConfig", "Aliases", "MacAddress", "GwPriority" };
	static const char *const in_force[] = { "NetworkID",	     "EndpointID",
						"Gateway",	     "IPAddress",
						"IPPrefixLen",	     "IPv6Gateway",
						"GlobalIPv6Address", "GlobalIPv6PrefixLen",
						"DNSNames" };
	const char *key, *option = NULL;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)given, key, value) {
		for (i = 0; i < ARRAY_SIZE(known) && !str_eq(known[i], key);)
			i++;
		if (i < ARRAY_SIZE(known) || is_empty(value))
			continue;
		for (i = 0; i < ARRAY_SIZE(in_force) && !str_eq(in_force[i], key);)
			i++;
		if (i < ARRAY_SIZE(in_force))
			continue;
		if (str_eq(key, "DriverOpts") && json_is_object(value))
			option = json_object_iter_key(json_object_iter(value));
		if (option)
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "driver option \"%s\" of an endpoint is not supported",
				       option);
		if (str_eq(key, "Links"))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "links are not supported: use aliases");
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "EndpointSettings.%s is unknown and not supported", key);
	}
	return 0;
}

static int check_address(const struct network *n, const json_t *ipam, const char *member,
			 json_t *out, struct err *err)
{
	bool v4 = str_eq(member, "IPv4Address");
	const struct network_subnet *s = v4 ? &n->v4 : &n->v6;
	const char *text = "";
	char spelled[IP_TEXT];
	struct ip ip;
	int r = js_get_str(ipam, "IPAMConfig", member, &text, err);

	if (r < 0 || !*text)
		return r;
	if (!ip_parse(text, &ip) || (ip.len == 4) != v4)
		return err_invalid(err, "invalid %s address: \"%s\"", v4 ? "IPv4" : "IPv6", text);
	if (network_is_predefined(n->name))
		return err_invalid(err,
				   "an address of one's own (%s) can be had on user-defined "
				   "networks only",
				   text);
	if (!ip_is_set(&s->subnet.ip))
		return err_invalid(err, "address %s: network %s has no %s", text, n->name,
				   v4 ? "IPv4" : "IPv6");
	if (v4 && member_bool(n->doc, NETWORK_FROM_POOL))
		return err_invalid(err,
				   "address %s: an address of one's own can be had only on a "
				   "network that was made with --subnet",
				   text);
	r = ipam_check(n, &ip, err);
	if (r < 0)
		return r;
	return json_object_set_new(out, member, json_string(ip_format(&ip, spelled))) < 0
		   ? err_oom(err)
		   : 0;
}

static int check_addresses(const struct network *n, const json_t *given, json_t *out,
			   struct err *err)
{
	json_t *ipam = NULL, *kept, *value;
	const char *key;
	int r = js_get_obj(given, "EndpointSettings", "IPAMConfig", &ipam, err);

	if (r < 0 || !ipam || json_object_size(ipam) == 0)
		return r;
	json_object_foreach (ipam, key, value) {
		if (str_eq(key, "LinkLocalIPs") && !is_empty(value))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "link-local addresses of one's own are not supported");
		if (!str_eq(key, "IPv4Address") && !str_eq(key, "IPv6Address") && !is_empty(value))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "IPAMConfig.%s is unknown and not supported", key);
	}
	kept = json_object();
	if (json_object_set_new(out, "IPAMConfig", kept) < 0)
		return err_oom(err);
	r = check_address(n, ipam, "IPv4Address", kept, err);
	if (r == 0)
		r = check_address(n, ipam, "IPv6Address", kept, err);
	if (r == 0 && json_object_size(kept) == 0)
		json_object_del(out, "IPAMConfig");
	return r;
}

/* A host name as resolvers take it: labels of letters, digits, '-' and '_'. */
static bool is_host_name(const char *text)
{
	size_t label = 0, i, len = strlen(text);

	if (len == 0 || len > ALIAS_BYTES_MAX)
		return false;
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '.') {
			if (label == 0 || text[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (c > 127 || (!isalnum(c) && c != '-' && c != '_') || (label == 0 && c == '-') ||
		    ++label > LABEL_BYTES_MAX)
			return false;
	}
	return label > 0 && text[len - 1] != '-';
}

static int check_aliases(const struct network *n, const json_t *given, json_t *out, struct err *err)
{
	json_t *list = NULL, *kept, *item;
	size_t i;
	int r = js_get_arr(given, "EndpointSettings", "Aliases", &list, err);

	if (r < 0 || !list || json_array_size(list) == 0)
		return r;
	if (network_is_predefined(n->name))
		return err_invalid(err, "network-scoped aliases are only supported for "
					"user-defined networks");
	if (!str_eq(n->driver, "bridge"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "aliases are not supported on network %s: it is a %s", n->name,
			       n->driver);
	if (json_array_size(list) > ALIASES_MAX)
		return err_invalid(err, "more than %d aliases", ALIASES_MAX);
	kept = json_array();
	if (json_object_set_new(out, "Aliases", kept) < 0)
		return err_oom(err);
	json_array_foreach (list, i, item) {
		if (!json_is_string(item) || !is_host_name(json_string_value(item)))
			return err_invalid(err, "invalid alias \"%.300s\": not a host name",
					   json_is_string(item) ? json_string_value(item) : "");
		if (json_array_append(kept, item) < 0)
			return err_oom(err);
	}
	return 0;
}

static int check_mac(const struct network *n, const json_t *given, json_t *out, struct err *err)
{
	const char *text = "";
	char spelled[MAC_TEXT];
	uint8_t mac[MAC_LEN];
	int r = js_get_str(given, "EndpointSettings", "MacAddress", &text, err);

	if (r < 0 || !*text)
		return r;
	if (!mac_parse(text, mac))
		return err_invalid(err, "invalid MAC address: \"%s\"", text);
	if (str_eq(n->driver, "ipvlan"))
		return err_invalid(err, "MAC address %s: an ipvlan has that of its parent", text);
	return json_object_set_new(out, "MacAddress", json_string(mac_format(mac, spelled))) < 0
		   ? err_oom(err)
		   : 0;
}

int endpoint_check(const struct network *network, const json_t *given, json_t **ret,
		   struct err *err)
{
	json_t *out cleanup_json = json_object();
	int64_t priority = 0;
	int r;

	if (!out)
		return err_oom(err);
	if (given && !json_is_null(given)) {
		if (!json_is_object(given))
			return err_invalid(err, "the settings of an endpoint must be an object");
		r = check_members(given, err);
		if (r == 0)
			r = check_addresses(network, given, out, err);
		if (r == 0)
			r = check_aliases(network, given, out, err);
		if (r == 0)
			r = check_mac(network, given, out, err);
		if (r == 0)
			r = js_get_i64(given, "EndpointSettings", "GwPriority", INT32_MIN,
				       INT32_MAX, &priority, err);
		if (r < 0)
			return err_wrap(err, "network %s", network->name);
	}
	if (priority && json_object_set_new(out, "GwPriority", json_integer(priority)) < 0)
		return err_oom(err);
	*ret = take_ptr(&out);
	return 0;
}
