/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of names: a UDP and a TCP socket on the gateway address of each bridge, bound to the
 * bridge so that nobody else can ask, and one socket per question that is passed on.
 *
 *     dns_server.c    servers, UDP
 *     dns_tcp.c       connections of clients: one question at a time each
 *     dns_forward.c   questions that wait for an upstream
 *
 * Everything is bounded: a container that asks without end gets SERVFAIL, and takes nothing from
 * the others but time.
 */
#ifndef CORACLE_NETD_DNS_NET_H
#define CORACLE_NETD_DNS_NET_H

#include "base/loop.h"
#include "engine/engine.h"
#include "netd/dns.h"
#include "netd/resolvers.h"

enum {
	DNS_FORWARDS_MAX = 512,
	DNS_FORWARDS_PER_ASKER = 64,
	DNS_CONNS_MAX = 256,
	DNS_CONNS_PER_PEER = 16,
};

struct dns_forward;
struct dns_conn;

struct dns_net {
	struct loop *loop;     /* borrowed */
	struct engine *engine; /* borrowed */
	struct resolvers host; /* the host's resolvers */
	struct dns_server *servers;
	struct dns_forward *forwards;
	size_t forward_count;
	struct dns_conn *conns;
	size_t conn_count;
	uint8_t buffer[DNS_MESSAGE_MAX]; /* for what is read and used up at once */
};

/* Where a network's containers find us. */
struct dns_place {
	char network[65];
	struct ip ip;	  /* the gateway's */
	char link[16];	  /* the bridge */
	unsigned ifindex; /* of that name now: another one is another bridge */
};

struct dns_server {
	struct dns_server *next;
	struct dns_net *net;
	struct dns_place place;
	int udp_fd, tcp_fd;
	struct loop_source *udp_source, *tcp_source;
	bool wanted; /* while the set changes */
};

/* Makes the servers those of `places`; others end with all that they have in flight. False: some
 * could not be bound, and it is worth trying again. */
bool dns_net_set(struct dns_net *net, const struct dns_place *places, size_t count);
void dns_net_clear(struct dns_net *net);

/* Who is answered. */
struct dns_client {
	struct dns_server *server;
	struct dns_conn *conn; /* NULL: over UDP, to `peer` */
	struct sockaddr_storage peer;
	socklen_t peer_len;
};
void dns_reply(const struct dns_client *client, const uint8_t *data, size_t len);
void dns_reply_error(const struct dns_client *client, const uint8_t *request, size_t len,
		     int rcode);

/* A whole request came in. */
void dns_handle(const struct dns_client *client, const uint8_t *wire, size_t len);

/* --- dns_forward.c ---------------------------------------------------------------------------- */

/* Passes a request (with a question) on; the answer goes to the client, over the same transport. */
void dns_forward(const struct dns_client *client, const struct dns_outcome *outcome,
		 const uint8_t *wire, size_t len);
/* Forgets what is on its way for a server, or for a connection (either NULL). */
void dns_forward_cancel(struct dns_net *net, const struct dns_server *server,
			const struct dns_conn *conn);

/* --- dns_tcp.c -------------------------------------------------------------------------------- */

/* The listening socket of a server has somebody. */
void dns_tcp_accept(struct dns_server *server);
void dns_tcp_reply(struct dns_conn *conn, const uint8_t *data, size_t len);
void dns_tcp_close_all(struct dns_net *net, const struct dns_server *server);

#endif
