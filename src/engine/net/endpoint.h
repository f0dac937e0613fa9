/* SPDX-License-Identifier: Apache-2.0 */
/* What a container may ask for on a network: Docker's EndpointSettings. */
#ifndef CORACLE_ENGINE_NET_ENDPOINT_H
#define CORACLE_ENGINE_NET_ENDPOINT_H

#include "engine/net/network.h"

/* Checks `given` (NULL: nothing is asked for) against the network, and puts it into its stored form
 * in *ret (new): { "IPAMConfig": { "IPv4Address", "IPv6Address" }, "Aliases", "MacAddress",
 * "GwPriority" }, without what was not given. What says only what is in force ("EndpointID",
 * "Gateway", …) is left out, as a client may send back what inspect told it. */
int endpoint_check(const struct network *network, const json_t *given, json_t **ret,
		   struct err *err);

/* Whether anything in `given` needs endpoint_check(). */
bool endpoint_asks(const json_t *given);

#endif
