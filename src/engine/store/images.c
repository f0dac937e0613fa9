/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/images.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/store/internal.h"
#include "engine/store/query.h"

void image_row_clear(struct image_row *row)
{
	free(row->manifest);
	free(row->manifest_type);
	*row = (struct image_row){ 0 };
}

void image_layers_clear(struct image_layers *layers)
{
	size_t i;

	for (i = 0; i < layers->count; i++) {
		free(layers->items[i].diff);
		free(layers->items[i].blob);
	}
	free(layers->items);
	*layers = (struct image_layers){ 0 };
}

int store_image_get(struct store *store, const char *id, struct image_row *ret, struct err *err)
{
	struct image_row row cleanup_image_row = { 0 };
	sqlite3_stmt *stmt;
	int r;

	r = query(store, &stmt, err,
		  "SELECT id, manifest, manifest_type, manifest_size, size, loaded_ns"
		  " FROM images WHERE id = ?",
		  "s", id);
	if (r <= 0)
		return r;
	row.manifest = column_dup(stmt, 1);
	row.manifest_type = column_dup(stmt, 2);
	row.manifest_size = sqlite3_column_int64(stmt, 3);
	row.size = sqlite3_column_int64(stmt, 4);
	row.loaded_ns = sqlite3_column_int64(stmt, 5);
	r = column_copy(stmt, 0, row.id, sizeof(row.id));
	sqlite3_reset(stmt);
	if (!r)
		return err_set(err, ERR_ENGINE, EUCLEAN, "the database is damaged: an image's id");
	if (!row.manifest || !row.manifest_type)
		return err_oom(err);
	*ret = row;
	row = (struct image_row){ 0 };
	return 1;
}

static int add_layer(struct image_layers *layers, sqlite3_stmt *stmt, struct err *err)
{
	struct image_layer_row *grown, *row;

	grown = reallocarray(layers->items, layers->count + 1, sizeof(*grown));
	if (!grown)
		return err_oom(err);
	layers->items = grown;
	row = &grown[layers->count++];
	*row = (struct image_layer_row){ .diff = column_dup(stmt, 1),
					 .blob = column_dup(stmt, 2),
					 .size = sqlite3_column_int64(stmt, 3) };
	if (!column_copy(stmt, 0, row->chain, sizeof(row->chain)))
		return err_set(err, ERR_ENGINE, EUCLEAN, "the database is damaged: a layer's id");
	return row->diff && row->blob ? 0 : err_oom(err);
}

int store_image_layers(struct store *store, const char *id, struct image_layers *ret,
		       struct err *err)
{
	struct image_layers layers cleanup_image_layers = { 0 };
	sqlite3_stmt *stmt;
	int r;

	r = query(
	    store, &stmt, err,
	    "SELECT chain, diff, blob, layers.size FROM image_layers JOIN layers USING (chain)"
	    " WHERE image = ? ORDER BY position",
	    "s", id);
	while (r > 0) {
		r = add_layer(&layers, stmt, err);
		if (r == 0)
			r = store_step(store, stmt, err);
	}
	if (r < 0)
		return r;
	*ret = layers;
	layers = (struct image_layers){ 0 };
	return 0;
}

/* One column of text that is an image's id; ends the statement. */
static int found_id(sqlite3_stmt *stmt, char ret_id[IMAGE_ID_SIZE], struct err *err)
{
	bool good = column_copy(stmt, 0, ret_id, IMAGE_ID_SIZE);

	sqlite3_reset(stmt);
	return good ? 1
		    : err_set(err, ERR_ENGINE, EUCLEAN, "the database is damaged: an image's id");
}

int store_image_by_prefix(struct store *store, const char *hex, char ret_id[IMAGE_ID_SIZE],
			  struct err *err)
{
	char *low cleanup_free = str_printf("sha256:%s", hex);
	char *high cleanup_free = str_printf("sha256:%sg", hex); /* behind every hex digit */
	char id[IMAGE_ID_SIZE];
	sqlite3_stmt *stmt;
	int r;

	if (!low || !high)
		return err_oom(err);
	r = query(store, &stmt, err,
		  "SELECT id FROM images WHERE id >= ? AND id < ? ORDER BY id LIMIT 2", "ss", low,
		  high);
	if (r <= 0)
		return r;
	if (!column_copy(stmt, 0, id, sizeof(id))) {
		sqlite3_reset(stmt);
		return err_set(err, ERR_ENGINE, EUCLEAN, "the database is damaged: an image's id");
	}
	r = store_step(store, stmt, err);
	sqlite3_reset(stmt);
	if (r > 0)
		return err_invalid(err, "image id prefix \"%s\" is ambiguous", hex);
	if (r < 0)
		return r;
	memcpy(ret_id, id, sizeof(id));
	return 1;
}

int store_image_by_tag(struct store *store, const char *name, char ret_id[IMAGE_ID_SIZE],
		       struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err, "SELECT image FROM tags WHERE name = ?", "s", name);

	return r <= 0 ? r : found_id(stmt, ret_id, err);
}

int store_image_by_digest(struct store *store, const char *repository, const char *digest,
			  char ret_id[IMAGE_ID_SIZE], struct err *err)
{
	char *low cleanup_free = str_printf("%s:", repository);
	char *high cleanup_free = str_printf("%s;", repository); /* the byte behind ':' */
	sqlite3_stmt *stmt;
	int r;

	if (!low || !high)
		return err_oom(err);
	r = query(store, &stmt, err,
		  "SELECT id FROM images WHERE manifest = ? AND EXISTS (SELECT 1 FROM tags"
		  " WHERE image = images.id AND name >= ? AND name < ?)",
		  "sss", digest, low, high);
	return r <= 0 ? r : found_id(stmt, ret_id, err);
}

int store_image_ids(struct store *store, struct strv *ids, struct err *err)
{
	sqlite3_stmt *stmt;
	int r;

	r = query(store, &stmt, err, "SELECT id FROM images ORDER BY loaded_ns DESC, id", "");
	while (r > 0) {
		if (strv_add_owned(ids, column_dup(stmt, 0)) < 0)
			return err_oom(err);
		r = store_step(store, stmt, err);
	}
	return r;
}

static int insert_layer(struct store *store, const char *image, int64_t position,
			const struct image_layer_row *row, struct err *err)
{
	int r;

	r = execute(store, err, "INSERT OR IGNORE INTO layers VALUES (?, ?, ?)", "ssi", row->chain,
		    row->diff, row->size);
	if (r < 0)
		return r;
	return execute(store, err, "INSERT INTO image_layers VALUES (?, ?, ?, ?)", "siss", image,
		       position, row->chain, row->blob);
}

int store_image_add(struct store *store, const struct image_row *row,
		    const struct image_layers *layers, struct err *err)
{
	size_t i;
	int r;

	r = execute(store, err, "INSERT OR IGNORE INTO images VALUES (?, ?, ?, ?, ?, ?)", "sssiii",
		    row->id, row->manifest, row->manifest_type, row->manifest_size, row->size,
		    row->loaded_ns);
	if (r < 0 || store_changes(store) == 0)
		return r;
	for (i = 0; r == 0 && i < layers->count; i++)
		r = insert_layer(store, row->id, (int64_t)i, &layers->items[i], err);
	return r;
}

int store_image_delete(struct store *store, const char *id, struct err *err)
{
	int r = execute(store, err, "DELETE FROM images WHERE id = ?", "s", id);

	if (r < 0)
		return r;
	return execute(store, err,
		       "DELETE FROM layers WHERE NOT EXISTS (SELECT 1 FROM image_layers"
		       " WHERE image_layers.chain = layers.chain)",
		       "");
}

int store_tag_set(struct store *store, const char *name, const char *id, int64_t now_ns,
		  struct err *err)
{
	return execute(store, err, "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", "ssi", name, id,
		       now_ns);
}

int store_tag_delete(struct store *store, const char *name, struct err *err)
{
	int r = execute(store, err, "DELETE FROM tags WHERE name = ?", "s", name);

	return r < 0 ? r : store_changes(store) > 0;
}

int store_tags_of(struct store *store, const char *id, struct strv *names, int64_t *ret_last_ns,
		  struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t last = 0, at;
	int r;

	r = query(store, &stmt, err,
		  "SELECT name, tagged_ns FROM tags WHERE image = ? ORDER BY name", "s", id);
	while (r > 0) {
		if (strv_add_owned(names, column_dup(stmt, 0)) < 0)
			return err_oom(err);
		at = sqlite3_column_int64(stmt, 1);
		last = at > last ? at : last;
		r = store_step(store, stmt, err);
	}
	if (r == 0 && ret_last_ns)
		*ret_last_ns = last;
	return r;
}

int store_image_users(struct store *store, const char *id, int64_t *ret_count,
		      char ret_container[65], struct err *err)
{
	sqlite3_stmt *stmt;
	bool good;
	int r;

	r = query(store, &stmt, err,
		  "SELECT count(*), min(id) FROM containers WHERE image_id = ? AND image_id != ''",
		  "s", id);
	if (r <= 0)
		return r;
	*ret_count = sqlite3_column_int64(stmt, 0);
	good = *ret_count == 0 || column_copy(stmt, 1, ret_container, 65);
	sqlite3_reset(stmt);
	if (!good)
		return err_set(err, ERR_ENGINE, EUCLEAN,
			       "the database is damaged: a container's id");
	return *ret_count > 0;
}

int store_layer_size(struct store *store, const char *chain, int64_t *ret, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err, "SELECT size FROM layers WHERE chain = ?", "s", chain);

	if (r <= 0)
		return r;
	*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return 1;
}

int store_layer_used(struct store *store, const char *chain, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err, "SELECT 1 FROM layers WHERE chain = ?", "s", chain);

	if (r > 0)
		sqlite3_reset(stmt);
	return r;
}

int store_blob_used(struct store *store, const char *digest, struct err *err)
{
	sqlite3_stmt *stmt;
	int r;

	r = query(store, &stmt, err,
		  "SELECT 1 FROM images WHERE id = ?1 OR manifest = ?1"
		  " UNION ALL SELECT 1 FROM image_layers WHERE blob = ?1 LIMIT 1",
		  "s", digest);
	if (r > 0)
		sqlite3_reset(stmt);
	return r;
}

int store_archive_get(struct store *store, const char *path, const char *selector,
		      const char *stamp, char ret_id[IMAGE_ID_SIZE], struct err *err)
{
	sqlite3_stmt *stmt;
	int r;

	r = query(store, &stmt, err,
		  "SELECT image FROM archives WHERE path = ? AND selector = ? AND stamp = ?", "sss",
		  path, selector, stamp);
	return r <= 0 ? r : found_id(stmt, ret_id, err);
}

int store_archive_set(struct store *store, const char *path, const char *selector,
		      const char *stamp, const char *id, struct err *err)
{
	return execute(store, err, "INSERT OR REPLACE INTO archives VALUES (?, ?, ?, ?)", "ssss",
		       path, selector, stamp, id);
}

int store_fact_get(struct store *store, const char *key, char **ret, struct err *err)
{
	sqlite3_stmt *stmt;
	int r = query(store, &stmt, err, "SELECT value FROM meta WHERE key = ?", "s", key);

	if (r <= 0) {
		if (r == 0)
			*ret = NULL;
		return r;
	}
	*ret = column_dup(stmt, 0);
	sqlite3_reset(stmt);
	return *ret ? 0 : err_oom(err);
}

int store_fact_set(struct store *store, const char *key, const char *value, struct err *err)
{
	return execute(store, err, "INSERT OR REPLACE INTO meta VALUES (?, ?)", "ss", key, value);
}
