/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of images, their layers and names; see schema_images.c. Where a function adds or removes in
 * several steps, the caller holds a transaction (store_begin). "Found" is 1, "not there" 0.
 */
#ifndef CORACLE_ENGINE_STORE_IMAGES_H
#define CORACLE_ENGINE_STORE_IMAGES_H

#include "base/str.h"
#include "engine/store/store.h"

enum { IMAGE_ID_SIZE = 7 + 64 + 1 }; /* "sha256:", hex, NUL */

struct image_row {
	char id[IMAGE_ID_SIZE];
	char *manifest, *manifest_type;
	int64_t manifest_size, size, loaded_ns;
};
void image_row_clear(struct image_row *row);
#define cleanup_image_row __attribute__((cleanup(image_row_clear)))

struct image_layer_row {
	char chain[65];
	char *diff, *blob;
	int64_t size;
};
struct image_layers {
	struct image_layer_row *items; /* lowest first */
	size_t count;
};
void image_layers_clear(struct image_layers *layers);
#define cleanup_image_layers __attribute__((cleanup(image_layers_clear)))

int store_image_get(struct store *store, const char *id, struct image_row *ret, struct err *err);
int store_image_layers(struct store *store, const char *id, struct image_layers *ret,
		       struct err *err);
/* By the first hex digits of the id. Two that begin so: ERR_INVALID. */
int store_image_by_prefix(struct store *store, const char *hex, char ret_id[IMAGE_ID_SIZE],
			  struct err *err);
int store_image_by_tag(struct store *store, const char *name, char ret_id[IMAGE_ID_SIZE],
		       struct err *err);
/* The image with that manifest digest and a tag in `repository` ("docker.io/library/x"). */
int store_image_by_digest(struct store *store, const char *repository, const char *digest,
			  char ret_id[IMAGE_ID_SIZE], struct err *err);
/* All ids, the one loaded last first. */
int store_image_ids(struct store *store, struct strv *ids, struct err *err);

/* Adds the image with its layers (rows of layers that are there are kept). An image that is there
 * already stays as it is. */
int store_image_add(struct store *store, const struct image_row *row,
		    const struct image_layers *layers, struct err *err);
/* With tags and list of layers; layers that no image has any more go too. */
int store_image_delete(struct store *store, const char *id, struct err *err);

/* Moves the tag where it named another image. */
int store_tag_set(struct store *store, const char *name, const char *id, int64_t now_ns,
		  struct err *err);
int store_tag_delete(struct store *store, const char *name, struct err *err);
/* Names of one image, sorted, and when the last was set (ret_last_ns may be NULL; 0: never). */
int store_tags_of(struct store *store, const char *id, struct strv *names, int64_t *ret_last_ns,
		  struct err *err);

/* How many containers were made from it, and one of them. */
int store_image_users(struct store *store, const char *id, int64_t *ret_count,
		      char ret_container[65], struct err *err);

/* The size of an unpacked layer. */
int store_layer_size(struct store *store, const char *chain, int64_t *ret, struct err *err);
/* Whether any image needs the layer directory, or the blob with that digest. */
int store_layer_used(struct store *store, const char *chain, struct err *err);
int store_blob_used(struct store *store, const char *digest, struct err *err);

/* What an archive held when its stat stamp was `stamp`. */
int store_archive_get(struct store *store, const char *path, const char *selector,
		      const char *stamp, char ret_id[IMAGE_ID_SIZE], struct err *err);
int store_archive_set(struct store *store, const char *path, const char *selector,
		      const char *stamp, const char *id, struct err *err);

/* Single facts about the store; *ret is malloc'ed, NULL where none is kept. */
int store_fact_get(struct store *store, const char *key, char **ret, struct err *err);
int store_fact_set(struct store *store, const char *key, const char *value, struct err *err);

#endif
