/* SPDX-License-Identifier: Apache-2.0 */
/* Clients over TCP: messages with their length in front (RFC 1035, 4.2.2), answered in turn. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "netd/dns_net.h"

enum { IDLE_MS = 10000 };

struct dns_conn {
	struct dns_conn *next;
	struct dns_client client;
	int fd;
	struct loop_source *source, *timer;
	uint8_t request[2 + DNS_REQUEST_MAX];
	size_t got;
	bool busy;	/* a request is being answered: nothing is read */
	uint8_t *reply; /* with its length; owned */
	size_t reply_len, sent;
};

static void conn_free(struct dns_conn *conn)
{
	struct dns_net *net = conn->client.server->net;
	struct dns_conn **at = &net->conns;

	while (*at != conn)
		at = &(*at)->next;
	*at = conn->next;
	net->conn_count--;
	dns_forward_cancel(net, NULL, conn);
	loop_remove(conn->source);
	loop_remove(conn->timer);
	close_fd(&conn->fd);
	free(conn->reply);
	free(conn);
}

void dns_tcp_close_all(struct dns_net *net, const struct dns_server *server)
{
	struct dns_conn *conn = net->conns, *next;

	for (; conn; conn = next) {
		next = conn->next;
		if (conn->client.server == server)
			conn_free(conn);
	}
}

static void rearm(struct dns_conn *conn)
{
	loop_set_timer(conn->timer, IDLE_MS * INT64_C(1000000));
}

/* False: the connection is over. */
static bool write_reply(struct dns_conn *conn)
{
	ssize_t n;

	while (conn->sent < conn->reply_len) {
		n = send(conn->fd, conn->reply + conn->sent, conn->reply_len - conn->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		conn->sent += (size_t)n;
	}
	free(take_ptr(&conn->reply));
	conn->busy = false;
	conn->got = 0;
	loop_set_events(conn->source, EPOLLIN);
	return true;
}

/* Written when the loop comes to it, not here: who replies still works with the connection. */
void dns_tcp_reply(struct dns_conn *conn, const uint8_t *data, size_t len)
{
	if (conn->reply || len > DNS_MESSAGE_MAX)
		return;
	conn->reply = malloc(len + 2);
	if (!conn->reply)
		return; /* it times out */
	conn->reply[0] = (uint8_t)(len >> 8);
	conn->reply[1] = (uint8_t)len;
	memcpy(conn->reply + 2, data, len);
	conn->reply_len = len + 2;
	conn->sent = 0;
	rearm(conn);
	loop_set_events(conn->source, EPOLLOUT);
}

/* 1: a whole request; 0: more to come; negative: over. */
static int read_request(struct dns_conn *conn)
{
	size_t want;
	ssize_t n;

	for (;;) {
		want = conn->got < 2 ? 2 : 2 + (size_t)(conn->request[0] << 8 | conn->request[1]);
		if (want > sizeof(conn->request))
			return -EMSGSIZE;
		if (conn->got >= 2 && conn->got == want)
			return 1;
		n = recv(conn->fd, conn->request + conn->got, want - conn->got, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n == 0)
			return -EPIPE;
		conn->got += (size_t)n;
	}
}

static void on_event(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct dns_conn *conn = arg;
	int r;

	if (conn->reply) {
		if (!write_reply(conn))
			conn_free(conn);
		return;
	}
	if (conn->busy) { /* no events are asked for: the peer is gone */
		conn_free(conn);
		return;
	}
	r = read_request(conn);
	if (r < 0) {
		conn_free(conn);
	} else if (r == 1) {
		conn->busy = true;
		rearm(conn);
		loop_set_events(conn->source, 0);
		dns_handle(&conn->client, conn->request + 2, conn->got - 2);
	}
}

static void on_idle(struct loop *loop, void *arg)
{
	conn_free(arg);
}

static bool has_room(const struct dns_net *net, const struct ip *from)
{
	size_t own = 0;

	for (const struct dns_conn *conn = net->conns; conn; conn = conn->next) {
		struct ip ip;
		uint16_t port;

		own += ip_of_sockaddr(&conn->client.peer, &ip, &port) && ip_equal(&ip, from);
	}
	return net->conn_count < DNS_CONNS_MAX && own < DNS_CONNS_PER_PEER;
}

static bool conn_open(struct dns_conn *conn)
{
	struct dns_net *net = conn->client.server->net;

	conn->source = loop_add_fd(net->loop, conn->fd, EPOLLIN, on_event, conn);
	conn->timer = loop_add_timer(net->loop, IDLE_MS * INT64_C(1000000), on_idle, conn);
	return conn->source && conn->timer;
}

void dns_tcp_accept(struct dns_server *server)
{
	struct dns_net *net = server->net;
	struct dns_client client = { .server = server, .peer_len = sizeof(client.peer) };
	int fd = accept4(server->tcp_fd, (struct sockaddr *)&client.peer, &client.peer_len,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct dns_conn *conn;
	struct ip from;
	uint16_t port;

	if (fd < 0)
		return;
	conn = ip_of_sockaddr(&client.peer, &from, &port) && has_room(net, &from)
		   ? calloc(1, sizeof(*conn))
		   : NULL;
	if (!conn) {
		close(fd);
		return;
	}
	conn->client = client;
	conn->client.conn = conn;
	conn->fd = fd;
	conn->next = net->conns;
	net->conns = conn;
	net->conn_count++;
	if (!conn_open(conn))
		conn_free(conn);
}
