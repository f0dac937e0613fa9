/* SPDX-License-Identifier: Apache-2.0 */
#include "netd/held.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/container/container.h"
#include "engine/store/networks.h"

/* --- rows --------------------------------------------------------------------------------------
 */

static bool covers(const struct port_row *row, const struct held *held)
{
	return row->proto == held->proto && ip_equal(&row->host, &held->ip) &&
	       row->first <= held->port && held->port <= row->last;
}

static const struct port_row *find_row(const struct port_row *rows, size_t count,
				       const struct held *held)
{
	for (size_t i = 0; i < count; i++)
		if (covers(&rows[i], held))
			return &rows[i];
	return NULL;
}

static int list_rows(const struct held_set *set, const char *container, struct port_row **ret,
		     size_t *count)
{
	struct err err = { 0 };
	struct store *store;
	int r = engine_store(set->engine, &store, &err);

	if (r == 0)
		r = store_port_list(store, container, ret, count, &err);
	if (r < 0)
		log_warn("published ports: %s", err.text);
	return r;
}

/* A published port leads to a bridge, and not to an internal network (attach_target). */
static bool is_fit(struct store *store, const char *network)
{
	struct network_row row cleanup_with(network_row_clear) = { 0 };
	json_t *doc cleanup_json = NULL;

	return store_network_find(store, network, &row, NULL) == 0 &&
	       str_eq(row.driver, "bridge") &&
	       js_parse(row.config, strlen(row.config), "the network", &doc, NULL) == 0 &&
	       !json_is_true(json_object_get(doc, "Internal"));
}

/* Of each family the first. */
static void find_addresses(const struct held_set *set, const char *container, struct ip *ret4,
			   struct ip *ret6)
{
	struct lease_row *leases = NULL;
	struct store *store;
	size_t count = 0;

	if (engine_store(set->engine, &store, NULL) < 0 ||
	    store_lease_list(store, NULL, container, &leases, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (!is_fit(store, leases[i].network))
			continue;
		if (!ip_is_set(ret4))
			*ret4 = leases[i].ip4;
		if (!ip_is_set(ret6))
			*ret6 = leases[i].ip6;
	}
	lease_list_free(leases, count);
}

bool held_target(const struct held *held, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	struct port_row *rows cleanup_free = NULL;
	struct ip ip4 = { 0 }, ip6 = { 0 };
	const struct port_row *row;
	const struct ip *to;
	size_t count = 0;

	if (list_rows(held->set, held->container, &rows, &count) < 0)
		return false;
	row = find_row(rows, count, held);
	if (!row)
		return false;
	find_addresses(held->set, held->container, &ip4, &ip6);
	/* in the family of the port where the container has it */
	to = ip_is_set(&ip6) && (held->ip.len == 16 || !ip_is_set(&ip4)) ? &ip6 : &ip4;
	if (!ip_is_set(to))
		return false;
	*ret_len = ip_sockaddr(to, (uint16_t)(row->target + (held->port - row->first)), ret);
	return true;
}

/* --- sockets -----------------------------------------------------------------------------------
 */

static void on_event(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct held *held = arg;

	if (held->proto == IPPROTO_TCP)
		proxy_tcp_accept(held);
	else
		proxy_udp_receive(held);
}

static void held_free(struct held *held)
{
	proxy_tcp_close(held->set, held);
	proxy_udp_close(held->set, held);
	loop_remove(held->source);
	close_fd(&held->fd);
	free(held);
}

/* What the socket is bound to, by the kernel's word. */
static int describe(struct held *held)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address), size = sizeof(held->proto);

	if (getsockopt(held->fd, SOL_SOCKET, SO_PROTOCOL, &held->proto, &size) < 0 ||
	    getsockname(held->fd, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	return ip_of_sockaddr(&address, &held->ip, &held->port) ? 0 : -EAFNOSUPPORT;
}

/* The bridges may have route_localnet, and the rule that drops 127.0.0.0/8 from them
 * (CVE-2020-8558) is in the table that may be missing just when sockets are reached: a loopback
 * port takes nothing but from lo. */
static int keep_local(const struct held *held)
{
	static const char device[] = "lo";

	if (ip_is_loopback(&held->ip) &&
	    setsockopt(held->fd, SOL_SOCKET, SO_BINDTODEVICE, device, sizeof(device)) < 0)
		return -errno;
	return 0;
}

static int serve(struct held *held)
{
	int r = keep_local(held);

	if (r == 0)
		r = fd_set_nonblock(held->fd, 1);
	if (r < 0 || (held->proto != IPPROTO_TCP && held->proto != IPPROTO_UDP))
		return r;
	if (held->proto == IPPROTO_TCP)
		r = listen(held->fd, SOMAXCONN) < 0 ? -errno : 0;
	else
		r = proxy_udp_prepare(held);
	if (r < 0)
		return r;
	held->source = loop_add_fd(held->set->loop, held->fd, EPOLLIN, on_event, held);
	return held->source ? 0 : -errno;
}

static bool is_held(const struct held_set *set, const struct held *other)
{
	for (const struct held *h = set->first; h; h = h->next)
		if (h->proto == other->proto && h->port == other->port &&
		    ip_equal(&h->ip, &other->ip))
			return true;
	return false;
}

/* Takes `fd` over. `rows` are the container's. */
static int take_one(struct held_set *set, const char *container, int fd,
		    const struct port_row *rows, size_t count)
{
	struct held *held = calloc(1, sizeof(*held));
	int r;

	if (!held) {
		close(fd);
		return -ENOMEM;
	}
	*held = (struct held){ .set = set, .fd = fd };
	snprintf(held->container, sizeof(held->container), "%s", container);
	r = describe(held);
	if (r == 0 && (!find_row(rows, count, held) || is_held(set, held)))
		r = -EADDRNOTAVAIL;
	if (r == 0)
		r = serve(held);
	if (r < 0) {
		held_free(held);
		return r;
	}
	held->next = set->first;
	set->first = held;
	return 0;
}

void held_take(struct held_set *set, const char *container, const int *fds, size_t count)
{
	struct port_row *rows cleanup_free = NULL;
	size_t row_count = 0;
	int r;

	if (list_rows(set, container, &rows, &row_count) < 0)
		row_count = 0;
	for (size_t i = 0; i < count; i++) {
		r = take_one(set, container, fds[i], rows, row_count);
		if (r < 0)
			log_warn("container %s: a socket that was handed over: %s", container,
				 strerror(-r));
	}
}

/* --- after a crash -----------------------------------------------------------------------------
 */

static int bind_port(const struct port_row *row, uint16_t port, int *ret_fd)
{
	int type = row->proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, one = 1;
	int fd cleanup_fd = socket(ip_family(&row->host), type | SOCK_CLOEXEC, row->proto);
	struct sockaddr_storage address;
	socklen_t len = ip_sockaddr(&row->host, port, &address);

	/* Reuse is for streams, whose last connections may linger; datagrams would share the port
	 * with whoever asks for it in the same way. */
	if (fd < 0 || (type == SOCK_STREAM &&
		       setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0))
		return -errno;
	if (row->host.len == 16 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, len) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static void restore_row(struct held_set *set, const struct port_row *row)
{
	char text[IP_TEXT];
	int fd = -1, r;

	for (unsigned port = row->first; port <= row->last; port++) {
		struct held wanted = { .proto = row->proto,
				       .ip = row->host,
				       .port = (uint16_t)port };

		if (is_held(set, &wanted))
			continue;
		r = bind_port(row, (uint16_t)port, &fd);
		if (r == 0)
			r = take_one(set, row->container, fd, row, 1);
		if (r < 0)
			log_warn("container %s: port %u on %s cannot be held again: %s",
				 row->container, port, ip_format(&row->host, text), strerror(-r));
	}
}

static size_t count_ports(const struct port_row *rows, size_t count)
{
	size_t ports = 0;

	for (size_t i = 0; i < count; i++)
		ports += (size_t)(rows[i].last - rows[i].first) + 1;
	return ports;
}

/* One that is being started hands its sockets over by itself. */
static bool runs(struct held_set *set, const char *id)
{
	struct container *c cleanup_container = NULL;

	return container_load(set->engine, id, false, &c, NULL) == 0 &&
	       (c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED);
}

static void restore_container(struct held_set *set, const char *id)
{
	struct port_row *rows cleanup_free = NULL;
	size_t count = 0;

	if (!runs(set, id) || list_rows(set, id, &rows, &count) < 0 ||
	    count_ports(rows, count) > HELD_PER_CONTAINER)
		return;
	for (size_t i = 0; i < count; i++)
		restore_row(set, &rows[i]);
}

static bool came_before(const struct port_row *rows, size_t at)
{
	for (size_t i = at; i > 0; i--)
		if (strcmp(rows[i - 1].container, rows[at].container) == 0)
			return true;
	return false;
}

void held_restore(struct held_set *set)
{
	struct port_row *rows cleanup_free = NULL;
	size_t count = 0;

	if (list_rows(set, NULL, &rows, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (!came_before(rows, i))
			restore_container(set, rows[i].container);
}

/* --- the end -----------------------------------------------------------------------------------
 */

/* Those of one container stand together as a rule: their rows are read once. */
void held_look(struct held_set *set)
{
	struct port_row *rows cleanup_free = NULL;
	struct held **at = &set->first, *held;
	char of[65] = "";
	size_t count = 0;

	while ((held = *at)) {
		if (strcmp(of, held->container) != 0) {
			free(take_ptr(&rows));
			if (list_rows(set, held->container, &rows, &count) < 0)
				return;
			memcpy(of, held->container, sizeof(of));
		}
		if (find_row(rows, count, held)) {
			at = &held->next;
			continue;
		}
		*at = held->next;
		held_free(held);
	}
}

void held_clear(struct held_set *set)
{
	struct held *held;

	while ((held = set->first)) {
		set->first = held->next;
		held_free(held);
	}
	loop_remove(take_ptr(&set->tcp_timer));
	loop_remove(take_ptr(&set->udp_timer));
}
