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
 * network namespace. Default routes are left out: they overlap with everything; and so is what is
 * on the interface `own_link` (NULL: none). */
int taken_add_host(struct taken *taken, const char *own_link, struct err *err);

/* Whether the host has something that overlaps: 1, and what in *ret_found; 0 not. `own_link`, an
 * interface whose routes and addresses do not count, may be NULL. A prefix of no family overlaps
 * with nothing. */
int host_overlaps(const struct ip_prefix *prefix, const char *own_link, struct ip_prefix *ret_found,
		  struct err *err);

#endif
