/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "netd/dns_net.h"

enum {
	DNS_PORT = 53,
	BATCH = 64, /* datagrams before others have their turn */
};

/* --- answering ---------------------------------------------------------------------------------
 */

void dns_reply(const struct dns_client *client, const uint8_t *data, size_t len)
{
	if (client->conn)
		dns_tcp_reply(client->conn, data, len);
	else /* what is lost is asked again */
		(void)sendto(client->server->udp_fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL,
			     (const struct sockaddr *)&client->peer, client->peer_len);
}

void dns_reply_error(const struct dns_client *client, const uint8_t *request, size_t len, int rcode)
{
	struct dns_message message cleanup_with(dns_message_clear) = { 0 };

	if (dns_build_error(request, len, rcode, &message) == 0)
		dns_reply(client, message.data, message.len);
}

void dns_handle(const struct dns_client *client, const uint8_t *wire, size_t len)
{
	struct dns_net *net = client->server->net;
	struct dns_outcome outcome = { 0 };
	struct store *store;
	struct err err = { 0 };
	struct ip from;
	uint16_t port;
	int r;

	if (!ip_of_sockaddr(&client->peer, &from, &port))
		return;
	r = engine_store(net->engine, &store, &err);
	if (r == 0)
		r = dns_resolve(store, client->server->place.network, &from, wire, len,
				client->conn ? DNS_MESSAGE_MAX : 0, &outcome, &err);
	if (r < 0) {
		log_warn("a question for names: %s", err.text);
		if (len >= DNS_HEADER)
			dns_reply_error(client, wire, len, DNS_SERVFAIL);
	} else if (outcome.verdict == DNS_ANSWER) {
		dns_reply(client, outcome.message.data, outcome.message.len);
	} else if (outcome.verdict == DNS_FORWARD) {
		dns_forward(client, &outcome, wire, len);
	}
	dns_message_clear(&outcome.message);
}

static void on_udp(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct dns_server *server = arg;
	uint8_t request[DNS_REQUEST_MAX];
	struct dns_client client = { .server = server };
	ssize_t n;

	for (int i = 0; i < BATCH; i++) {
		client.peer_len = sizeof(client.peer);
		n = recvfrom(fd, request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC,
			     (struct sockaddr *)&client.peer, &client.peer_len);
		if (n < 0)
			return;
		/* none that anybody would send is that long */
		if ((size_t)n <= sizeof(request))
			dns_handle(&client, request, (size_t)n);
	}
}

static void on_tcp(struct loop *loop, int fd, uint32_t events, void *arg)
{
	dns_tcp_accept(arg);
}

/* --- servers -----------------------------------------------------------------------------------
 */

static void server_free(struct dns_server *server)
{
	loop_remove(server->udp_source);
	loop_remove(server->tcp_source);
	close_fd(&server->udp_fd);
	close_fd(&server->tcp_fd);
	free(server);
}

/* Free binding: an IPv6 address is not there yet while it is checked for duplicates, and the bridge
 * may have its addresses only after its links. */
static int bind_to(const struct dns_place *place, int type, int *ret_fd)
{
	struct sockaddr_storage address;
	socklen_t len = ip_sockaddr(&place->ip, DNS_PORT, &address);
	int fd cleanup_fd = socket(ip_family(&place->ip), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int level = place->ip.len == 4 ? IPPROTO_IP : IPPROTO_IPV6, one = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, place->link, strlen(place->link)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, level, place->ip.len == 4 ? IP_FREEBIND : IPV6_FREEBIND, &one,
		       sizeof(one)) < 0)
		return -errno;
	if (place->ip.len == 16) {
		if (IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)place->ip.bytes))
			((struct sockaddr_in6 *)&address)->sin6_scope_id = place->ifindex;
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
			return -errno;
	}
	if (bind(fd, (struct sockaddr *)&address, len) < 0)
		return -errno;
	if (type == SOCK_STREAM && listen(fd, 64) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int server_open(struct dns_net *net, const struct dns_place *place, struct dns_server **ret)
{
	struct dns_server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	*server = (struct dns_server){ .net = net, .place = *place, .udp_fd = -1, .tcp_fd = -1 };
	r = bind_to(place, SOCK_DGRAM, &server->udp_fd);
	if (r == 0)
		r = bind_to(place, SOCK_STREAM, &server->tcp_fd);
	if (r == 0) {
		server->udp_source =
		    loop_add_fd(net->loop, server->udp_fd, EPOLLIN, on_udp, server);
		server->tcp_source =
		    loop_add_fd(net->loop, server->tcp_fd, EPOLLIN, on_tcp, server);
		if (!server->udp_source || !server->tcp_source)
			r = -ENOMEM;
	}
	if (r < 0)
		server_free(server);
	else
		*ret = server;
	return r;
}

static bool is_at(const struct dns_server *server, const struct dns_place *place)
{
	return strcmp(server->place.network, place->network) == 0 &&
	       strcmp(server->place.link, place->link) == 0 &&
	       server->place.ifindex == place->ifindex && ip_equal(&server->place.ip, &place->ip);
}

static struct dns_server *find(const struct dns_net *net, const struct dns_place *place)
{
	struct dns_server *server = net->servers;

	while (server && !is_at(server, place))
		server = server->next;
	return server;
}

static void drop_unwanted(struct dns_net *net)
{
	struct dns_server **at = &net->servers, *server;

	while ((server = *at)) {
		if (server->wanted) {
			at = &server->next;
			continue;
		}
		*at = server->next;
		dns_tcp_close_all(net, server);
		dns_forward_cancel(net, server, NULL);
		server_free(server);
	}
}

static bool add(struct dns_net *net, const struct dns_place *place)
{
	char text[IP_TEXT];
	struct dns_server *server;
	int r;

	if (place->ifindex == 0) /* the bridge is on its way */
		return false;
	r = server_open(net, place, &server);
	if (r < 0) {
		log_warn("names on %s, %s port %d: %s", place->link, ip_format(&place->ip, text),
			 DNS_PORT, strerror(-r));
		return false;
	}
	server->wanted = true;
	server->next = net->servers;
	net->servers = server;
	return true;
}

bool dns_net_set(struct dns_net *net, const struct dns_place *places, size_t count)
{
	struct dns_server *server;
	bool all = true;

	for (server = net->servers; server; server = server->next)
		server->wanted = false;
	for (size_t i = 0; i < count; i++) {
		server = find(net, &places[i]);
		if (server)
			server->wanted = true;
	}
	/* before the new ones: a bridge that was made anew has the same address */
	drop_unwanted(net);
	for (size_t i = 0; i < count; i++)
		if (!find(net, &places[i]) && !add(net, &places[i]))
			all = false;
	return all;
}

void dns_net_clear(struct dns_net *net)
{
	dns_net_set(net, NULL, 0);
}
