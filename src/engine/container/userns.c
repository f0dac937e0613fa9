/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/userns.h"

#include "engine/store/containers.h"
#include "linux/ns.h"

/*
 * Where /etc/subuid and /etc/subgid give root ids, those; else the upper part of what systemd
 * documents as the range for containers. Not 100000 and up: that is where useradd(8) puts the
 * subordinate ids of ordinary users, who would then own the container's processes and files.
 */
enum { RANGE_SIZE = 65536, DEFAULT_FIRST = 1073741824, DEFAULT_END = 1879048192 };

struct area {
	uint32_t uid, gid, room;
};

static struct area find_area(void)
{
	struct id_range uids, gids;

	if (subid_ranges("/etc/subuid", "root", 0, &uids, 1, NULL) == 1 &&
	    subid_ranges("/etc/subgid", "root", 0, &gids, 1, NULL) == 1 &&
	    uids.count >= RANGE_SIZE && gids.count >= RANGE_SIZE)
		return (struct area){ uids.first, gids.first,
				      uids.count < gids.count ? uids.count : gids.count };
	return (struct area){ DEFAULT_FIRST, DEFAULT_FIRST, DEFAULT_END - DEFAULT_FIRST };
}

int userns_take_ids(struct engine *engine, const char *id, json_t **ret, struct err *err)
{
	struct area area = find_area();
	struct store *store;
	uint32_t start;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_id_range_take(store, id, area.uid, area.room, RANGE_SIZE, &start, err);
	if (r < 0)
		return r;
	*ret = json_pack("{sI sI si}", "UID", (json_int_t)start, "GID",
			 (json_int_t)area.gid + (start - area.uid), "Size", RANGE_SIZE);
	return *ret ? 0 : err_oom(err);
}
