/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images as the engine sees them: a reference is resolved to something that a root file system can
 * be made from and to the defaults that its configuration gives.
 *
 *     host:                    a copy-on-write view of this machine's own root
 *     dir:/path[:rw]           copy-on-write over a directory; with :rw the directory itself
 *     oci:DIR[:tag]  oci-archive:FILE[:tag]  docker-archive:FILE[:ref]   as Podman's transports
 *     name[:tag][@digest], sha256:…, or an unambiguous prefix of an id: from the local store
 */
#ifndef CORACLE_ENGINE_IMAGE_IMAGE_H
#define CORACLE_ENGINE_IMAGE_IMAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct engine;

enum image_kind { IMAGE_STORED, IMAGE_HOST, IMAGE_DIR, IMAGE_DIR_RW };

struct image {
	enum image_kind kind;
	char *id;	    /* "sha256:<64 hex>" of the configuration; "" for host: and dir: */
	char *path;	    /* host:, dir: the directory */
	struct strv layers; /* chain ids, lowest first, all unpacked */
	json_t *config; /* the OCI image configuration ({"config":{"Env":…}, …}); never NULL */
	int64_t size;	/* bytes of the unpacked layers */
};
void image_free(struct image *image);
static inline void image_free_ptr(struct image **image)
{
	image_free(*image);
}
#define cleanup_image __attribute__((cleanup(image_free_ptr)))

/* ERR_NOT_FOUND "Unable to find image 'X' locally"; a transport is loaded first (by coracle-image,
 * once per content). */
int image_resolve(struct engine *engine, const char *reference, struct image **ret,
		  struct err *err);

/* Rows for `coracle images` and inspect: Docker's ImageSummary / ImageInspect objects. */
int image_list(struct engine *engine, json_t **ret, struct err *err);
int image_inspect(struct engine *engine, const char *reference, json_t **ret, struct err *err);
int image_tag(struct engine *engine, const char *source, const char *target, struct err *err);
/* Removes a tag, or with the last one the image and the layers that nobody else uses. Docker's
 * [{"Untagged":…},{"Deleted":…}] in *ret. In use by a container: ERR_CONFLICT unless `force` and
 * only untagging. */
int image_remove(struct engine *engine, const char *reference, bool force, json_t **ret,
		 struct err *err);

#endif
