/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes that are in use: by networks of ours and by the host. */
#ifndef CORACLE_ENGINE_NET_HOST_ROUTES_H
#define CORACLE_ENGINE_NET_HOST_ROUTES_H

#include <stddef.h>

#include "base/err.h"
#include "base/ip.h"

struct taken_prefix {
	struct ip_prefix prefix;
	char *owner; /* the network's name; NULL: the host; owned */
};
struct taken {
	struct taken_prefix *items; /* owned */
	size_t count, room;
};
void taken_clear(struct taken *taken);
#define cleanup_taken cleanup_with(taken_clear)
/* `owner` is copied, NULL for the host. A prefix of no family is left out. */
int taken_add(struct taken *taken, const struct ip_prefix *prefix, const char *owner,
	      struct err *err);
/* The first that overlaps; NULL: none. */
const struct taken_prefix *taken_find(const struct taken *taken, const struct ip_prefix *prefix);

/* Adds destinations of the main routing table and the prefixes of all addresses, of the caller's
 * network namespace. Default routes are left out: they overlap with everything. */
int taken_add_host(struct taken *taken, struct err *err);

#endif
