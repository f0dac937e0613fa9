/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/image/load/loader.h"
#include "engine/image/load/platform.h"
#include "engine/image/load/source.h"

static void clear_manifest(struct oci_manifest *manifest)
{
	oci_manifest_clear(manifest);
}

static void clear_config(struct oci_image_config *config)
{
	oci_image_config_clear(config);
}

static int read_manifest(struct loader *l, const char *digest, struct oci_manifest *ret,
			 struct err *err)
{
	json_t *document cleanup_json = NULL;
	int r = stage_read_json(l, digest, OCI_MANIFEST_MAX, &document, err);

	return r < 0 ? r : oci_manifest_parse(document, ret, err);
}

static int read_config(struct loader *l, const char *digest, struct oci_image_config *ret,
		       struct err *err)
{
	json_t *document cleanup_json = NULL;
	int r = stage_read_json(l, digest, OCI_IMAGE_CONFIG_MAX, &document, err);

	return r < 0 ? r : oci_image_config_parse(document, ret, err);
}

static int check_config(const struct oci_image_config *config, size_t layers, struct err *err)
{
	if (config->os && config->os[0] && !str_eq(config->os, "linux"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "the image is for %s, and this is Linux", config->os);
	if (config->diff_ids.count != layers)
		return err_invalid(err, "the configuration names %zu layers and the manifest %zu",
				   config->diff_ids.count, layers);
	if (config->architecture && config->architecture[0] &&
	    !str_eq(config->architecture, platform_architecture()))
		log_warn("the image is for %s, and this machine is %s", config->architecture,
			 platform_architecture());
	return 0;
}

static int fill_row(struct loader *l, const struct oci_manifest *manifest, const char *digest,
		    struct image_row *row, struct err *err)
{
	int fd cleanup_fd = -1, r;

	if (strlen(manifest->config.digest) != IMAGE_ID_SIZE - 1)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "image %s: only sha256 is supported",
			       manifest->config.digest);
	r = stage_open(l, digest, &fd, &row->manifest_size, err);
	if (r < 0)
		return r;
	strcpy(row->id, manifest->config.digest);
	row->manifest = strdup(digest);
	row->manifest_type = strdup(manifest->media_type ? manifest->media_type : OCI_MT_MANIFEST);
	return row->manifest && row->manifest_type ? 0 : err_oom(err);
}

/* 1: the image is there, and only gets more names. */
static int find_image(struct loader *l, struct pending_image *image, struct err *err)
{
	struct image_row row cleanup_image_row = { 0 };

	return store_image_get(l->store, image->row.id, &row, err);
}

int load_manifest(struct loader *l, const char *manifest_digest, const struct strv *tags,
		  char ret_id[IMAGE_ID_SIZE], struct err *err)
{
	struct oci_manifest manifest cleanup_with(clear_manifest) = { 0 };
	struct oci_image_config config cleanup_with(clear_config) = { 0 };
	struct pending_image image cleanup_pending = { 0 };
	bool known;
	size_t i;
	int r;

	r = read_manifest(l, manifest_digest, &manifest, err);
	if (r == 0)
		r = read_config(l, manifest.config.digest, &config, err);
	if (r == 0)
		r = check_config(&config, manifest.layer_count, err);
	if (r == 0)
		r = fill_row(l, &manifest, manifest_digest, &image.row, err);
	if (r == 0)
		r = find_image(l, &image, err);
	if (r < 0)
		return r;
	known = r > 0;
	r = 0;
	for (i = 0; r == 0 && i < manifest.layer_count; i++)
		r = layers_add(l, &image, manifest.layers[i].digest, config.diff_ids.items[i], err);
	if (r == 0 && (!known || image.fresh.count > 0 || tags->count > 0))
		r = load_commit(l, &image, tags, err);
	if (r == 0)
		memcpy(ret_id, image.row.id, IMAGE_ID_SIZE);
	return r;
}
