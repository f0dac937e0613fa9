/* SPDX-License-Identifier: Apache-2.0 */
/* New networks: those that are asked for, and the three that are always there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/time.h"
#include "engine/container/describe.h"
#include "engine/container/event.h"
#include "engine/container/member.h"
#include "engine/net/network_internal.h"
#include "engine/root/root.h"

enum { NAME_MAX_BYTES = 255, LABELS_MAX = 1 << 16 };

struct making {
	struct engine *engine;
	struct store *store;
	const char *name, *driver;
	char id[65];
	struct network_subnet v4, v6;
	bool ip4, ip6, from_pool, predefined;
	json_t *ipam, *options; /* options owned: as stored */
	const json_t *request;
};

static void making_clear(struct making *m)
{
	network_subnet_clear(&m->v4);
	network_subnet_clear(&m->v6);
	json_decref(m->options);
}

/* --- checks that need no database ------------------------------------------------------------ */

int network_name_check(const char *name, struct err *err)
{
	static const char *const reserved[] = { "bridge", "host", "none", "default", "container" };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t len = strlen(name), i;

	if (len == 0 || strspn(name, letters) != len || strchr("_.-", *name))
		return err_invalid(
		    err,
		    "invalid network name \"%.300s\": only [a-zA-Z0-9][a-zA-Z0-9_.-]* "
		    "are allowed",
		    name);
	if (len > NAME_MAX_BYTES)
		return err_invalid(err, "invalid network name: longer than %d bytes",
				   NAME_MAX_BYTES);
	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcasecmp(name, reserved[i]) == 0)
			return err_set(err, ERR_DENIED, EPERM,
				       "operation is not permitted on predefined %s network: "
				       "choose another name",
				       reserved[i]);
	return 0;
}

/* Members of Docker's request that ask for what is not here. */
static int refuse_members(const json_t *request, struct err *err)
{
	static const char *const known[] = { "Name",	      "Driver",	    "Internal",
					     "EnableIPv4",    "EnableIPv6", "IPAM",
					     "Options",	      "Labels",	    "Attachable",
					     "CheckDuplicate" };
	static const char *const refused[] = { "Ingress", "ConfigOnly", "ConfigFrom", "Scope" };
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)request, key, value) {
		for (i = 0; i < ARRAY_SIZE(known); i++)
			if (str_eq(known[i], key))
				break;
		if (i < ARRAY_SIZE(known) || json_is_null(value) || json_is_false(value))
			continue;
		if (str_eq(key, "Scope") &&
		    (json_string_length(value) == 0 || str_eq(json_string_value(value), "local")))
			continue;
		if (str_eq(key, "ConfigFrom") && !*member_str(value, "Network"))
			continue;
		for (i = 0; i < ARRAY_SIZE(refused); i++)
			if (str_eq(refused[i], key))
				return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
					       "%s is not supported: networks of swarms do not "
					       "exist here",
					       key);
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "%s is unknown and not supported",
			       key);
	}
	return 0;
}

static int check_driver(const char *driver, struct err *err)
{
	if (str_eq(driver, "bridge") || str_eq(driver, "macvlan") || str_eq(driver, "ipvlan"))
		return 0;
	if (str_eq(driver, "host") || str_eq(driver, "none") || str_eq(driver, "null"))
		return err_set(err, ERR_DENIED, EPERM,
			       "only one instance of \"%s\" network is allowed", driver);
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		       "network driver \"%s\" does not exist: use bridge, macvlan or ipvlan",
		       driver);
}

static int check_labels(const json_t *labels, struct err *err)
{
	const char *key;
	json_t *value;

	if (json_object_size(labels) > LABELS_MAX)
		return err_invalid(err, "more than %d labels", LABELS_MAX);
	json_object_foreach ((json_t *)labels, key, value)
		if (!*key || !json_is_string(value))
			return err_invalid(err, "label \"%s\": labels are texts", key);
	return 0;
}

static int check_families(struct making *m, struct err *err)
{
	const char *mtu =
	    json_string_value(json_object_get(m->options, "com.docker.network.driver.mtu"));
	uint64_t number;

	if (!m->ip4 && !m->ip6)
		return err_invalid(err, "IPv4 or IPv6 must be enabled");
	if (!m->ip4 && ip_is_set(&m->v4.subnet.ip))
		return err_invalid(err, "an IPv4 subnet is given, and IPv4 is not enabled");
	if (!m->ip6 && ip_is_set(&m->v6.subnet.ip))
		return err_invalid(err, "an IPv6 subnet is given, and IPv6 is not enabled: add "
					"--ipv6");
	if (m->ip6 && mtu && str_to_u64(mtu, 65535, "MTU", &number, err) == 0 && number < 1280)
		return err_invalid(err, "an MTU of %s: IPv6 needs 1280 at least", mtu);
	return 0;
}

static int read_request(struct making *m, struct err *err)
{
	json_t *options = NULL, *labels = NULL;
	bool attachable, internal;
	int r = json_is_object(m->request) ? refuse_members(m->request, err)
					   : err_invalid(err, "the request must be an object");

	m->name = "";
	m->driver = "bridge";
	m->ip4 = true;
	if (r == 0)
		r = js_get_str(m->request, "request", "Name", &m->name, err);
	if (r == 0)
		r = js_get_str(m->request, "request", "Driver", &m->driver, err);
	if (!*m->driver)
		m->driver = "bridge";
	if (r == 0)
		r = js_get_bool(m->request, "request", "EnableIPv4", &m->ip4, err);
	if (r == 0)
		r = js_get_bool(m->request, "request", "EnableIPv6", &m->ip6, err);
	if (r == 0)
		r = js_get_bool(m->request, "request", "Attachable", &attachable, err);
	if (r == 0)
		r = js_get_bool(m->request, "request", "Internal", &internal, err);
	if (r == 0)
		r = js_get_obj(m->request, "request", "Options", &options, err);
	if (r == 0)
		r = js_get_obj(m->request, "request", "Labels", &labels, err);
	if (r == 0)
		r = js_get_obj(m->request, "request", "IPAM", &m->ipam, err);
	if (r == 0)
		r = network_name_check(m->name, err);
	if (r == 0)
		r = check_driver(m->driver, err);
	if (r == 0)
		r = check_labels(labels, err);
	if (r == 0)
		r = network_options_check(m->driver, options, &m->options, err);
	if (r == 0 && json_object_get(m->options, "com.docker.network.bridge.default_bridge"))
		r = err_set(err, ERR_DENIED, EPERM, "there is one default bridge already");
	if (r == 0)
		r = network_ipam_parse(m->ipam, &m->v4, &m->v6, err);
	return r < 0 ? r : check_families(m, err);
}

/* --- subnets --------------------------------------------------------------------------------- */

static int add_networks(struct store *store, const char *but, const char *link, struct taken *taken,
			struct err *err)
{
	struct network_row *rows = NULL;
	size_t count = 0, i;
	int r = store_network_list(store, &rows, &count, err);

	for (i = 0; r == 0 && i < count; i++) {
		struct network *n cleanup_network = NULL;

		r = network_from_row(&rows[i], &n, err);
		if (r < 0 || str_eq(n->id, but))
			continue;
		if (link && *link && str_eq(n->driver, "bridge") && str_eq(n->link, link))
			r = err_set(err, ERR_CONFLICT, EEXIST,
				    "the bridge %s is that of network %s already", link, n->name);
		if (r == 0)
			r = taken_add(taken, &n->v4.subnet, n->name, err);
		if (r == 0)
			r = taken_add(taken, &n->v6.subnet, n->name, err);
	}
	for (i = 0; i < count; i++)
		network_row_clear(&rows[i]);
	free(rows);
	return r;
}

static int refuse_overlap(const struct taken *taken, const struct ip_prefix *subnet,
			  struct err *err)
{
	const struct taken_prefix *found =
	    ip_is_set(&subnet->ip) ? taken_find(taken, subnet) : NULL;
	char mine[IP_PREFIX_TEXT], other[IP_PREFIX_TEXT];

	if (!found)
		return 0;
	return err_set(err, ERR_CONFLICT, EADDRINUSE, "subnet %s overlaps with %s of network %s",
		       ip_prefix_format(subnet, mine), ip_prefix_format(&found->prefix, other),
		       found->owner);
}

/* A subnet that the user names may be one of the host's (a macvlan's is): those from the pool are
 * not. */
static int choose_subnets(struct making *m, struct err *err)
{
	const char *link =
	    json_string_value(json_object_get(m->options, "com.docker.network.bridge.name"));
	struct taken taken cleanup_taken = { 0 };
	int r = add_networks(m->store, m->id, link, &taken, err);

	if (r == 0)
		r = refuse_overlap(&taken, &m->v4.subnet, err);
	if (r == 0)
		r = refuse_overlap(&taken, &m->v6.subnet, err);
	if (r == 0)
		r = taken_add_host(&taken, NULL, err);
	if (r == 0 && m->ip4 && !ip_is_set(&m->v4.subnet.ip)) {
		m->from_pool = true;
		r = network_pool_pick4(&taken, &m->v4.subnet, err);
	}
	if (r == 0 && m->ip6 && !ip_is_set(&m->v6.subnet.ip))
		r = network_pool_pick6(&taken, &m->v6.subnet, err);
	if (r == 0)
		r = network_ipam_complete(&m->v4, err);
	return r < 0 ? r : network_ipam_complete(&m->v6, err);
}

/* --- the document ---------------------------------------------------------------------------- */

/* Auxiliary addresses have names, which only the request knows. */
static void add_aux(const struct making *m, json_t *document)
{
	json_t *list = json_object_get(document, "Config"), *given, *made;
	size_t i, k;

	json_array_foreach (json_object_get(m->ipam, "Config"), i, given)
		json_array_foreach (list, k, made)
			if (json_object_size(json_object_get(given, "AuxiliaryAddresses")) > 0 &&
			    str_eq(member_str(given, "Subnet"), member_str(made, "Subnet")))
				json_object_set(made, "AuxiliaryAddresses",
						json_object_get(given, "AuxiliaryAddresses"));
}

/* Equal subnets may be spelled differently (fd00:0::/64); the document has the short spelling of
 * both. */
static json_t *ipam_of(const struct making *m)
{
	json_t *document;

	if (m->predefined && !m->ip4)
		return json_pack("{ss sn s[]}", "Driver", "default", "Options", "Config");
	document = network_ipam_document(&m->v4, &m->v6);
	if (document)
		add_aux(m, document);
	return document;
}

static json_t *text_map(const json_t *map)
{
	return json_is_object(map) ? json_deep_copy(map) : json_object();
}

static json_t *document(const struct making *m, int64_t now)
{
	return json_pack("{ss ss so ss ss sb sb so sb sb sb s{ss} sb so so sb}", "Name", m->name,
			 "Id", m->id, "Created", describe_time(now), "Scope", "local", "Driver",
			 m->predefined && str_eq(m->driver, "none") ? "null" : m->driver,
			 "EnableIPv4", m->ip4, "EnableIPv6", m->ip6, "IPAM", ipam_of(m), "Internal",
			 member_bool(m->request, "Internal"), "Attachable",
			 member_bool(m->request, "Attachable"), "Ingress", false, "ConfigFrom",
			 "Network", "", "ConfigOnly", false, "Options", json_incref(m->options),
			 "Labels", text_map(json_object_get(m->request, "Labels")),
			 NETWORK_FROM_POOL, m->from_pool);
}

static int add_row(struct making *m, struct err *err)
{
	int64_t now = time_now_ns();
	json_t *doc cleanup_json = document(m, now);
	char *config cleanup_free = doc ? js_dump(doc, JSON_COMPACT) : NULL;
	struct network_row row = { .name = (char *)m->name,
				   .driver = (char *)m->driver,
				   .config = config,
				   .created_ns = now };

	if (!config)
		return err_oom(err);
	memcpy(row.id, m->id, sizeof(row.id));
	return store_network_add(m->store, &row, err);
}

/* Without a parent the containers are among themselves, on a link that vlan.c makes. */
static int set_parent(struct making *m, struct err *err)
{
	char link[IFNAMSIZ];

	if (str_eq(m->driver, "bridge") || json_object_get(m->options, "parent"))
		return 0;
	snprintf(link, sizeof(link), "dm-%.12s", m->id);
	return json_object_set_new(m->options, "parent", json_string(link)) < 0 ? err_oom(err) : 0;
}

int network_create(struct engine *engine, const json_t *request, char ret_id[65], struct err *err)
{
	struct making m cleanup_with(making_clear) = { .engine = engine, .request = request };
	int r = read_request(&m, err);

	if (r == 0 && str_random_hex(m.id, 32) < 0)
		r = err_sys(err, EIO, "getrandom");
	/* first, so that the default network has the first subnet of the pool */
	if (r == 0)
		r = network_make_predefined(engine, false, err);
	if (r == 0)
		r = engine_store(engine, &m.store, err);
	if (r == 0)
		r = set_parent(&m, err);
	if (r == 0)
		r = store_begin(m.store, err);
	if (r < 0)
		return r;
	r = choose_subnets(&m, err);
	if (r == 0)
		r = add_row(&m, err);
	if (r < 0) {
		store_end(m.store, false, NULL);
		return r;
	}
	r = store_end(m.store, true, err);
	if (r < 0)
		return r;
	engine_event(engine, "network", "create", m.id, NULL,
		     json_pack("{ss ss}", "name", m.name, "type", m.driver));
	memcpy(ret_id, m.id, sizeof(m.id));
	return 0;
}

/* --- the three that are always there --------------------------------------------------------- */

static int make_bridge(struct making *m, struct err *err)
{
	static const char bridge[] = "com.docker.network.bridge.";
	static const char *const texts[][2] = { { "default_bridge", "true" },
						{ "enable_icc", "true" },
						{ "enable_ip_masquerade", "true" },
						{ "host_binding_ipv4", "0.0.0.0" } };
	char key[64], link[IFNAMSIZ];
	size_t i;

	m->ip4 = true;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(key, sizeof(key), "%s%s", bridge, texts[i][0]);
		json_object_set_new(m->options, key, json_string(texts[i][1]));
	}
	network_default_link(m->engine, link);
	json_object_set_new(m->options, "com.docker.network.bridge.name", json_string(link));
	json_object_set_new(m->options, "com.docker.network.driver.mtu", json_string("1500"));
	return choose_subnets(m, err);
}

static int make_one(struct engine *engine, struct store *store, const char *name, struct err *err)
{
	struct making m cleanup_with(making_clear) = { .engine = engine,
						       .store = store,
						       .name = name,
						       .driver = name,
						       .predefined = true,
						       .options = json_object() };
	int r = 0;

	if (!m.options || str_random_hex(m.id, 32) < 0)
		return err_oom(err);
	if (str_eq(name, "bridge"))
		r = make_bridge(&m, err);
	return r < 0 ? r : add_row(&m, err);
}

/* Exact names: "bridge" may be no prefix of an id, but who knows what the store takes for one. */
static bool has_row(const struct network_row *rows, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (str_eq(rows[i].name, name))
			return true;
	return false;
}

static int missing(struct store *store, bool ret[3], bool *ret_any, struct err *err)
{
	static const char *const names[] = { "bridge", "host", "none" };
	struct network_row *rows = NULL;
	size_t count = 0, i;
	int r = store_network_list(store, &rows, &count, err);

	if (r < 0)
		return r;
	*ret_any = false;
	for (i = 0; i < 3; i++) {
		ret[i] = !has_row(rows, count, names[i]);
		*ret_any |= ret[i];
	}
	for (i = 0; i < count; i++)
		network_row_clear(&rows[i]);
	free(rows);
	return 0;
}

int network_make_predefined(struct engine *engine, bool bridge_too, struct err *err)
{
	static const char *const names[] = { "bridge", "host", "none" };
	struct err why = { 0 };
	struct store *store;
	bool absent[3], any;
	size_t i;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = missing(store, absent, &any, err);
	if (r < 0 || !any)
		return r;
	r = store_begin(store, err);
	if (r < 0)
		return r;
	/* under the lock: another may have been faster */
	r = missing(store, absent, &any, err);
	for (i = 0; r == 0 && i < 3; i++) {
		if (!absent[i])
			continue;
		r = make_one(engine, store, names[i], &why);
		if (r < 0 && i == 0 && !bridge_too)
			r = 0;
		else if (r < 0 && err)
			*err = why;
	}
	if (r < 0) {
		store_end(store, false, NULL);
		return r;
	}
	return store_end(store, true, err);
}

/* --- choosing anew --------------------------------------------------------------------------- */

static int repick(struct making *m, struct network *network, struct err *err)
{
	struct taken taken cleanup_taken = { 0 };
	char *config cleanup_free = NULL;
	int64_t leases = 0;
	int r = store_lease_count(m->store, network->id, &leases, err);

	if (r == 0 && leases > 0)
		r = err_set(err, ERR_CONFLICT, EBUSY, "network %s is in use", network->name);
	if (r == 0)
		r = add_networks(m->store, network->id, NULL, &taken, err);
	if (r == 0)
		r = taken_add_host(&taken, network->link, err);
	if (r == 0)
		r = network_pool_pick4(&taken, &m->v4.subnet, err);
	if (r == 0)
		r = network_ipam_complete(&m->v4, err);
	if (r < 0)
		return r;
	/* the IPv6 half stays */
	json_object_set_new(network->doc, "IPAM", network_ipam_document(&m->v4, &network->v6));
	config = js_dump(network->doc, JSON_COMPACT);
	return config ? store_network_set_config(m->store, network->id, config, err) : err_oom(err);
}

int network_repick(struct engine *engine, struct network *network, struct err *err)
{
	struct making m cleanup_with(making_clear) = { .engine = engine };
	int r;

	if (!member_bool(network->doc, NETWORK_FROM_POOL))
		return err_set(err, ERR_CONFLICT, EADDRINUSE,
			       "the subnet of network %s was chosen by its maker", network->name);
	r = engine_store(engine, &m.store, err);
	if (r == 0)
		r = store_begin(m.store, err);
	if (r < 0)
		return r;
	r = repick(&m, network, err);
	if (r < 0) {
		store_end(m.store, false, NULL);
		return r;
	}
	r = store_end(m.store, true, err);
	if (r < 0)
		return r;
	m.v4.mode = network->v4.mode;
	network_subnet_clear(&network->v4);
	network->v4 = m.v4;
	m.v4 = (struct network_subnet){ 0 };
	return 0;
}
