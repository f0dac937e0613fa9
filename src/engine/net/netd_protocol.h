/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said over run/net/netd.sock (SOCK_SEQPACKET): one request per connection, except that
 * NETD_HOLD may come in several messages. Both ends are of one build: the run tree does not outlive
 * the machine, and netd does not outlive its use.
 */
#ifndef CORACLE_ENGINE_NET_NETD_PROTOCOL_H
#define CORACLE_ENGINE_NET_NETD_PROTOCOL_H

#include <stdint.h>

#define NETD_PROGRAM "coracle-netd"
#define NETD_SOCKET "netd.sock"
#define NETD_LOCK "netd.lock" /* held exclusively by the living netd */
#define NETD_START                                                                                 \
	"netd.start" /* held shared (and touched) by who looks for netd, exclusively by who starts \
			or ends it */
#define NETD_NETNS \
	"netd.netns" /* "<device> <inode>" of the network namespace that it was started in */
#define NETD_LOG "netd.log"

enum netd_request_kind {
	NETD_WAKE,   /* no answer */
	NETD_HOLD,   /* subject: a container's id; with descriptors; no answer */
	NETD_TAKE,   /* subject: a network's id; answered */
	NETD_SETTLE, /* sockets of ports that the store does not know any more are closed; then
			answered */
	NETD_LEAVE,  /* end now, whatever the store says; no answer */
};

struct netd_request {
	uint32_t kind;
	char subject[68]; /* NUL-terminated */
};

/* With two descriptors (network namespace, its rtnetlink socket) where `code` is 0; else a negative
 * errno and none. */
struct netd_answer {
	int32_t code;
	char host_link[16];
};

#endif
