/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids that an ordinary user's containers have. Everything of one root that makes files for
 * containers or reads them (unpacking, snapshots, the containers' user namespaces without a
 * --userns of their own) uses this one map, so that owners agree.
 */
#ifndef CORACLE_ENGINE_ROOT_IDS_H
#define CORACLE_ENGINE_ROOT_IDS_H

#include "linux/ns.h"

enum { ROOT_IDS_MAX = 32 };

struct root_ids {
	struct id_map uids[ROOT_IDS_MAX], gids[ROOT_IDS_MAX];
	size_t uid_count, gid_count;
	bool single; /* only id 0 exists in the container: owners of files are squashed to it */
};

/* Id 0 inside is the caller's own; from 1 on the subordinate ids of /etc/subuid and /etc/subgid in
 * their order, where newuidmap(1) and newgidmap(1) are installed and the user has some of both.
 * Never fails: without them the single own id. */
void root_ids_get(struct root_ids *ret);

#endif
