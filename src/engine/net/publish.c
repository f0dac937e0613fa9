/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/publish.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/net/publish_internal.h"

enum { PORT_MAX = 65535, DYNAMIC_TRIES = 64 };

/* What is asked for: one container port, or several in a row that go to as many host ports. */
struct want {
	struct ip host;
	int proto;
	uint16_t target, first,
	    last; /* first 0: any free one; first != last with `any`: one of them */
	uint32_t count;
	bool any;
};

struct wants {
	struct want *items;
	size_t count, room;
};

struct work {
	struct store *store;
	const char *container;
	struct published *out;
	size_t row_room, total;
};

void published_clear(struct published *p)
{
	for (size_t i = 0; i < p->sock_count; i++)
		close_fd(&p->socks[i]);
	free(p->socks);
	free(p->rows);
	*p = (struct published){ 0 };
}

const char *publish_proto_name(int proto)
{
	return proto == IPPROTO_TCP ? "tcp" : proto == IPPROTO_UDP ? "udp" : "sctp";
}

int publish_parse_key(const char *key, uint16_t *ret_port, int *ret_proto, struct err *err)
{
	static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	const char *slash = strchrnul(key, '/');
	char number[8] = "";
	uint64_t port;

	if ((size_t)(slash - key) < sizeof(number))
		memcpy(number, key, (size_t)(slash - key));
	if (str_to_u64(number, PORT_MAX, "port", &port, NULL) < 0 || port == 0)
		return err_invalid(err, "invalid container port: \"%s\"", key);
	for (size_t i = 0; i < ARRAY_SIZE(protos); i++) {
		if (!str_eq(*slash ? slash + 1 : "tcp", publish_proto_name(protos[i])))
			continue;
		*ret_port = (uint16_t)port;
		*ret_proto = protos[i];
		return 0;
	}
	return err_invalid(err, "invalid protocol of port \"%s\": tcp, udp or sctp", key);
}

/* --- reading the request ---------------------------------------------------------------------- */

static int parse_host_port(const char *text, struct want *want, struct err *err)
{
	const char *dash = strchr(text, '-');
	char first[8] = "";
	uint64_t low, high;

	if (!*text || str_eq(text, "0")) {
		want->any = true;
		return 0;
	}
	if (dash && (size_t)(dash - text) < sizeof(first))
		memcpy(first, text, (size_t)(dash - text));
	if (str_to_u64(dash ? first : text, PORT_MAX, "port", &low, NULL) < 0 || low == 0 ||
	    str_to_u64(dash ? dash + 1 : text, PORT_MAX, "port", &high, NULL) < 0 || high < low)
		return err_invalid(err, "invalid host port: \"%s\"", text);
	want->first = (uint16_t)low;
	want->last = (uint16_t)high;
	want->any = low != high;
	return 0;
}

static int add(struct wants *wants, const struct want *want, struct err *err)
{
	struct want *more;

	if (wants->count == wants->room) {
		wants->room = wants->room ? wants->room * 2 : 16;
		more = realloc(wants->items, wants->room * sizeof(*more));
		if (!more)
			return err_oom(err);
		wants->items = more;
	}
	wants->items[wants->count++] = *want;
	return 0;
}

static bool have_ipv6(void)
{
	int fd, r = publish_bind(IPPROTO_UDP, &(struct ip){ .len = 16 }, 0, &fd, NULL);

	if (r == 0)
		close_fd(&fd);
	return r == 0;
}

/* Without an address: both families' any. They are asked for one after the other, so that a number
 * that is chosen freely can be the same for both. */
static int read_binding(const char *key, const json_t *binding, const struct ip *host_ip,
			struct wants *wants, struct err *err)
{
	const char *host = member_str(binding, "HostIp");
	struct want want = { .count = 1 };
	int r = publish_parse_key(key, &want.target, &want.proto, err);

	if (r == 0)
		r = parse_host_port(member_str(binding, "HostPort"), &want, err);
	if (r < 0)
		return r;
	if (*host && !ip_parse(host, &want.host))
		return err_invalid(err, "invalid host address of port %s: \"%s\"", key, host);
	if (!*host && ip_is_set(host_ip))
		want.host = *host_ip;
	return add(wants, &want, err);
}

static int read_all(const json_t *host, const json_t *exposed, const struct ip *host_ip,
		    struct wants *wants, struct err *err)
{
	json_t *bindings = json_object_get(host, "PortBindings"), *list, *binding;
	const char *key;
	json_t *value;
	size_t i;
	int r = 0;

	json_object_foreach (bindings, key, list)
		json_array_foreach (list, i, binding)
			if (r == 0)
				r = read_binding(key, binding, host_ip, wants, err);
	if (r < 0 || !member_bool(host, "PublishAllPorts"))
		return r;
	json_object_foreach ((json_t *)exposed, key, value)
		if (r == 0 && !json_object_get(bindings, key))
			r = read_binding(key, NULL, host_ip, wants, err);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct want *x = a, *y = b;

	if (x->proto != y->proto)
		return x->proto - y->proto;
	if (x->host.len != y->host.len)
		return x->host.len - y->host.len;
	if (!ip_equal(&x->host, &y->host))
		return ip_compare(&x->host, &y->host);
	if (x->any != y->any)
		return x->any - y->any;
	return x->first != y->first ? x->first - y->first : x->target - y->target;
}

/* Neighbours that count on together become one: a range of the request was taken apart by key. */
static void merge(struct wants *wants)
{
	size_t kept = 0;

	if (wants->count == 0)
		return;
	qsort(wants->items, wants->count, sizeof(*wants->items), compare);
	for (size_t i = 1; i < wants->count; i++) {
		struct want *last = &wants->items[kept], *next = &wants->items[i];

		if (!last->any && !next->any && last->proto == next->proto &&
		    ip_equal(&last->host, &next->host) && next->first == last->last + 1 &&
		    next->target == last->target + last->count) {
			last->last = next->last;
			last->count++;
		} else {
			wants->items[++kept] = *next;
		}
	}
	wants->count = kept + 1;
}

/* --- rows and sockets ------------------------------------------------------------------------- */

static int add_row(struct work *w, const struct port_row *row, struct err *err)
{
	struct port_row *more;
	int r = store_port_add(w->store, row, err);

	if (r < 0)
		return r;
	if (w->out->count == w->row_room) {
		w->row_room = w->row_room ? w->row_room * 2 : 16;
		more = realloc(w->out->rows, w->row_room * sizeof(*more));
		if (!more)
			return err_oom(err);
		w->out->rows = more;
	}
	w->out->rows[w->out->count++] = *row;
	return 0;
}

static int hold(struct work *w, int fd, struct err *err)
{
	int *more = realloc(w->out->socks, (w->out->sock_count + 1) * sizeof(*more));

	if (!more) {
		close_fd(&fd);
		return err_oom(err);
	}
	w->out->socks = more;
	w->out->socks[w->out->sock_count++] = fd;
	return 0;
}

static int take_ports(struct work *w, const struct port_row *row, struct err *err)
{
	int fd, r = add_row(w, row, err);

	if (r < 0)
		return r;
	if (w->total > PUBLISH_HELD_MAX)
		return publish_look(row, err);
	for (uint32_t port = row->first; r == 0 && port <= row->last; port++) {
		r = publish_bind(row->proto, &row->host, (uint16_t)port, &fd, err);
		if (r == 0)
			r = hold(w, fd, err);
	}
	return r;
}

/* The addresses that a request means: its own, or any of both families. */
static size_t hosts_of(const struct want *want, struct ip hosts[2])
{
	static const struct ip any4 = { .len = 4 }, any6 = { .len = 16 };
	size_t n = 0;

	if (ip_is_set(&want->host)) {
		hosts[n++] = want->host;
		return n;
	}
	hosts[n++] = any4;
	if (have_ipv6())
		hosts[n++] = any6;
	return n;
}

/* One number on each address, or none is kept; a number that is taken is -EADDRINUSE. */
static int take_number(struct work *w, const struct want *want, const struct ip *hosts,
		       size_t host_count, uint16_t port, struct err *err)
{
	struct port_row row = { .proto = want->proto, .target = want->target };
	bool taken = false;
	int fds[2] = { -1, -1 }, r = 0;
	size_t i;

	for (i = 0; r == 0 && i < host_count; i++) {
		r = publish_bind(want->proto, &hosts[i], port, &fds[i], err);
		if (r == 0 && port == 0)
			port = publish_bound_port(fds[i]);
		if (r == 0)
			r = store_port_is_taken(w->store, want->proto, &hosts[i], port, &taken,
						err);
		if (r == 0 && taken)
			r = -EADDRINUSE;
	}
	if (r < 0) {
		for (i = 0; i < host_count; i++)
			close_fd(&fds[i]);
		return r;
	}
	memcpy(row.container, w->container, sizeof(row.container));
	row.first = row.last = port;
	for (i = 0; i < host_count; i++) {
		row.host = hosts[i];
		if (r == 0)
			r = add_row(w, &row, err);
		if (r == 0)
			r = hold(w, take_fd(&fds[i]), err);
		close_fd(&fds[i]);
	}
	return r;
}

/* A free number of the request's range, or of the kernel's. */
static int take_any(struct work *w, const struct want *want, const struct ip *hosts,
		    size_t host_count, struct err *err)
{
	uint32_t tries = want->first ? (uint32_t)want->last - want->first + 1 : DYNAMIC_TRIES;
	int r = -EADDRINUSE;

	for (uint32_t i = 0; r == -EADDRINUSE && i < tries; i++)
		r = take_number(w, want, hosts, host_count,
				want->first ? (uint16_t)(want->first + i) : 0, err);
	if (r != -EADDRINUSE)
		return r;
	return err_set(err, ERR_CONFLICT, EADDRINUSE,
		       "no free host port for the container's port %u/%s", want->target,
		       publish_proto_name(want->proto));
}

static int take(struct work *w, const struct want *want, struct err *err)
{
	struct port_row row = { .proto = want->proto,
				.first = want->first,
				.last = want->last,
				.target = want->target };
	struct ip hosts[2];
	size_t count = hosts_of(want, hosts);
	int r = 0;

	if (want->any)
		return take_any(w, want, hosts, count, err);
	memcpy(row.container, w->container, sizeof(row.container));
	for (size_t i = 0; r == 0 && i < count; i++) {
		row.host = hosts[i];
		r = take_ports(w, &row, err);
	}
	return r;
}

/* Numbers, not sockets. */
static size_t count_all(const struct wants *wants)
{
	size_t n = 0;

	for (size_t i = 0; i < wants->count; i++)
		n += wants->items[i].count;
	return n;
}

int publish(struct store *store, const char *container, const json_t *host, const json_t *exposed,
	    const struct ip *host_ip, struct published *ret, struct err *err)
{
	struct published out cleanup_published = { 0 };
	struct work w = { .store = store, .container = container, .out = &out };
	struct wants wants = { 0 };
	int r = read_all(host, exposed, host_ip, &wants, err);

	if (r == 0)
		merge(&wants);
	w.total = count_all(&wants);
	for (size_t i = 0; r == 0 && i < wants.count; i++)
		r = take(&w, &wants.items[i], err);
	free(wants.items);
	if (r < 0)
		return r;
	*ret = out;
	out = (struct published){ 0 };
	return 0;
}
