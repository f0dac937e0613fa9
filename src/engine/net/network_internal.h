/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of network.h's implementation. */
#ifndef CORACLE_ENGINE_NET_NETWORK_INTERNAL_H
#define CORACLE_ENGINE_NET_NETWORK_INTERNAL_H

#include "engine/engine.h"
#include "engine/net/host_routes.h"
#include "engine/net/network.h"
#include "engine/store/networks.h"

/* A hidden member of the stored document, true where the IPv4 subnet came from the pool. */
#define NETWORK_FROM_POOL "FromPool"

/* --- network_read.c -------------------------------------------------------------------------- */
int network_from_row(const struct network_row *row, struct network **ret, struct err *err);
/* The default network's bridge: "coracle0", "cr0-<8 hex>" for another root. */
void network_default_link(const struct engine *engine, char ret[IFNAMSIZ]);

/* --- network_options.c ----------------------------------------------------------------------- */
/* Checks the driver's options and spells them as they are stored: *ret is a new object. */
int network_options_check(const char *driver, const json_t *given, json_t **ret, struct err *err);
/* Stored options into the members of `network` (driver, v4 and v6 are set). */
int network_options_read(struct network *network, const json_t *options, struct err *err);

/* --- network_ipam.c -------------------------------------------------------------------------- */
/* Docker's IPAM into subnets; what is not given stays unset. */
int network_ipam_parse(const json_t *ipam, struct network_subnet *v4, struct network_subnet *v6,
		       struct err *err);
/* Fills in range and gateway of a subnet that is set, and checks that room is left. */
int network_ipam_complete(struct network_subnet *subnet, struct err *err);
/* The document's IPAM. New reference, NULL: out of memory. */
json_t *network_ipam_document(const struct network_subnet *v4, const struct network_subnet *v6);
void network_subnet_clear(struct network_subnet *subnet);
#define cleanup_network_subnet cleanup_with(network_subnet_clear)

/* --- network_pool.c -------------------------------------------------------------------------- */
/* A subnet that overlaps with none of `taken`; -ENOSPC with ERR_CONFLICT where none is left. */
int network_pool_pick4(const struct taken *taken, struct ip_prefix *ret, struct err *err);
int network_pool_pick6(const struct taken *taken, struct ip_prefix *ret, struct err *err);

/* --- network_create.c ------------------------------------------------------------------------ */
/* Makes the rows of the predefined networks that are missing. Without `bridge_too`, one whose
 * subnet cannot be had is left for who asks for it. */
int network_make_predefined(struct engine *engine, bool bridge_too, struct err *err);
/* Name rules. */
int network_name_check(const char *name, struct err *err);

#endif
