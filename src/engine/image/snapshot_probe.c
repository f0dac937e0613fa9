/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/snapshot_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/image/layout.h"
#include "engine/image/rootless.h"
#include "engine/root/root.h"
#include "engine/store/images.h"
#include "linux/mount.h"

#define KEY "snapshot"

struct probe {
	const char *path;
	bool userxattr;
};

/* By path: descriptors of another mount namespace cannot be mounted in ours, should this be one of
 * its own. A mount that succeeds may still be of no use: a file is made through it. */
static int try_overlay(void *arg, struct err *err)
{
	const struct probe *probe = arg;
	int dir cleanup_fd = open(probe->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int lower cleanup_fd = -1, upper cleanup_fd = -1, work cleanup_fd = -1;
	int mnt cleanup_fd = -1, file cleanup_fd = -1, r;
	unsigned flags = OVERLAY_VOLATILE | OVERLAY_NO_INDEX; /* volatile: nothing is synced */

	flags |= probe->userxattr ? OVERLAY_USERXATTR : OVERLAY_NO_REDIRECT | OVERLAY_NO_METACOPY;
	lower = openat(dir, "lower", O_PATH | O_DIRECTORY | O_CLOEXEC);
	upper = openat(dir, "upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
	work = openat(dir, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (lower < 0 || upper < 0 || work < 0)
		return err_sys(err, errno, "open the directories of the trial");
	r = mount_overlay_fd(&lower, 1, upper, work, flags, &mnt, err);
	if (r < 0)
		return r;
	file = openat(mnt, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return file < 0 ? err_sys(err, errno, "make a file in the overlay") : 0;
}

static int probe_overlay(struct engine *engine, bool userxattr, bool *ret, struct err *err)
{
	struct probe probe = { .userxattr = userxattr };
	char *name cleanup_free = NULL, *path cleanup_free = NULL;
	int dir cleanup_fd = -1, r;
	struct err why = { 0 };

	r = layout_tmp(engine->root, &name, &dir, err);
	if (r < 0)
		return r;
	path = path_join(engine->root->lib, name);
	probe.path = path;
	if (!path) {
		r = err_oom(err);
	} else if (mkdirat(dir, "lower", 0755) < 0 || mkdirat(dir, "upper", 0755) < 0 ||
		   mkdirat(dir, "work", 0755) < 0) {
		r = err_sys(err, errno, "make the directories of the trial");
	} else {
		*ret = rootless_call(engine->root, try_overlay, &probe, &why) == 0;
		if (!*ret)
			log_warn("no overlay on %s (%s): each container gets a copy of its image",
				 engine->root->lib, why.text);
	}
	layout_tmp_remove(engine->root, name);
	return r;
}

int snapshot_choose(struct engine *engine, struct snapshot_choice *ret, struct err *err)
{
	char *kept cleanup_free = NULL;
	bool overlay = false, userxattr = !engine->root->system;
	struct store *store;
	const char *value;
	int r;

	r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_fact_get(store, KEY, &kept, err);
	if (r < 0)
		return r;
	if (!kept) {
		r = probe_overlay(engine, userxattr, &overlay, err);
		value = !overlay ? "copy" : userxattr ? "overlay userxattr" : "overlay";
		if (r == 0)
			r = store_fact_set(store, KEY, value, err);
		if (r < 0)
			return r;
		kept = str_printf("%s", value);
		if (!kept)
			return err_oom(err);
	}
	ret->userxattr = userxattr;
	ret->driver = str_starts(kept, "overlay") ? "overlay" : "copy";
	if (str_starts(kept, "overlay") && str_ends(kept, "userxattr") != userxattr)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the layers below %s were made for %s", engine->root->lib,
			       userxattr ? "root" : "an ordinary user");
	return 0;
}
