/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/layout_index.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/image/layout_lock.h"
#include "engine/image/reference.h"
#include "engine/root/root.h"
#include "engine/store/images.h"
#include "oci/image_spec.h"

static json_t *descriptor(const struct image_row *row, const char *tag)
{
	json_t *j = json_pack("{s:s,s:s,s:I}", "mediaType", row->manifest_type, "digest",
			      row->manifest, "size", (json_int_t)row->manifest_size);

	if (j && tag &&
	    json_object_set_new(j, "annotations",
				json_pack("{s:s,s:s}", "org.opencontainers.image.ref.name",
					  reference_familiar(tag), "io.containerd.image.name",
					  tag)) < 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static int add_image(struct store *store, const char *id, json_t *list, struct err *err)
{
	struct image_row row cleanup_image_row = { 0 };
	struct strv tags cleanup_strv = { 0 };
	size_t i;
	int r;

	r = store_image_get(store, id, &row, err);
	if (r <= 0)
		return r;
	r = store_tags_of(store, id, &tags, NULL, err);
	if (r < 0)
		return r;
	for (i = 0; i < tags.count || i == 0; i++)
		if (json_array_append_new(list,
					  descriptor(&row, tags.count ? tags.items[i] : NULL)) < 0)
			return err_oom(err);
	return 0;
}

static int write_index(struct engine *engine, struct err *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	struct strv ids cleanup_strv = { 0 };
	json_t *index cleanup_json = NULL, *list = json_array();
	struct store *store;
	size_t i;
	int r;

	index = json_pack("{s:i,s:s,s:o}", "schemaVersion", 2, "mediaType", OCI_MT_INDEX,
			  "manifests", list);
	if (!index)
		return err_oom(err);
	r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_image_ids(store, &ids, err);
	for (i = 0; r == 0 && i < ids.count; i++)
		r = add_image(store, ids.items[i], list, err);
	if (r == 0)
		r = js_replace_file_at(engine->root->lib_fd, "index.json", index, 0600, err);
	if (r == 0)
		r = fd_replace_file_at(engine->root->lib_fd, "oci-layout", layout, strlen(layout),
				       0600, err);
	return r;
}

/* The lock makes the last writer the one that read last. */
int layout_write_index(struct engine *engine, int lock_fd, struct err *err)
{
	int r = layout_lock_index(lock_fd, err);

	if (r < 0)
		return r;
	r = write_index(engine, err);
	layout_unlock_index(lock_fd);
	return r;
}
