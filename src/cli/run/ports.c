/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --publish and --expose, as Docker's client takes them apart:
 *
 *     [IP:][HOST[-HOST]:]CONTAINER[-CONTAINER][/PROTOCOL], an IPv6 address in brackets
 *     target=CONTAINER[,published=HOST][,protocol=PROTOCOL]
 *
 * Ranges of the same length go port by port; a host range for one container port means any of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/run/run.h"

enum { PORT_MAX = 65535 };

struct range {
	unsigned first, last; /* both 0: none was given */
};

struct publish {
	char *ip; /* "" */
	struct range host, container;
	const char *proto;
};

static bool parse_range(const char *text, struct range *ret)
{
	const char *dash = strchrnul(text, '-');
	char *first cleanup_free = strndup(text, (size_t)(dash - text));
	uint64_t low, high;

	if (!first || str_to_u64(first, PORT_MAX, "port", &low, NULL) < 0)
		return false;
	high = low;
	if (*dash && str_to_u64(dash + 1, PORT_MAX, "port", &high, NULL) < 0)
		return false;
	if (low > high || (*dash && low == 0))
		return false;
	*ret = (struct range){ (unsigned)low, (unsigned)high };
	return true;
}

static const char *parse_proto(const char *text)
{
	static const char *const protos[] = { "tcp", "udp", "sctp" };

	for (size_t i = 0; i < ARRAY_SIZE(protos); i++)
		if (strcasecmp(text, protos[i]) == 0)
			return protos[i];
	return NULL;
}

/* Cuts "/udp" off; false for a protocol that does not exist. */
static bool take_proto(char *text, const char **ret)
{
	char *slash = strchr(text, '/');

	*ret = "tcp";
	if (!slash)
		return true;
	*slash = '\0';
	*ret = parse_proto(slash + 1);
	return *ret != NULL;
}

/* "[IP]:…" or "IP:HOST:CONTAINER": the part before what the ports are, "" where there is none.
 * Moves *text behind it. */
static int take_ip(char **text, const char *whole, char **ret, struct err *err)
{
	char *end, *last = strrchr(*text, ':');

	if (**text == '[') {
		end = strchr(*text, ']');
		if (!end || end[1] != ':')
			return err_invalid(
			    err, "--publish %s: \"]:\" is missing behind the address", whole);
		*end = '\0';
		*ret = strdup(*text + 1);
		*text = end + 2;
		return *ret ? 0 : err_oom(err);
	}
	end = last ? memrchr(*text, ':', (size_t)(last - *text)) : NULL;
	if (end && memchr(*text, ':', (size_t)(end - *text)))
		return err_invalid(err, "--publish %s: an IPv6 address needs brackets around it",
				   whole);
	*ret = strndup(*text, end ? (size_t)(end - *text) : 0);
	if (end)
		*text = end + 1;
	return *ret ? 0 : err_oom(err);
}

static int parse_short(const char *whole, struct publish *ret, struct err *err)
{
	char *copy cleanup_free = strdup(whole), *text = copy, *colon;
	int r;

	if (!copy)
		return err_oom(err);
	if (!take_proto(text, &ret->proto))
		return err_invalid(err, "--publish %s: the protocol is tcp, udp or sctp", whole);
	r = take_ip(&text, whole, &ret->ip, err);
	if (r < 0)
		return r;
	colon = strchr(text, ':');
	if (colon) {
		*colon = '\0';
		/* "127.0.0.1::80": any port */
		if (*text && !parse_range(text, &ret->host))
			return err_invalid(err, "--publish %s: invalid host port \"%s\"", whole,
					   text);
		text = colon + 1;
	}
	if (!parse_range(text, &ret->container))
		return err_invalid(err, "--publish %s: invalid container port \"%s\"", whole, text);
	return 0;
}

static int parse_long(const char *whole, struct publish *ret, struct err *err)
{
	struct strv parts cleanup_strv = { 0 };

	ret->proto = "tcp";
	ret->ip = strdup("");
	if (!ret->ip || strv_split(&parts, whole, ',') < 0)
		return err_oom(err);
	for (size_t i = 0; i < parts.count; i++) {
		char *key = parts.items[i], *value = strchr(key, '=');

		if (!value)
			return err_invalid(err, "--publish %s: \"%s\" is not NAME=VALUE", whole,
					   key);
		*value++ = '\0';
		if (str_eq(key, "protocol"))
			ret->proto = parse_proto(value);
		else if (!str_eq(key, "target") && !str_eq(key, "published"))
			return err_invalid(err, "--publish %s: \"%s\" is not known", whole, key);
		else if (!parse_range(value, *key == 't' ? &ret->container : &ret->host))
			return err_invalid(err, "--publish %s: invalid port \"%s\"", whole, value);
		if (!ret->proto)
			return err_invalid(err, "--publish %s: the protocol is tcp, udp or sctp",
					   whole);
	}
	return 0;
}

static int add_binding(json_t *bindings, const char *key, const struct publish *p, unsigned offset,
		       bool any_of, struct err *err)
{
	json_t *list = json_object_get(bindings, key), *binding;
	char port[16] = "";

	if (any_of)
		snprintf(port, sizeof(port), "%u-%u", p->host.first, p->host.last);
	else if (p->host.first)
		snprintf(port, sizeof(port), "%u", p->host.first + offset);
	if (!list) {
		list = json_array();
		if (json_object_set_new(bindings, key, list) < 0)
			return err_oom(err);
	}
	binding = json_pack("{ss ss}", "HostIp", p->ip, "HostPort", port);
	if (!binding)
		return err_invalid(err, "--publish: not UTF-8");
	return json_array_append_new(list, binding) < 0 ? err_oom(err) : 0;
}

static int add_publish(const char *whole, json_t *bindings, json_t *exposed, struct err *err)
{
	struct publish p = { 0 };
	char *ip cleanup_free = NULL;
	unsigned hosts, containers;
	int r = strchr(whole, '=') ? parse_long(whole, &p, err) : parse_short(whole, &p, err);

	ip = p.ip;
	if (r == 0 && p.container.first == 0)
		r = err_invalid(err, "--publish %s: no container port is given", whole);
	if (r < 0)
		return r;
	hosts = p.host.last - p.host.first + 1;
	containers = p.container.last - p.container.first + 1;
	if (p.host.first && hosts != containers && containers != 1)
		return err_invalid(err,
				   "--publish %s: invalid ranges: %u host ports for %u container "
				   "ports",
				   whole, hosts, containers);
	for (unsigned i = 0; r == 0 && i < containers; i++) {
		char *key cleanup_free = str_printf("%u/%s", p.container.first + i, p.proto);

		if (!key)
			return err_oom(err);
		r = add_binding(bindings, key, &p, i, p.host.first && hosts > 1 && containers == 1,
				err);
		if (r == 0)
			r = run_set(exposed, key, json_object(), err);
	}
	return r;
}

/* "80", "80/tcp", "8000-8010/udp" */
static int add_expose(const char *whole, json_t *exposed, struct err *err)
{
	char *text cleanup_free = strdup(whole);
	struct range range;
	const char *proto;
	int r = 0;

	if (!text)
		return err_oom(err);
	if (!take_proto(text, &proto) || !parse_range(text, &range) || range.first == 0)
		return err_invalid(err, "invalid range format for --expose: %s", whole);
	for (unsigned port = range.first; port <= range.last && r == 0; port++) {
		char *key cleanup_free = str_printf("%u/%s", port, proto);

		r = key ? run_set(exposed, key, json_object(), err) : err_oom(err);
	}
	return r;
}

int run_ports(const struct run *v, json_t *config, json_t *host, struct err *err)
{
	json_t *bindings = json_object(), *exposed = json_object();
	int r = run_set(host, "PortBindings", bindings, err);

	if (run_set(config, "ExposedPorts", exposed, err) < 0 || r < 0)
		return -err->code;
	for (size_t i = 0; r == 0 && i < v->publish.count; i++)
		r = add_publish(v->publish.items[i], bindings, exposed, err);
	for (size_t i = 0; r == 0 && i < v->expose.count; i++)
		r = add_expose(v->expose.items[i], exposed, err);
	if (r == 0 && json_object_size(exposed) == 0)
		json_object_del(config, "ExposedPorts");
	if (r == 0 && v->publish_all)
		r = run_set(host, "PublishAllPorts", json_true(), err);
	return r;
}
