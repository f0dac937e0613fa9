/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/load/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/image/blob.h"
#include "engine/image/layout.h"
#include "engine/image/layout_index.h"
#include "engine/image/layout_lock.h"
#include "engine/root/root.h"

static int open_dirs(struct loader *l, struct err *err)
{
	const struct root *root = l->engine->root;
	int blobs cleanup_fd = -1, layers cleanup_fd = -1, r;

	r = root_subdir(root, BLOBS_DIR, &blobs, err);
	if (r == 0)
		r = fd_mkdir_at(blobs, "sha256", 0700, err);
	if (r == 0)
		r = root_subdir(root, LAYERS_DIR, &layers, err);
	if (r < 0)
		return r;
	/* not O_PATH: these are synced */
	l->layers_fd = openat(layers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->layers_fd < 0)
		return err_sys(err, errno, "open %s/" LAYERS_DIR, root->lib);
	l->blobs_fd = openat(blobs, "sha256", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->blobs_fd < 0)
		return err_sys(err, errno, "open %s/" BLOBS_SHA256, root->lib);
	return 0;
}

static int open_all(struct loader *l, struct err *err)
{
	int r = engine_store(l->engine, &l->store, err);

	if (r == 0)
		r = layout_lock_open(l->engine->root, &l->lock_fd, err);
	if (r == 0)
		r = layout_lock_adding(l->lock_fd, err);
	return r < 0 ? r : open_dirs(l, err);
}

int loader_tmp(struct loader *l, struct err *err)
{
	if (l->tmp_fd >= 0)
		return 0;
	layout_tmp_sweep(l->engine->root);
	return layout_tmp(l->engine->root, &l->tmp_name, &l->tmp_fd, err);
}

int loader_open(struct engine *engine, struct loader *ret, struct err *err)
{
	struct loader l cleanup_loader = { .engine = engine,
					   .lock_fd = -1,
					   .tmp_fd = -1,
					   .blobs_fd = -1,
					   .layers_fd = -1,
					   .limits = ARCHIVE_LIMITS };
	int r;

	root_ids_get(&l.ids);
	r = open_all(&l, err);
	if (r < 0)
		return r;
	*ret = l;
	ret->maps = (struct userns_maps){ ret->ids.uids, ret->ids.gids, ret->ids.uid_count,
					  ret->ids.gid_count };
	l = (struct loader){ .lock_fd = -1, .tmp_fd = -1, .blobs_fd = -1, .layers_fd = -1 };
	return 0;
}

void loader_close(struct loader *l)
{
	bool added = l->tmp_name != NULL;

	if (added)
		layout_tmp_remove(l->engine->root, l->tmp_name);
	free(l->tmp_name);
	close_fd(&l->tmp_fd);
	close_fd(&l->blobs_fd);
	close_fd(&l->layers_fd);
	free(l->blobs);
	strv_free(&l->locked);
	/* after a failure there may be layers and blobs that got their names and no row, and
	 * whoever removed an image meanwhile left its own to us */
	if (added)
		layout_collect(l->engine, l->lock_fd);
	close_fd(&l->lock_fd);
	l->store = NULL;
}

const struct userns_maps *loader_maps(const struct loader *l)
{
	return l->engine->root->system ? NULL : &l->maps;
}
