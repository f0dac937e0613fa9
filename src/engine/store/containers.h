/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of containers and their names. */
#ifndef CORACLE_ENGINE_STORE_CONTAINERS_H
#define CORACLE_ENGINE_STORE_CONTAINERS_H

#include "engine/store/store.h"

struct container_row {
	char id[65];
	char *name;
	char *image;	/* as the user wrote it */
	char *image_id; /* "sha256:…" or "" for host: and dir: */
	char *config;	/* JSON: see engine/container/container.h */
	int64_t created_ns;
	bool wanted; /* the user wants it running: start sets it, stop and kill clear it */
};
void container_row_clear(struct container_row *row);

/* ERR_CONFLICT naming the other container when the name is taken. */
int store_container_add(struct store *store, const struct container_row *row, struct err *err);
int store_container_remove(struct store *store, const char *id, struct err *err);
int store_container_rename(struct store *store, const char *id, const char *name, struct err *err);
int store_container_set_wanted(struct store *store, const char *id, bool wanted, struct err *err);
int store_container_set_config(struct store *store, const char *id, const char *config,
			       struct err *err);

/* By full id, exact name (with or without "/"), or unambiguous id prefix, in that order.
 * ERR_NOT_FOUND "No such container: X"; ERR_INVALID for an ambiguous prefix. */
int store_container_find(struct store *store, const char *what, struct container_row *ret,
			 struct err *err);
/* All, newest first; malloc'ed array whose rows the caller clears. */
int store_container_list(struct store *store, struct container_row **ret, size_t *count,
			 struct err *err);

/* Takes `size` host ids for the container's user namespace, of the `room` ids from `first` on, that
 * overlap with no other container's: *ret_start. They are given back with the row.
 * ERR_CONFLICT when none are left. Within a transaction. */
int store_id_range_take(struct store *store, const char *id, uint32_t first, uint32_t room,
			uint32_t size, uint32_t *ret_start, struct err *err);

/* A single fact of the table meta ("id": 32 hex digits of this store's own); malloc'ed. */
int store_meta_get(struct store *store, const char *key, char **ret, struct err *err);

#endif
