/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --net-rate: the most a container sends and receives, each.
 *
 * Both limits are on the host's side, where nobody in the container can lift them: what it receives
 * leaves by the veth's end there; what it sends comes in by it, and takes the way over an ifb of
 * its own, whose name is made from the veth's.
 */
#ifndef CORACLE_ENGINE_NET_RATE_H
#define CORACLE_ENGINE_NET_RATE_H

#include <jansson.h>

#include "linux/netlink.h"

struct net_rate {
	uint64_t rate;	/* bytes per second; 0: no limit */
	uint32_t burst; /* bytes that may pass at once */
};

/* HostConfig.NetRate {"Rate": bits per second, "Burst": bytes (0: a hundredth of a second's worth,
 * 16 KiB at least)}; absent: no limit. ERR_INVALID for what is out of range. */
int rate_read(const json_t *host, struct net_rate *ret, struct err *err);

/* On the link `host_link` in the namespace of `host`; `alias` marks the ifb (shared.h). */
int rate_apply(struct nl *host, const char *host_link, const char *alias,
	       const struct net_rate *rate, struct err *err);
/* The ifb; a missing one is success. The rest goes with the veth. */
int rate_remove(struct nl *host, const char *host_link, struct err *err);

#endif
