/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_ENGINE_IMAGE_TRANSPORT_H
#define CORACLE_ENGINE_IMAGE_TRANSPORT_H

#include "base/err.h"
#include "engine/store/images.h"

struct engine;

/* Has coracle-image unpack what oci:, oci-archive: or docker-archive: names, unless its content is
 * in the store already, and returns the image's id. */
int transport_load(struct engine *engine, const char *reference, char ret_id[IMAGE_ID_SIZE],
		   struct err *err);

#endif
