/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files below tmp/ to an image. What is written is synced once, all of it, before any of it
 * gets a name; the names themselves are synced before a row says that they are there. After a crash
 * at any point a name stands for something whole, and a row for names.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "engine/image/layout.h"
#include "engine/image/layout_index.h"
#include "engine/image/layout_lock.h"
#include "engine/image/load/loader.h"
#include "engine/image/reference.h"
#include "engine/root/root.h"
#include "oci/digest.h"

static int name_layers(struct loader *l, const struct pending_image *image, struct err *err)
{
	size_t i;

	for (i = 0; i < image->fresh.count; i++) {
		const char *fresh = image->fresh.items[i], *chain = strchr(fresh, ' ') + 1;
		char file[32];

		snprintf(file, sizeof(file), "%.*s", (int)(chain - 1 - fresh), fresh);
		if (renameat(l->tmp_fd, file, l->layers_fd, chain) < 0)
			return err_sys(err, errno, "name layer %s", chain);
	}
	return 0;
}

static bool is_of_image(const struct pending_image *image, const char *digest)
{
	size_t i;

	if (str_eq(digest, image->row.id) || str_eq(digest, image->row.manifest))
		return true;
	for (i = 0; i < image->layers.count; i++)
		if (str_eq(digest, image->layers.items[i].blob))
			return true;
	return false;
}

static int name_blobs(struct loader *l, const struct pending_image *image, struct err *err)
{
	size_t i;

	for (i = 0; i < l->blob_count; i++) {
		const struct staged_blob *blob = &l->blobs[i];

		if (!is_of_image(image, blob->digest))
			continue;
		/* an earlier image of the same archive may have taken it */
		if (renameat(l->tmp_fd, blob->file, l->blobs_fd, oci_digest_hex(blob->digest)) <
			0 &&
		    errno != ENOENT)
			return err_sys(err, errno, "name blob %s", blob->digest);
	}
	return 0;
}

static int sync_names(struct loader *l, struct err *err)
{
	if (fsync(l->blobs_fd) < 0)
		return err_sys(err, errno, "sync the blobs");
	if (fsync(l->layers_fd) < 0)
		return err_sys(err, errno, "sync the layers");
	return 0;
}

static int write_rows(struct loader *l, struct pending_image *image, const struct strv *tags,
		      struct err *err)
{
	int64_t now = time_now_ns();
	size_t i;
	int r;

	image->row.loaded_ns = now;
	r = store_begin(l->store, err);
	if (r < 0)
		return r;
	r = store_image_add(l->store, &image->row, &image->layers, err);
	for (i = 0; r == 0 && i < tags->count; i++)
		r = store_tag_set(l->store, tags->items[i], image->row.id, now, err);
	if (r < 0) {
		store_end(l->store, false, NULL);
		return r;
	}
	return store_end(l->store, true, err);
}

static void unlock_layers(struct loader *l)
{
	size_t i;

	for (i = 0; i < l->locked.count; i++)
		layout_unlock_layer(l->lock_fd, l->locked.items[i]);
	strv_free(&l->locked);
}

/* The root of a container of an image without layers. */
static int make_empty_layer(struct loader *l, const struct pending_image *image, struct err *err)
{
	if (image->layers.count > 0 || mkdirat(l->layers_fd, EMPTY_LAYER, 0755) == 0 ||
	    errno == EEXIST)
		return 0;
	return err_sys(err, errno, "make the layer of an image without layers");
}

int load_commit(struct loader *l, struct pending_image *image, const struct strv *tags,
		struct err *err)
{
	bool fresh = image->fresh.count > 0 || l->blob_count > 0;
	int r = make_empty_layer(l, image, err);

	if (r == 0 && fresh && syncfs(l->blobs_fd) < 0)
		r = err_sys(err, errno, "sync %s", l->engine->root->lib);
	if (r == 0)
		r = name_blobs(l, image, err);
	if (r == 0)
		r = name_layers(l, image, err);
	if (r == 0 && fresh)
		r = sync_names(l, err);
	if (r == 0)
		r = write_rows(l, image, tags, err);
	unlock_layers(l);
	return r < 0 ? r : layout_write_index(l->engine, l->lock_fd, err);
}
