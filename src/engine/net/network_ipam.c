/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's IPAM: subnets, ranges, gateways and reserved addresses, as text and as numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/net/network_internal.h"

enum {
	BITS4_MAX = 30,	 /* network, gateway, one container, broadcast */
	BITS6_MAX = 126, /* the same, for symmetry: the lowest is the routers' anycast address */
	AUX_MAX = 4096,
};

void network_subnet_clear(struct network_subnet *subnet)
{
	free(subnet->aux);
	*subnet = (struct network_subnet){ 0 };
}

static int parse_prefix(const char *text, const char *what, struct ip_prefix *ret, struct err *err)
{
	char room[IP_PREFIX_TEXT];
	struct ip_prefix p;
	struct ip first;

	if (!ip_prefix_parse(text, &p))
		return err_invalid(err,
				   "invalid %s \"%s\": an address, a slash and a number of "
				   "bits are expected",
				   what, text);
	first = ip_first(&p);
	if (!ip_equal(&first, &p.ip)) {
		p.ip = first;
		return err_invalid(err, "invalid %s %s: it should be %s", what, text,
				   ip_prefix_format(&p, room));
	}
	*ret = p;
	return 0;
}

/* What no network of containers can have. */
static int check_subnet(const struct ip_prefix *p, struct err *err)
{
	char room[IP_PREFIX_TEXT];
	bool v4 = p->ip.len == 4;
	bool multicast = v4 ? (p->ip.bytes[0] >= 224) : p->ip.bytes[0] == 0xff;
	bool first_byte_is_host = v4 && p->ip.bytes[0] == 0;

	ip_prefix_format(p, room);
	if (p->bits > (v4 ? BITS4_MAX : BITS6_MAX))
		return err_invalid(err,
				   "subnet %s is too small: a gateway and a container need a /%d "
				   "at least",
				   room, v4 ? BITS4_MAX : BITS6_MAX);
	if (p->bits == 0 || multicast || first_byte_is_host || ip_is_loopback(&p->ip) ||
	    (!v4 && p->ip.bytes[0] == 0xfe && (p->ip.bytes[1] & 0xc0) == 0x80))
		return err_invalid(err, "subnet %s cannot be used for containers", room);
	return 0;
}

/* The lowest address names the network, IPv4's highest is its broadcast. */
static bool is_usable(const struct ip_prefix *subnet, const struct ip *ip)
{
	struct ip first = ip_first(subnet), last = ip_last(subnet);

	return ip_prefix_contains(subnet, ip) && !ip_equal(ip, &first) &&
	       (ip->len == 16 || !ip_equal(ip, &last));
}

static int parse_inside(const struct network_subnet *s, const char *text, const char *what,
			struct ip *ret, struct err *err)
{
	char room[IP_PREFIX_TEXT];
	struct ip ip;

	if (!ip_parse(text, &ip))
		return err_invalid(err, "invalid %s \"%s\": not an IP address", what, text);
	if (!ip_prefix_contains(&s->subnet, &ip))
		return err_invalid(err, "%s %s is outside the subnet %s", what, text,
				   ip_prefix_format(&s->subnet, room));
	if (!is_usable(&s->subnet, &ip))
		return err_invalid(err, "%s %s is the network's or the broadcast address of %s",
				   what, text, ip_prefix_format(&s->subnet, room));
	*ret = ip;
	return 0;
}

static int parse_aux(struct network_subnet *s, const json_t *map, struct err *err)
{
	const char *key;
	json_t *value;
	int r;

	if (json_object_size(map) > AUX_MAX)
		return err_invalid(err, "more than %d auxiliary addresses", AUX_MAX);
	s->aux = calloc(json_object_size(map) + 1, sizeof(*s->aux));
	if (!s->aux)
		return err_oom(err);
	json_object_foreach ((json_t *)map, key, value) {
		if (!json_is_string(value))
			return err_invalid(err, "auxiliary address \"%s\" must be a string", key);
		r = parse_inside(s, json_string_value(value), "auxiliary address",
				 &s->aux[s->aux_count], err);
		if (r < 0)
			return r;
		s->aux_count++;
	}
	return 0;
}

static int parse_config(const json_t *config, struct network_subnet *ret, struct err *err)
{
	static const char where[] = "IPAM.Config";
	const char *subnet = "", *range = "", *gateway = "";
	char room[IP_PREFIX_TEXT];
	json_t *aux = NULL;
	int r;

	if (!json_is_object(config))
		return err_invalid(err, "an item of IPAM.Config must be an object");
	r = js_get_str(config, where, "Subnet", &subnet, err);
	if (r == 0)
		r = js_get_str(config, where, "IPRange", &range, err);
	if (r == 0)
		r = js_get_str(config, where, "Gateway", &gateway, err);
	if (r == 0)
		r = js_get_obj(config, where, "AuxiliaryAddresses", &aux, err);
	if (r < 0)
		return r;
	if (!*subnet)
		return err_invalid(err, "a range, a gateway or an auxiliary address needs a subnet "
					"given with it");
	r = parse_prefix(subnet, "subnet", &ret->subnet, err);
	if (r == 0)
		r = check_subnet(&ret->subnet, err);
	if (r == 0 && *range)
		r = parse_prefix(range, "IP range", &ret->range, err);
	if (r == 0 && *range && !ip_prefix_within(&ret->range, &ret->subnet))
		r = err_invalid(err, "IP range %s is outside the subnet %s", range,
				ip_prefix_format(&ret->subnet, room));
	if (r == 0 && *gateway)
		r = parse_inside(ret, gateway, "gateway", &ret->gateway, err);
	return r == 0 && aux ? parse_aux(ret, aux, err) : r;
}

int network_ipam_parse(const json_t *ipam, struct network_subnet *v4, struct network_subnet *v6,
		       struct err *err)
{
	const char *driver = "";
	json_t *list = NULL, *options = NULL, *config;
	size_t i;
	int r = js_get_str(ipam, "IPAM", "Driver", &driver, err);

	if (r == 0)
		r = js_get_obj(ipam, "IPAM", "Options", &options, err);
	if (r == 0)
		r = js_get_arr(ipam, "IPAM", "Config", &list, err);
	if (r < 0)
		return r;
	if (*driver && !str_eq(driver, "default"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "IPAM driver \"%s\" is not supported: use default", driver);
	if (json_object_size(options) > 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "IPAM options are not supported");
	json_array_foreach (list, i, config) {
		struct network_subnet s = { 0 }, *into;

		/* {} is what some clients send for "none" */
		if (json_is_object(config) && json_object_size(config) == 0)
			continue;
		r = parse_config(config, &s, err);
		into = s.subnet.ip.len == 4 ? v4 : v6;
		if (r == 0 && ip_is_set(&into->subnet.ip))
			r = err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				    "more than one %s subnet: a network has one of each family "
				    "at most",
				    s.subnet.ip.len == 4 ? "IPv4" : "IPv6");
		if (r < 0) {
			network_subnet_clear(&s);
			return r;
		}
		*into = s;
	}
	return 0;
}

static bool is_reserved(const struct network_subnet *s, const struct ip *ip)
{
	size_t i;

	if (!is_usable(&s->subnet, ip) || ip_equal(ip, &s->gateway))
		return true;
	for (i = 0; i < s->aux_count; i++)
		if (ip_equal(ip, &s->aux[i]))
			return true;
	return false;
}

/* The lowest of `within` that nothing else wants: few are reserved, so it is near the start. */
static bool find_free(const struct network_subnet *s, const struct ip_prefix *within,
		      struct ip *ret)
{
	struct ip ip = ip_first(within), last = ip_last(within);

	while (is_reserved(s, &ip))
		if (ip_equal(&ip, &last) || !ip_add(&ip, 1, &ip))
			return false;
	*ret = ip;
	return true;
}

int network_ipam_complete(struct network_subnet *s, struct err *err)
{
	char room[IP_PREFIX_TEXT];
	struct ip free;

	if (!ip_is_set(&s->subnet.ip))
		return 0;
	if (!ip_is_set(&s->range.ip))
		s->range = s->subnet;
	if (!ip_is_set(&s->gateway) && !find_free(s, &s->subnet, &s->gateway))
		return err_invalid(err, "no address of %s is left for the gateway",
				   ip_prefix_format(&s->subnet, room));
	if (!find_free(s, &s->range, &free))
		return err_invalid(err, "no address of %s is left for containers",
				   ip_prefix_format(&s->range, room));
	return 0;
}

/* Aux addresses lost their names when they became numbers: the document keeps those of the request
 * (network_create.c); here is what there is without any. */
static int append(json_t *list, const struct network_subnet *s)
{
	char text[IP_PREFIX_TEXT], address[IP_TEXT];
	json_t *config;

	if (!ip_is_set(&s->subnet.ip))
		return 0;
	config = json_pack("{ss}", "Subnet", ip_prefix_format(&s->subnet, text));
	if (ip_is_set(&s->range.ip) &&
	    (s->range.bits != s->subnet.bits || !ip_equal(&s->range.ip, &s->subnet.ip)))
		json_object_set_new(config, "IPRange",
				    json_string(ip_prefix_format(&s->range, text)));
	if (ip_is_set(&s->gateway))
		json_object_set_new(config, "Gateway",
				    json_string(ip_format(&s->gateway, address)));
	return json_array_append_new(list, config);
}

json_t *network_ipam_document(const struct network_subnet *v4, const struct network_subnet *v6)
{
	json_t *list = json_array();

	if (!list || append(list, v4) < 0 || append(list, v6) < 0) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{ss s{} so}", "Driver", "default", "Options", "Config", list);
}
