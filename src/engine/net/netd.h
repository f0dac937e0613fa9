/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talking to coracle-netd, the watcher of a root's networks.
 *
 * run/net/netd.sock is bound and listened on by the command that starts netd and given to it: a
 * request can be sent at once, and waits in the socket until netd comes to it. run/net/netd.lock is
 * held by the living netd. Nothing that a request says is state: netd reads the store.
 */
#ifndef CORACLE_ENGINE_NET_NETD_H
#define CORACLE_ENGINE_NET_NETD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct engine;

/* Starts netd unless it runs (under run/net/netd.start, a lock). Never waits for it to be ready.
 * ERR_CONFLICT where the root's networks belong to another network namespace in which containers
 * run.
 *
 * The netd that is found stays for two seconds at least: time to take a lease, which then keeps it.
 * CORACLE_NETD_LINGER (seconds that it stays after the last lease went) and
 * CORACLE_NETD_POOL (ready namespaces per network) are read here. */
int netd_ensure(struct engine *engine, struct err *err);

/* Tells a running netd that the store changed (a network's first container, a connect, the end of a
 * run). False: none is there to be told. */
bool netd_wake(struct engine *engine);

/* Hands the sockets bound for a container's ports over: netd holds them for as long as the
 * container has its ports, and serves [::1] by them. */
int netd_hold(struct engine *engine, const char *container, const int *fds, size_t count,
	      struct err *err);

/* Waits until netd holds no port that the store does not say is published: one that was given back
 * a moment ago can be bound again. -EAGAIN (err is not filled) where no netd answers in time. */
int netd_settle(struct engine *engine);

/* A ready namespace of the pool for a network: a veth is in it (peer of *ret_host_link, which is a
 * port of the bridge and up), with lo up, unnamed otherwise. *ret_rtnl is a NETLINK_ROUTE socket in
 * that namespace. -EAGAIN (err is not filled) where there is none: make one. */
int netd_take(struct engine *engine, const char *network, int *ret_netns, int *ret_rtnl,
	      char ret_host_link[16], struct err *err);

#endif
