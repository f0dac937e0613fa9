/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports: into one spelling, and added to those that are exposed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/create_internal.h"
#include "engine/container/join.h"
#include "engine/net/publish.h"

enum { PORT_MAX = 65535, BINDINGS_MAX = 1 << 18 };

/* "", "0" (any), "8080", "8000-8010" (one of them). */
static int check_host_port(const char *text, struct err *err)
{
	const char *dash = strchrnul(text, '-');
	char *first cleanup_free = strndup(text, (size_t)(dash - text));
	uint64_t low = 0, high;
	int r = 0;

	if (!first)
		return err_oom(err);
	if (!*text)
		return 0;
	r = str_to_u64(first, PORT_MAX, "host port", &low, NULL);
	high = low;
	if (r == 0 && *dash)
		r = str_to_u64(dash + 1, PORT_MAX, "host port", &high, NULL);
	if (r < 0 || high < low || (*dash && low == 0))
		return err_invalid(err, "invalid host port: \"%s\"", text);
	return 0;
}

static int check_binding(const json_t *binding, const char *key, json_t *list, struct err *err)
{
	const char *ip = "", *port = "", *name;
	char spelled[IP_TEXT] = "";
	struct ip parsed;
	json_t *value;
	int r = json_is_object(binding)
		    ? js_get_str(binding, key, "HostIp", &ip, err)
		    : err_invalid(err, "PortBindings.%s: a binding must be an object", key);

	if (r == 0)
		r = js_get_str(binding, key, "HostPort", &port, err);
	if (r < 0)
		return r;
	json_object_foreach ((json_t *)binding, name, value)
		if (!str_eq(name, "HostIp") && !str_eq(name, "HostPort"))
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "PortBindings.%s: %s is unknown and not supported", key,
				       name);
	if (*ip) {
		if (!ip_parse(ip, &parsed))
			return err_invalid(err, "port %s: invalid host address \"%s\"", key, ip);
		ip_format(&parsed, spelled);
	}
	r = check_host_port(port, err);
	if (r < 0)
		return r;
	return json_array_append_new(list,
				     json_pack("{ss ss}", "HostIp", spelled, "HostPort", port)) < 0
		   ? err_oom(err)
		   : 0;
}

static int check_bindings(const json_t *given, json_t *out, struct err *err)
{
	const char *key;
	json_t *list, *kept, *binding;
	char spelled[16];
	uint16_t port;
	size_t i, count = 0;
	int proto, r;

	json_object_foreach ((json_t *)given, key, list) {
		r = publish_parse_key(key, &port, &proto, err);
		if (r < 0)
			return r;
		if (!json_is_null(list) && !json_is_array(list))
			return err_invalid(err, "PortBindings.%s must be an array", key);
		snprintf(spelled, sizeof(spelled), "%u/%s", port, publish_proto_name(proto));
		kept = json_object_get(out, spelled); /* "80" and "80/tcp" are one */
		if (!kept)
			json_object_set_new(out, spelled, kept = json_array());
		json_array_foreach (list, i, binding) {
			r = check_binding(binding, spelled, kept, err);
			if (r < 0)
				return r;
			if (++count > BINDINGS_MAX)
				return err_invalid(err, "more than %d published ports",
						   BINDINGS_MAX);
		}
	}
	return 0;
}

/* What is published is exposed too. Without a binding it is nothing more. */
static int expose(struct create *c, json_t *bindings, struct err *err)
{
	json_t *exposed = json_object_get(c->config, "ExposedPorts"), *list;
	const char *key;
	void *next;

	if (json_object_size(bindings) > 0 && !json_is_object(exposed)) {
		exposed = json_object();
		if (json_object_set_new(c->config, "ExposedPorts", exposed) < 0)
			return err_oom(err);
	}
	json_object_foreach_safe(bindings, next, key, list)
	{
		if (json_object_set_new(exposed, key, json_object()) < 0)
			return err_oom(err);
		if (json_array_size(list) == 0)
			json_object_del(bindings, key);
	}
	return 0;
}

static int refuse_mode(const struct create *c, struct err *err)
{
	const char *mode = member_str(c->host, "NetworkMode");

	if (container_join_is(mode))
		return err_invalid(err, "conflicting options: port publishing and the container "
					"type network mode");
	if (!c->networks)
		return err_invalid(
		    err, "conflicting options: port publishing and the network mode %s", mode);
	if (!c->on_bridge)
		return err_invalid(err,
				   "ports cannot be published on network %s: it is not a bridge, "
				   "its containers have addresses of their own outside",
				   mode);
	return 0;
}

int create_check_ports(struct create *c, struct err *err)
{
	json_t *bindings = json_object();
	bool all = member_bool(c->host, "PublishAllPorts");
	int r = bindings ? check_bindings(json_object_get(c->host, "PortBindings"), bindings, err)
			 : err_oom(err);

	if (r == 0)
		r = expose(c, bindings, err);
	if (r == 0 && (all || json_object_size(bindings) > 0))
		r = refuse_mode(c, err);
	if (r < 0) {
		json_decref(bindings);
		return r;
	}
	return json_object_set_new(c->host, "PortBindings", bindings) < 0 ? err_oom(err) : 0;
}
