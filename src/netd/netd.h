/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coracle-netd: watches over the networks of one root in one network namespace, while containers
 * run that are on them. It holds no state: whatever it knows it reads from the store, again each
 * time it is woken. Killed at any moment, it is started again by the next command that needs it.
 *
 *     main.c       the loop, and what follows when the store changed
 *     args.c       the command line
 *     requests.c   what commands say over run/net/netd.sock
 *     leases.c     leases whose container does not run are given back
 *     watch.c      our table of rules, when somebody flushed it
 *     linger.c     the end: bridges, table and settings of the host are put back
 *     dns_*.c      names; resolvers.c: the host's resolvers
 *     held.c, proxy_*.c   published ports
 *     pool.c       ready network namespaces
 */
#ifndef CORACLE_NETD_NETD_H
#define CORACLE_NETD_NETD_H

#include "base/loop.h"
#include "engine/engine.h"
#include "engine/net/netd_protocol.h"
#include "netd/dns_net.h"
#include "netd/held.h"
#include "netd/pool.h"

struct netd_args {
	const char *root, *coracle;
	int lock_fd, listen_fd, log_fd; /* inherited */
	int64_t linger_ns;
	unsigned pool; /* ready namespaces per network */
};
int netd_args_parse(int argc, char **argv, struct netd_args *ret, struct err *err);

/* watch.c */
struct watch {
	struct nl nl;
	struct loop_source *source, *timer;
	unsigned losses; /* in a row */
	int64_t made_ns; /* monotonic; 0: not by us */
	bool pending;	 /* the timer is armed */
};

struct netd {
	struct netd_args args;
	struct engine *engine;
	struct loop *loop;
	int dir_fd; /* run/net */
	struct loop_source *listen_source;
	struct loop_source *look_timer;	  /* armed: the store is to be read again */
	struct loop_source *linger_timer; /* armed: no lease is left */
	struct loop_source *sweep_timer;
	struct loop_source *end_source; /* SIGTERM */
	int end_fd;
	bool restored;	     /* what a netd before us has held is bound again */
	unsigned look_tries; /* in a row that found a bridge missing */
	unsigned requests;   /* connections that are open */
	struct dns_net dns;
	struct held_set held;
	struct pool pool;
	struct watch watch;
};

/* Runs until nobody needs it; the exit status. */
int netd_main(int argc, char **argv);

/* The store may have changed: it is read soon, once for all who say so. */
void netd_look_soon(struct netd *netd);

int requests_begin(struct netd *netd, struct err *err);

int watch_begin(struct netd *netd, struct err *err);
void watch_end(struct netd *netd);

/* The limit of descriptors: all that we may have, or what we were given: monitors and containers
 * that are started from here (a repair, a restart policy) must not get ours. */
void netd_own_limit(bool own);

/* Gives back the leases of containers that do not run. A container that somebody has locked is at
 * work and left alone. */
void leases_sweep(struct netd *netd);

/* After each look: leases are there, or not. */
void linger_consider(struct netd *netd, bool in_use);
/* Takes away what is the host's, unless there are leases again (`always`: even then), and stops the
 * loop. */
void netd_leave(struct netd *netd, bool always);

#endif
