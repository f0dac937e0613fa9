/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/image/blob.h"
#include "engine/image/layout.h"
#include "engine/image/layout_index.h"
#include "engine/image/layout_lock.h"
#include "engine/root/root.h"
#include "engine/store/images.h"
#include "linux/openat2.h"
#include "oci/digest.h"

struct collection {
	struct engine *engine;
	struct store *store;
	int tmp_fd; /* where layers are moved before they are removed */
	struct err err;
};

typedef int (*visit_fn)(struct collection *c, int dirfd, const char *name);

static int visit_layer(struct collection *c, int dirfd, const char *name)
{
	int used = store_layer_used(c->store, name, &c->err);

	if (used != 0)
		return used < 0 ? used : 0;
	/* out of sight at once: half a layer must never have the name of a whole one */
	if (renameat(dirfd, name, c->tmp_fd, name) < 0)
		return err_sys(&c->err, errno, "take away layer %s", name);
	return 0;
}

static int visit_blob(struct collection *c, int dirfd, const char *name)
{
	char *digest cleanup_free = str_printf("sha256:%s", name);
	int used = digest ? store_blob_used(c->store, digest, &c->err) : -ENOMEM;

	if (used != 0)
		return used < 0 ? used : 0;
	if (unlinkat(dirfd, name, 0) < 0)
		return err_sys(&c->err, errno, "remove blob %s", name);
	return 0;
}

static int visit_all(struct collection *c, const char *path, visit_fn visit)
{
	int fd = open_beneath(c->engine->root->lib_fd, path, O_RDONLY | O_DIRECTORY, 0), r = 0;
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd == -ENOENT)
		return 0;
	if (!dir) {
		close_fd(&fd);
		return err_sys(&c->err, fd < 0 ? fd : errno, "look through %s", path);
	}
	while (r == 0 && (entry = readdir(dir)))
		if (oci_digest_is_hex256(entry->d_name))
			r = visit(c, fd, entry->d_name);
	return r;
}

static int collect(struct collection *c)
{
	char *tmp cleanup_free = NULL;
	int r;

	r = engine_store(c->engine, &c->store, &c->err);
	if (r == 0)
		r = layout_tmp(c->engine->root, &tmp, &c->tmp_fd, &c->err);
	if (r < 0)
		return r;
	r = visit_all(c, LAYERS_DIR, visit_layer);
	if (r == 0)
		r = visit_all(c, BLOBS_SHA256, visit_blob);
	layout_tmp_remove(c->engine->root, tmp);
	close_fd(&c->tmp_fd);
	return r;
}

void layout_collect(struct engine *engine, int lock_fd)
{
	struct collection c = { .engine = engine, .tmp_fd = -1 };
	int r = layout_lock_removing(lock_fd, &c.err);

	if (r == 0)
		r = collect(&c);
	if (r < 0)
		log_warn("unused layers stay until the next clean-up: %s", c.err.text);
}
