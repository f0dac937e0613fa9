/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets bound for published ports. That they are bound keeps the port from others; the firewall
 * translates what comes in before a socket sees it. What does reach one ([::1], IPv6 where the
 * container has only IPv4, everything while the table is missing) is relayed to the container.
 *
 *     held.c        which sockets, and for how long: as the store's rows of ports say
 *     proxy_tcp.c   connections, by splice(2)
 *     proxy_udp.c   datagrams, a socket per client
 */
#ifndef CORACLE_NETD_HELD_H
#define CORACLE_NETD_HELD_H

#include "base/ip.h"
#include "base/loop.h"
#include "engine/engine.h"

enum {
	HELD_PER_CONTAINER = 256, /* who publishes more has none held */
	PROXY_TCP_MAX = 1024,
	PROXY_UDP_MAX = 1024,
	PROXY_UDP_IDLE_S = 60,
};

struct proxy_tcp;
struct proxy_udp;

struct held_set {
	struct loop *loop;     /* borrowed */
	struct engine *engine; /* borrowed */
	struct held *first;
	struct proxy_tcp *tcp;
	size_t tcp_count;
	struct loop_source *tcp_timer; /* for connections that have had their share for now */
	struct proxy_udp *udp;
	size_t udp_count;
	struct loop_source *udp_timer;
};

struct held {
	struct held *next;
	struct held_set *set;
	char container[65];
	int fd, proto;
	struct ip ip;
	uint16_t port;
	struct loop_source *source; /* NULL: it is only bound (SCTP) */
};

/* Takes sockets over that were bound for a container (their descriptors in any case); those that
 * are not its ports are closed. */
void held_take(struct held_set *set, const char *container, const int *fds, size_t count);
/* Binds what a netd before us has held. What cannot be bound is logged. */
void held_restore(struct held_set *set);
/* Drops what is no port any more, with the connections through it. */
void held_look(struct held_set *set);
void held_clear(struct held_set *set);

/* Where the container listens for a held port; false where it has no address. */
bool held_target(const struct held *held, struct sockaddr_storage *ret, socklen_t *ret_len);

/* --- proxy_tcp.c, proxy_udp.c ----------------------------------------------------------------- */

/* Somebody has connected. */
void proxy_tcp_accept(struct held *held);
/* Ends those through `held`. */
void proxy_tcp_close(struct held_set *set, const struct held *held);

/* Before the first datagram: asks the kernel where each was sent to. */
int proxy_udp_prepare(const struct held *held);
void proxy_udp_receive(struct held *held);
void proxy_udp_close(struct held_set *set, const struct held *held);

#endif
