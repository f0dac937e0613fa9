/* SPDX-License-Identifier: Apache-2.0 */
/* Which networks a container is on, and what it asks for there. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/create_internal.h"
#include "engine/container/join.h"
#include "engine/net/endpoint.h"
#include "engine/net/net.h"
#include "engine/net/rate.h"
#include "engine/root/root.h"

enum { NETWORKS_MAX = 64 };

static int set_text(json_t *object, const char *member, const char *text, struct err *err)
{
	return json_object_set_new(object, member, json_string(text)) < 0 ? err_oom(err) : 0;
}

/* --- modes without an interface of their own -------------------------------------------------- */

static bool is_plain(const char *mode)
{
	return str_eq(mode, "host") || str_eq(mode, "none") || container_join_is(mode);
}

static int refuse_user(const struct create *c, const char *mode, struct err *err)
{
	if (c->engine->root->system)
		return 0;
	if (container_join_is(mode))
		return err_set(err, ERR_UNSUPPORTED, EPERM,
			       "network mode container:NAME needs root: each of an ordinary user's "
			       "containers has a user namespace of its own");
	return err_set(err, ERR_UNSUPPORTED, EPERM,
		       "network %s needs root: an ordinary user's containers have none or host",
		       mode);
}

static const char *short_mode(const char *mode)
{
	return container_join_is(mode) ? "container" : mode;
}

static int refuse_settings(const struct create *c, const char *mode, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)c->endpoints, key, value) {
		if (!str_eq(key, mode))
			return err_invalid(err,
					   "conflicting options: network %s and the network mode "
					   "%s: nothing can be had beside it",
					   key, short_mode(mode));
		if (endpoint_asks(value))
			return err_invalid(err,
					   "conflicting options: an address or an alias and "
					   "the network mode %s",
					   short_mode(mode));
	}
	if (*member_str(c->config, "MacAddress"))
		return err_invalid(err, "conflicting options: mac-address and the network mode %s",
				   short_mode(mode));
	return 0;
}

static int check_plain(struct create *c, const char *mode, struct err *err)
{
	const struct net_driver *driver;
	char *resolved cleanup_free = NULL;
	int r = container_join_is(mode) ? refuse_user(c, mode, err) : 0;

	if (r == 0)
		r = refuse_settings(c, mode, err);
	if (r == 0)
		r = net_driver_find(mode, &driver, err);
	if (r == 0)
		r = driver->check(c->engine, mode, &resolved, err);
	return r < 0 ? r : set_text(c->host, "NetworkMode", resolved, err);
}

/* --- networks --------------------------------------------------------------------------------- */

/* The default network without wishes is not looked up: a start does that, and most containers are
 * like this. */
static int add_default(struct create *c, struct err *err)
{
	return json_object_set_new(c->networks, "bridge", json_object()) < 0 ? err_oom(err) : 0;
}

static int add_network(struct create *c, const char *what, const json_t *settings, char **ret_name,
		       struct err *err)
{
	struct network *network cleanup_network = NULL;
	json_t *checked;
	int r;

	if (str_eq(what, "default"))
		what = "bridge";
	if (str_eq(what, "bridge") && !endpoint_asks(settings) && !ret_name) {
		c->on_bridge = true;
		return json_object_get(c->networks, what) ? 0 : add_default(c, err);
	}
	r = network_find(c->engine, what, &network, err);
	if (r < 0)
		return r;
	if (!network_has_links(network))
		return err_invalid(err, "network %s cannot be had beside others", network->name);
	if (json_object_get(c->networks, network->name))
		return err_invalid(err, "network %s is given twice", network->name);
	if (json_object_size(c->networks) == NETWORKS_MAX)
		return err_invalid(err, "a container can be on %d networks at most", NETWORKS_MAX);
	r = endpoint_check(network, settings, &checked, err);
	if (r < 0)
		return r;
	c->on_bridge |= str_eq(network->driver, "bridge");
	if (json_object_set_new(c->networks, network->name, checked) < 0)
		return err_oom(err);
	if (ret_name && !(*ret_name = strdup(network->name)))
		return err_oom(err);
	return 0;
}

/* Settings of the mode's network may be under its name or under what the mode says. */
static const json_t *settings_of_mode(const struct create *c, const char *mode)
{
	const json_t *settings = json_object_get(c->endpoints, mode);

	if (!settings && str_eq(mode, "bridge"))
		settings = json_object_get(c->endpoints, "default");
	return settings;
}

/* Docker's older MacAddress of the container is that of its first network. */
static int check_mac(struct create *c, const char *first, struct err *err)
{
	const char *text = member_str(c->config, "MacAddress"), *other;
	char spelled[MAC_TEXT];
	uint8_t mac[MAC_LEN];

	if (!*text)
		return 0;
	if (!mac_parse(text, mac))
		return err_invalid(err, "invalid MAC address: \"%s\"", text);
	mac_format(mac, spelled);
	other = member_str(json_object_get(c->networks, first), "MacAddress");
	if (*other && !str_eq(other, spelled))
		return err_invalid(
		    err, "the container-wide MAC address must match the endpoint-specific "
			 "MAC address for the main network, or be left out");
	return set_text(c->config, "MacAddress", spelled, err);
}

static int check_networks(struct create *c, const char *mode, struct err *err)
{
	const json_t *settings = settings_of_mode(c, mode);
	bool simple = str_eq(mode, "bridge") && !endpoint_asks(settings);
	char *name cleanup_free = NULL;
	const char *key;
	json_t *value;
	int r = refuse_user(c, mode, err);

	c->networks = json_object();
	if (r == 0)
		r = add_network(c, mode, settings, simple ? NULL : &name, err);
	if (r == 0)
		r = set_text(c->host, "NetworkMode", simple ? "bridge" : name, err);
	json_object_foreach ((json_t *)c->endpoints, key, value)
		if (r == 0 && value != settings)
			r = add_network(c, key, value, NULL, err);
	return r < 0 ? r : check_mac(c, simple ? "bridge" : name, err);
}

static const char *mode_of(const struct create *c)
{
	const char *mode = member_str(c->host, "NetworkMode");

	if (*mode && !str_eq(mode, "default"))
		return mode;
	return c->engine->root->system ? "bridge" : "none";
}

static int check_rate(const struct create *c, const char *mode, struct err *err)
{
	struct net_rate rate;
	int r = rate_read(c->host, &rate, err);

	if (r == 0 && rate.rate && is_plain(mode))
		return err_invalid(
		    err, "conflicting options: a network rate and the network mode %s", mode);
	return r;
}

int create_check_networks(struct create *c, struct err *err)
{
	const char *mode = mode_of(c);
	int r;

	if (c->endpoints && !json_is_object(c->endpoints))
		return err_invalid(err, "NetworkingConfig.EndpointsConfig must be an object");
	/* host:x is a mode with a parameter that does not exist, not a network */
	r = check_rate(c, mode, err);
	if (r == 0) /* `mode` goes with this: its stored form takes its place */
		r = is_plain(mode) ? check_plain(c, mode, err) : check_networks(c, mode, err);
	return r < 0 ? r : create_check_ports(c, err);
}
