/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/image.h"

#include "base/cleanup.h"
#include "base/time.h"
#include "engine/engine.h"
#include "engine/image/find.h"
#include "engine/image/layout_index.h"
#include "engine/image/layout_lock.h"
#include "engine/image/reference.h"
#include "engine/store/images.h"

int image_tag(struct engine *engine, const char *source, const char *target, struct err *err)
{
	struct reference ref cleanup_reference = { 0 };
	char *name cleanup_free = NULL;
	int lock cleanup_fd = -1, r;
	char id[IMAGE_ID_SIZE];
	struct store *store;

	r = reference_parse_name(target, true, &ref, err);
	if (r == 0)
		r = image_find(engine, source, id, err);
	if (r == 0)
		r = engine_store(engine, &store, err);
	if (r == 0)
		r = layout_lock_open(engine->root, &lock, err);
	if (r < 0)
		return r;
	name = reference_full_tag(&ref);
	if (!name)
		return err_oom(err);
	r = store_tag_set(store, name, id, time_now_ns(), err);
	return r < 0 ? r : layout_write_index(engine, lock, err);
}
