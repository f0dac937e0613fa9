/* SPDX-License-Identifier: Apache-2.0 */
/* Options of drivers: Docker's names, their short forms, and what they are good for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/net/network_internal.h"

#define PREFIX "com.docker.network."
#define BRIDGE "com.docker.network.bridge."

enum { FOR_BRIDGE = 1, FOR_MACVLAN = 2, FOR_IPVLAN = 4, FOR_VLAN = 6, FOR_ALL = 7 };

enum kind { BOOLEAN, LINK, ADDRESS4, MTU, GATEWAY, MACVLAN_MODE, IPVLAN_MODE };

static const struct option {
	const char *name, *other; /* as stored; another spelling, NULL: none */
	unsigned drivers;
	enum kind kind;
} options[] = {
	{ BRIDGE "default_bridge", NULL, FOR_BRIDGE, BOOLEAN },
	{ BRIDGE "enable_icc", "icc", FOR_BRIDGE, BOOLEAN },
	{ BRIDGE "enable_ip_masquerade", NULL, FOR_BRIDGE, BOOLEAN },
	{ BRIDGE "gateway_mode_ipv4", NULL, FOR_BRIDGE, GATEWAY },
	{ BRIDGE "gateway_mode_ipv6", NULL, FOR_BRIDGE, GATEWAY },
	{ BRIDGE "host_binding_ipv4", NULL, FOR_BRIDGE, ADDRESS4 },
	{ BRIDGE "name", "name", FOR_BRIDGE, LINK },
	{ PREFIX "driver.mtu", "mtu", FOR_ALL, MTU },
	{ "ipvlan_mode", PREFIX "ipvlan_mode", FOR_IPVLAN, IPVLAN_MODE },
	{ "macvlan_mode", PREFIX "macvlan_mode", FOR_MACVLAN, MACVLAN_MODE },
	{ "parent", PREFIX "parent", FOR_VLAN, LINK },
};

static unsigned driver_bit(const char *driver)
{
	return str_eq(driver, "bridge")	   ? FOR_BRIDGE
	       : str_eq(driver, "macvlan") ? FOR_MACVLAN
	       : str_eq(driver, "ipvlan")  ? FOR_IPVLAN
					   : 0;
}

static const struct option *find(const char *driver, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if ((options[i].drivers & driver_bit(driver)) &&
		    (str_eq(options[i].name, name) ||
		     (options[i].other && str_eq(options[i].other, name))))
			return &options[i];
	return NULL;
}

/* The kernel's rules for names of interfaces, less what would confuse who reads a list of them. */
static bool is_link_name(const char *text)
{
	size_t i, len = strlen(text);

	if (len == 0 || len >= IFNAMSIZ || str_eq(text, ".") || str_eq(text, ".."))
		return false;
	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || strchr("/:%\"'\\`$", text[i]))
			return false;
	return true;
}

static int check_word(const char *name, const char *text, const char *const *words, struct err *err)
{
	size_t i;

	for (i = 0; words[i]; i++)
		if (str_eq(words[i], text))
			return 0;
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "%s=%s is not supported", name, text);
}

static int check_value(const struct option *o, const char *text, char ret[64], struct err *err)
{
	static const char *const gateways[] = { "nat", "routed", NULL };
	static const char *const macvlan[] = { "bridge", "private", "vepa", "passthru", NULL };
	static const char *const ipvlan[] = { "l2", "l3", "l3s", NULL };
	uint64_t number;
	struct ip ip;
	bool yes;
	int r = 0;

	snprintf(ret, 64, "%s", text);
	switch (o->kind) {
	case BOOLEAN:
		r = str_to_bool(text, o->name, &yes, err);
		if (r == 0)
			snprintf(ret, 64, "%s", yes ? "true" : "false");
		return r;
	case LINK:
		return is_link_name(text)
			   ? 0
			   : err_invalid(err, "%s: \"%s\" is no name of an interface", o->name,
					 text);
	case ADDRESS4:
		if (ip_parse(text, &ip) && ip.len == 4)
			return 0;
		return err_invalid(err, "%s: \"%s\" is not an IPv4 address", o->name, text);
	case MTU:
		r = str_to_u64(text, 65535, o->name, &number, err);
		if (r == 0 && number < 68)
			return err_invalid(err, "%s: an MTU is 68 to 65535, not %s", o->name, text);
		if (r < 0)
			return err_invalid(err, "%s: an MTU is 68 to 65535, not \"%s\"", o->name,
					   text);
		snprintf(ret, 64, "%u", (unsigned)number);
		return 0;
	case GATEWAY:
		return check_word(o->name, text, gateways, err);
	case MACVLAN_MODE:
		return check_word(o->name, text, macvlan, err);
	case IPVLAN_MODE:
		return check_word(o->name, text, ipvlan, err);
	}
	return 0;
}

int network_options_check(const char *driver, const json_t *given, json_t **ret, struct err *err)
{
	json_t *stored cleanup_json = json_object(), *value;
	const char *key;
	char text[64];
	int r;

	json_object_foreach ((json_t *)given, key, value) {
		const struct option *o = find(driver, key);

		if (!o)
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "option \"%s\" is unknown to the driver %s", key, driver);
		if (!json_is_string(value))
			return err_invalid(err, "option \"%s\" must be a string", key);
		r = check_value(o, json_string_value(value), text, err);
		if (r < 0)
			return r;
		if (json_object_get(stored, o->name))
			return err_invalid(err, "option \"%s\" is given twice", o->name);
		if (json_object_set_new(stored, o->name, json_string(text)) < 0)
			return err_oom(err);
	}
	*ret = take_ptr(&stored);
	return *ret ? 0 : err_oom(err);
}

static const char *get(const json_t *stored, const char *name)
{
	return json_string_value(json_object_get(stored, name));
}

static bool get_bool(const json_t *stored, const char *name, bool otherwise)
{
	const char *text = get(stored, name);

	return text ? str_eq(text, "true") : otherwise;
}

static enum network_gateway get_gateway(const json_t *stored, const char *name)
{
	const char *text = get(stored, name);

	return text && str_eq(text, "routed") ? NETWORK_ROUTED : NETWORK_NAT;
}

int network_options_read(struct network *n, const json_t *stored, struct err *err)
{
	const char *mode, *link, *address = get(stored, BRIDGE "host_binding_ipv4");
	const char *mtu = get(stored, PREFIX "driver.mtu");
	bool bridge = str_eq(n->driver, "bridge");
	uint64_t number = 0;

	n->icc = get_bool(stored, BRIDGE "enable_icc", true);
	n->masquerade = get_bool(stored, BRIDGE "enable_ip_masquerade", true);
	n->v4.mode = get_gateway(stored, BRIDGE "gateway_mode_ipv4");
	n->v6.mode = get_gateway(stored, BRIDGE "gateway_mode_ipv6");
	/* 0.0.0.0 is how Docker says "any", IPv6 included */
	if (address && ip_parse(address, &n->host_ip) && ip_is_any(&n->host_ip))
		n->host_ip = (struct ip){ 0 };
	if (mtu && str_to_u64(mtu, 65535, PREFIX "driver.mtu", &number, err) < 0)
		return -err->code;
	n->mtu = (uint32_t)number;
	link = get(stored, bridge ? BRIDGE "name" : "parent");
	if (link)
		snprintf(n->link, sizeof(n->link), "%s", link);
	else if (bridge)
		snprintf(n->link, sizeof(n->link), "cr-%.12s", n->id);
	mode = get(stored, str_eq(n->driver, "macvlan") ? "macvlan_mode" : "ipvlan_mode");
	if (!bridge)
		snprintf(n->mode, sizeof(n->mode), "%s",
			 mode				? mode
			 : str_eq(n->driver, "macvlan") ? "bridge"
			 : str_eq(n->driver, "ipvlan")	? "l2"
							: "");
	return 0;
}
