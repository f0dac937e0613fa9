/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_ENGINE_IMAGE_FIND_H
#define CORACLE_ENGINE_IMAGE_FIND_H

#include "base/err.h"
#include "engine/store/images.h"

struct engine;

/* The stored image that a name, an id or the beginning of one means; a name comes before the
 * beginning of an id that looks like it. ERR_NOT_FOUND (-ENOENT) "No such image: X" (the familiar
 * form, with its tag). */
int image_find(struct engine *engine, const char *reference, char ret_id[IMAGE_ID_SIZE],
	       struct err *err);

#endif
