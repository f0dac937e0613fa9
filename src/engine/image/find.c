/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/find.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/engine.h"
#include "engine/image/reference.h"

static int not_found(const char *what, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, ENOENT, "No such image: %s", what);
}

static int find_name(struct store *store, const struct reference *ref, const char *text,
		     char ret_id[IMAGE_ID_SIZE], struct err *err)
{
	char *full cleanup_free = NULL;
	int r;

	if (ref->digest) {
		r = store_image_by_digest(store, ref->repository, ref->digest, ret_id, err);
		return r == 0 ? not_found(text, err) : r;
	}
	full = reference_full_tag(ref);
	if (!full)
		return err_oom(err);
	r = store_image_by_tag(store, full, ret_id, err);
	if (r == 0 && reference_is_id_prefix(text))
		r = store_image_by_prefix(store, text, ret_id, err);
	return r == 0 ? not_found(reference_familiar(full), err) : r;
}

int image_find(struct engine *engine, const char *reference, char ret_id[IMAGE_ID_SIZE],
	       struct err *err)
{
	struct reference ref cleanup_reference = { 0 };
	struct store *store;
	int r;

	r = reference_parse(reference, &ref, err);
	if (r < 0)
		return r;
	if (ref.kind != REF_NAME && ref.kind != REF_ID)
		return not_found(reference, err);
	r = engine_store(engine, &store, err);
	if (r < 0)
		return r;
	if (ref.kind == REF_NAME)
		r = find_name(store, &ref, reference, ret_id, err);
	else
		r = store_image_by_prefix(store, ref.hex, ret_id, err);
	if (r == 0)
		return not_found(reference, err);
	return r < 0 ? r : 0;
}
