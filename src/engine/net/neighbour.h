/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the neighbours of an IPv6 address that it is here now. */
#ifndef CORACLE_ENGINE_NET_NEIGHBOUR_H
#define CORACLE_ENGINE_NET_NEIGHBOUR_H

#include <stdint.h>

#include "base/ip.h"

/* An unsolicited neighbour advertisement (RFC 4861, 7.2.6) to all nodes of the link `index` in the
 * namespace. What cannot be told is found out by the neighbours later: no error. */
void neighbour_announce(int netns_fd, uint32_t index, const struct ip *ip,
			const uint8_t mac[MAC_LEN]);

#endif
