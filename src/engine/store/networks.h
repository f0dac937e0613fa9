/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks, and what containers that run hold of them: leases (addresses), ports, names. A lease
 * begins with a start and ends with the run: who finds one whose container does not run gives it
 * back (net/attach.c).
 */
#ifndef CORACLE_ENGINE_STORE_NETWORKS_H
#define CORACLE_ENGINE_STORE_NETWORKS_H

#include "base/ip.h"
#include "engine/store/store.h"

struct network_row {
	char id[65];
	char *name;
	char *driver; /* "bridge", "macvlan", "ipvlan", "host", "none" */
	char *config; /* JSON: see engine/net/network.h */
	int64_t created_ns;
};
void network_row_clear(struct network_row *row);

/* ERR_CONFLICT where the name is taken. */
int store_network_add(struct store *store, const struct network_row *row, struct err *err);
int store_network_set_config(struct store *store, const char *id, const char *config,
			     struct err *err);
/* ERR_CONFLICT while it has leases. */
int store_network_remove(struct store *store, const char *id, struct err *err);
/* By full id, exact name, or unambiguous id prefix. ERR_NOT_FOUND "network X not found". */
int store_network_find(struct store *store, const char *what, struct network_row *ret,
		       struct err *err);
/* All, oldest first; malloc'ed array whose rows the caller clears. */
int store_network_list(struct store *store, struct network_row **ret, size_t *count,
		       struct err *err);

/* --- leases: one per container and network --------------------------------------------------- */

struct lease_row {
	char network[65], container[65];
	struct ip ip4, ip6; /* not set: none of that family */
	uint8_t mac[MAC_LEN];
	char host_link[16]; /* the interface on the host's side ("" where there is none: macvlan) */
	char link[16];	    /* in the container: "eth0" */
	int position;	    /* 0: the first, which has the default route */
	char endpoint[65];  /* an id for inspect */
	json_t *aliases;    /* array of names, as asked for; owned; NULL: none */
};
void lease_row_clear(struct lease_row *row);
void lease_list_free(struct lease_row *rows, size_t count);

/* ERR_CONFLICT "address X is in use on network …" where an address is taken. Within a transaction.
 */
int store_lease_add(struct store *store, const struct lease_row *row, struct err *err);
/* The first address from `from` to `last` that no lease of the network holds and that is none of
 * the `skip_count` in `skip`; -ENOSPC (err is not filled) where there is none. */
int store_lease_free_address(struct store *store, const char *network, const struct ip *from,
			     const struct ip *last, const struct ip *skip, size_t skip_count,
			     struct ip *ret, struct err *err);
/* The address given out last (of a family: 4 or 6), so that one just given back is not the next:
 * the namespace that had it may live for some milliseconds. Not set: none yet. */
int store_network_cursor(struct store *store, const char *network, int family, struct ip *ret,
			 struct err *err);
int store_network_set_cursor(struct store *store, const char *network, int family,
			     const struct ip *ip, struct err *err);

/* By container (in the order of `position`), or by network; either NULL: any. */
int store_lease_list(struct store *store, const char *network, const char *container,
		     struct lease_row **ret, size_t *count, struct err *err);
/* Who has this address in this network; 1 found, 0 not. */
int store_lease_at(struct store *store, const char *network, const struct ip *ip,
		   struct lease_row *ret, struct err *err);
/* All networks' leases; `network` NULL: of any. */
int store_lease_count(struct store *store, const char *network, int64_t *ret, struct err *err);
/* With its names. */
int store_lease_remove(struct store *store, const char *network, const char *container,
		       struct err *err);

/* --- names ----------------------------------------------------------------------------------- */

/* A name of a container on a network; compared without case. Adding twice is one. */
int store_name_add(struct store *store, const char *network, const char *name,
		   const char *container, struct err *err);
/* After a rename: on all networks. */
int store_name_change(struct store *store, const char *container, const char *old, const char *new,
		      struct err *err);
/* The leases of all who have `name` on any network that `asker` (a container's id) is on. */
int store_name_find(struct store *store, const char *asker, const char *name,
		    struct lease_row **ret, size_t *count, struct err *err);
/* The reverse: a name of who has the address `ip` on a network that `asker` is on; *ret malloc'ed,
 * or NULL. */
int store_name_of(struct store *store, const char *asker, const struct ip *ip, char **ret,
		  struct err *err);

/* --- ports ----------------------------------------------------------------------------------- */

struct port_row {
	char container[65];
	int proto;	      /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP */
	struct ip host;	      /* 0.0.0.0 and :: mean any address of that family */
	uint16_t first, last; /* on the host */
	uint16_t target;      /* the container's port for `first`; the others follow */
};

/* ERR_CONFLICT "port 80/tcp on 0.0.0.0 is already published by container NAME" where one of them is
 * taken: by the same address or by any address of its family. Within a transaction. */
int store_port_add(struct store *store, const struct port_row *row, struct err *err);
/* Of a container; NULL: all. In the order they were added. malloc'ed. */
int store_port_list(struct store *store, const char *container, struct port_row **ret,
		    size_t *count, struct err *err);
/* Whether any container has published `port`: for choosing a free one. */
int store_port_is_taken(struct store *store, int proto, const struct ip *host, uint16_t port,
			bool *ret, struct err *err);

/* Leases, names and ports of a container. */
int store_network_release(struct store *store, const char *container, struct err *err);

#endif
