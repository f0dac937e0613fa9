/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/blob.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/root/root.h"
#include "linux/openat2.h"
#include "oci/image_spec.h"

int blob_read_json(struct engine *engine, const char *digest, size_t max, json_t **ret,
		   struct err *err)
{
	int dir cleanup_fd = -1, r;

	r = oci_digest_parse(digest, "image", NULL, err);
	if (r < 0)
		return r;
	dir = open_beneath(engine->root->lib_fd, BLOBS_SHA256, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return err_sys(err, dir, "open %s/" BLOBS_SHA256, engine->root->lib);
	return js_read_file_at(dir, oci_digest_hex(digest), max, ret, err);
}

static void clear_config(struct oci_image_config *config)
{
	oci_image_config_clear(config);
}

int blob_read_config(struct engine *engine, const char *image_id, json_t **ret, struct err *err)
{
	struct oci_image_config config cleanup_with(clear_config) = { 0 };
	json_t *document cleanup_json = NULL;
	int r;

	r = blob_read_json(engine, image_id, OCI_IMAGE_CONFIG_MAX, &document, err);
	if (r == 0)
		r = oci_image_config_parse(document, &config, err);
	if (r < 0)
		return err_wrap(err, "image %s", image_id);
	return oci_image_config_emit(&config, ret, err);
}
