/* SPDX-License-Identifier: Apache-2.0 */
/* Reading blobs of the store: what has a name below blobs/sha256 was verified when it got it. */
#ifndef CORACLE_ENGINE_IMAGE_BLOB_H
#define CORACLE_ENGINE_IMAGE_BLOB_H

#include <jansson.h>

#include "base/err.h"

struct engine;

#define BLOBS_SHA256 "blobs/sha256"

/* A blob of at most `max` bytes as a JSON document; `digest` is "sha256:…". */
int blob_read_json(struct engine *engine, const char *digest, size_t max, json_t **ret,
		   struct err *err);

/* An image's configuration in canonical form: parsed and checked (oci/image_spec.h), and emitted
 * again, so that whoever reads it further finds only members of the right type. */
int blob_read_config(struct engine *engine, const char *image_id, json_t **ret, struct err *err);

#endif
