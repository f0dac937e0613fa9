/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root/ids.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/names.h"

static bool have_helpers(void)
{
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin" };
	char uid_tool[40], gid_tool[40];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(uid_tool, sizeof(uid_tool), "%s/newuidmap", dirs[i]);
		snprintf(gid_tool, sizeof(gid_tool), "%s/newgidmap", dirs[i]);
		if (access(uid_tool, X_OK) == 0 && access(gid_tool, X_OK) == 0)
			return true;
	}
	return false;
}

/* Appends the ranges behind id 0; returns how many lines there are then. */
static size_t add_ranges(const char *file, const char *name, struct id_map maps[ROOT_IDS_MAX])
{
	struct id_range ranges[ROOT_IDS_MAX - 1];
	uint32_t next = 1;
	size_t count = 1;
	int i, found;

	found = subid_ranges(file, name, getuid(), ranges, ARRAY_SIZE(ranges), NULL);
	for (i = 0; i < found; i++) {
		if (ranges[i].count == 0 || ranges[i].count > UINT32_MAX - next)
			continue;
		maps[count++] = (struct id_map){ next, ranges[i].first, ranges[i].count };
		next += ranges[i].count;
	}
	return count;
}

void root_ids_get(struct root_ids *ret)
{
	char *name cleanup_free = name_of_user(getuid());

	*ret = (struct root_ids){ .uid_count = 1, .gid_count = 1 };
	ret->uids[0] = (struct id_map){ 0, geteuid(), 1 };
	ret->gids[0] = (struct id_map){ 0, getegid(), 1 };
	/* Whom only a directory service knows says so himself: newuidmap(1) checks whose the ranges
	 * are. */
	if (!name && getenv("USER"))
		name = strdup(getenv("USER"));
	if (name && have_helpers()) {
		ret->uid_count = add_ranges("/etc/subuid", name, ret->uids);
		ret->gid_count = add_ranges("/etc/subgid", name, ret->gids);
	}
	ret->single = ret->uid_count == 1 || ret->gid_count == 1;
	if (ret->single)
		ret->uid_count = ret->gid_count = 1;
}
