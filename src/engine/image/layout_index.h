/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_ENGINE_IMAGE_LAYOUT_INDEX_H
#define CORACLE_ENGINE_IMAGE_LAYOUT_INDEX_H

#include "base/err.h"

struct engine;

/* Writes oci-layout and index.json anew, from the database: a tag is a manifest with the
 * annotations org.opencontainers.image.ref.name ("busybox:latest") and io.containerd.image.name
 * (in full). They are for other tools; the engine never reads them. */
int layout_write_index(struct engine *engine, int lock_fd, struct err *err);

/* Removes layers and blobs that no row names, unless somebody is just adding some: then that one
 * does it at its end. Failure is logged, no more. */
void layout_collect(struct engine *engine, int lock_fd);

#endif
