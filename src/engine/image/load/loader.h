/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How images come into the store. Only coracle-image links this folder.
 *
 *     source   files by name, of a strange layout or archive (source.h)
 *     stage    blobs below tmp/<random>/, each hashed while it was written
 *     unpack   layers beside them, each verified against its diff id
 *     commit   one sync of the file system, then every name at once, then the rows
 *
 * A loader holds images.lock as one who adds, and the locks of the layers it unpacks, until its
 * rows are committed. What a dead one leaves is below tmp/, or is a layer or blob that no row
 * names.
 */
#ifndef CORACLE_ENGINE_IMAGE_LOAD_LOADER_H
#define CORACLE_ENGINE_IMAGE_LOAD_LOADER_H

#include "archive/pipeline.h"
#include "archive/sha256.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/root/ids.h"
#include "engine/store/images.h"
#include "oci/image_spec.h"

struct staged_blob {
	char digest[SHA256_TEXT];
	int64_t size;
	char file[16]; /* in the loader's directory */
};

struct loader {
	struct engine *engine;
	struct store *store;
	int lock_fd;
	char *tmp_name; /* "tmp/<random>" */
	int tmp_fd;
	int blobs_fd, layers_fd;
	struct archive_limits limits;
	bool need_end; /* see tar_parse.h */
	struct root_ids ids;
	struct userns_maps maps;
	struct staged_blob *blobs;
	size_t blob_count, files; /* `files` numbers what was made in tmp_fd */
	struct strv locked;	  /* chains */
};

int loader_open(struct engine *engine, struct loader *ret, struct err *err);
void loader_close(struct loader *l);
#define cleanup_loader __attribute__((cleanup(loader_close)))

/* The loader's directory below tmp/, made when something is to be written; then also removes what
 * dead commands left. */
int loader_tmp(struct loader *l, struct err *err);

/* NULL as root; else the ids that files of layers have. */
const struct userns_maps *loader_maps(const struct loader *l);

/* --- blobs: stage.c --------------------------------------------------------------------------- */

/* A new file in the loader's directory; `file` gets its name. */
int stage_create(struct loader *l, char file[16], int *ret_fd, struct err *err);
/* Takes note of a finished one. */
int stage_note(struct loader *l, const char *file, const char *digest, int64_t size,
	       struct err *err);
/* Copies `fd` from where it stands to its end, at most `max` bytes, and hashes on the way.
 * `expected` (digest) and `size` (-1) are verified where given. ret_digest may be NULL. */
int stage_copy(struct loader *l, int fd, int64_t max, const char *expected, int64_t size,
	       char ret_digest[SHA256_TEXT], int64_t *ret_size, struct err *err);
int stage_bytes(struct loader *l, const void *data, size_t len, char ret_digest[SHA256_TEXT],
		struct err *err);
/* Whether the store has it, or it is staged. */
bool stage_has(const struct loader *l, const char *digest);
/* Opens a blob that stage_has(). Its size is its length. */
int stage_open(const struct loader *l, const char *digest, int *ret_fd, int64_t *ret_size,
	       struct err *err);
int stage_check_size(const struct loader *l, const char *digest, int64_t size, struct err *err);
/* A small one as a JSON document. */
int stage_read_json(const struct loader *l, const char *digest, size_t max, json_t **ret,
		    struct err *err);

/* --- layers: layers.c ------------------------------------------------------------------------- */

struct pending_image {
	struct image_row row;
	struct image_layers layers;
	struct strv fresh; /* "layer-N CHAIN" of those unpacked here */
};
void pending_image_clear(struct pending_image *image);
#define cleanup_pending __attribute__((cleanup(pending_image_clear)))

/* Makes the next layer of the image: `blob` is staged. */
int layers_add(struct loader *l, struct pending_image *image, const char *blob, const char *diff_id,
	       struct err *err);

/* --- commit.c --------------------------------------------------------------------------------- */

/* The image of a staged manifest and configuration; its layers are all added. Tags are full names.
 * An image that is there already gets the tags. */
int load_commit(struct loader *l, struct pending_image *image, const struct strv *tags,
		struct err *err);

/* --- manifest.c ------------------------------------------------------------------------------- */

/* A whole image from a staged manifest (whose blobs are staged or in the store): unpacked and
 * committed. */
int load_manifest(struct loader *l, const char *manifest_digest, const struct strv *tags,
		  char ret_id[IMAGE_ID_SIZE], struct err *err);

#endif
