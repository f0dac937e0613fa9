/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/image/blob.h"
#include "engine/image/find.h"
#include "engine/image/reference.h"
#include "engine/image/transport.h"
#include "engine/store/images.h"

void image_free(struct image *image)
{
	if (!image)
		return;
	free(image->id);
	free(image->path);
	strv_free(&image->layers);
	json_decref(image->config);
	free(image);
}

static struct image *image_new(enum image_kind kind, const char *id)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->kind = kind;
	image->id = strdup(id);
	if (!image->id) {
		image_free(image);
		return NULL;
	}
	return image;
}

/* host: and dir: have no configuration of their own: what a shell needs. */
static json_t *plain_config(void)
{
	return json_pack("{s:{s:[s],s:[s]},s:{s:s,s:[]}}", "config", "Env",
			 "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "Cmd",
			 "/bin/sh", "rootfs", "type", "layers", "diff_ids");
}

static int resolve_directory(const struct reference *ref, struct image **ret, struct err *err)
{
	struct image *image cleanup_image = NULL;
	enum image_kind kind = IMAGE_HOST;
	struct stat st;

	if (ref->kind == REF_DIR)
		kind = ref->writable ? IMAGE_DIR_RW : IMAGE_DIR;
	image = image_new(kind, "");
	if (!image)
		return err_oom(err);
	image->config = plain_config();
	if (!image->config)
		return err_oom(err);
	image->path = kind == IMAGE_HOST ? strdup("/") : realpath(ref->path, NULL);
	if (!image->path)
		return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_ENGINE, errno,
			       "dir:%s: %s", ref->path ? ref->path : "", strerror(errno));
	if (stat(image->path, &st) < 0)
		return err_sys(err, errno, "dir:%s", image->path);
	if (!S_ISDIR(st.st_mode))
		return err_invalid(err, "dir:%s: not a directory", image->path);
	*ret = take_ptr(&image);
	return 0;
}

static int load_stored(struct engine *engine, const char *id, struct image **ret, struct err *err)
{
	struct image_layers layers cleanup_image_layers = { 0 };
	struct image *image cleanup_image = image_new(IMAGE_STORED, id);
	struct store *store;
	size_t i;
	int r;

	if (!image)
		return err_oom(err);
	r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_image_layers(store, id, &layers, err);
	if (r == 0)
		r = blob_read_config(engine, id, &image->config, err);
	if (r < 0)
		return r;
	for (i = 0; i < layers.count; i++) {
		if (strv_add(&image->layers, layers.items[i].chain) < 0)
			return err_oom(err);
		image->size += layers.items[i].size;
	}
	*ret = take_ptr(&image);
	return 0;
}

/* The name as it was looked for: with its tag. */
static int not_here(const struct reference *ref, const char *text, struct err *err)
{
	char *full cleanup_free = NULL;

	if (ref->kind == REF_NAME && !ref->digest) {
		full = reference_full_tag(ref);
		if (!full)
			return err_oom(err);
		text = reference_familiar(full);
	}
	return err_set(err, ERR_NOT_FOUND, ENOENT, "Unable to find image '%s' locally", text);
}

int image_resolve(struct engine *engine, const char *reference, struct image **ret, struct err *err)
{
	struct reference ref cleanup_reference = { 0 };
	char id[IMAGE_ID_SIZE];
	int r;

	r = reference_parse(reference, &ref, err);
	if (r < 0)
		return r;
	switch (ref.kind) {
	case REF_HOST:
	case REF_DIR:
		return resolve_directory(&ref, ret, err);
	case REF_OCI:
	case REF_OCI_ARCHIVE:
	case REF_DOCKER_ARCHIVE:
		r = transport_load(engine, reference, id, err);
		break;
	case REF_NAME:
	case REF_ID:
		r = image_find(engine, reference, id, err);
		if (r == -ENOENT)
			return not_here(&ref, reference, err);
		break;
	}
	return r < 0 ? r : load_stored(engine, id, ret, err);
}
