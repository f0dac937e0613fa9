/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/image.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/container.h"
#include "engine/engine.h"
#include "engine/image/find.h"
#include "engine/image/layout_index.h"
#include "engine/image/layout_lock.h"
#include "engine/image/reference.h"
#include "engine/root/root.h"
#include "engine/store/images.h"
#include "engine/store/reserve.h"

enum { SHORT_ID = 12 };

struct removal {
	struct engine *engine;
	struct store *store;
	char id[IMAGE_ID_SIZE];
	const char *what; /* as the user wrote it */
	bool force;
	struct strv tags; /* in full */
	int64_t users;
	char user[65];
	struct strv running; /* with `force`: image and container of each that runs, alternating */
	json_t *result;
	struct err *err;
};

static void removal_clear(struct removal *r)
{
	strv_free(&r->tags);
	strv_free(&r->running);
	json_decref(r->result);
}

static const char *short_id(const struct removal *r)
{
	return r->id + strlen("sha256:");
}

static int say(struct removal *r, const char *kind, const char *text)
{
	return json_array_append_new(r->result, json_pack("{s:s}", kind, text)) < 0
		   ? err_oom(r->err)
		   : 0;
}

/* Before the transaction, as it may have to put a container right. */
static int find_running(struct removal *r)
{
	struct container **list = NULL;
	size_t count = 0, i;
	int failed = container_list(r->engine, &list, &count, r->err);

	for (i = 0; failed == 0 && i < count; i++) {
		const struct container *c = list[i];

		if (c->status != CONTAINER_RUNNING && c->status != CONTAINER_PAUSED &&
		    c->status != CONTAINER_RESTARTING)
			continue;
		if (strv_add(&r->running, c->image_id) < 0 || strv_add(&r->running, c->id) < 0)
			failed = err_oom(r->err);
	}
	if (list)
		container_list_free(list, count);
	return failed;
}

/* A container that runs from the image, or NULL. */
static const char *running_user(const struct removal *r)
{
	size_t i;

	for (i = 0; i < r->running.count; i += 2)
		if (str_eq(r->running.items[i], r->id))
			return r->running.items[i + 1];
	return NULL;
}

static int untag(struct removal *r, const char *full)
{
	int done = store_tag_delete(r->store, full, r->err);

	return done < 0 ? done : say(r, "Untagged", reference_familiar(full));
}

static int untag_all(struct removal *r)
{
	size_t i;
	int failed = 0;

	for (i = 0; failed == 0 && i < r->tags.count; i++)
		failed = untag(r, r->tags.items[i]);
	return failed;
}

static int delete_image(struct removal *r)
{
	struct image_layers layers cleanup_image_layers = { 0 };
	size_t i;
	int failed, used;

	failed = store_image_layers(r->store, r->id, &layers, r->err);
	if (failed == 0)
		failed = untag_all(r);
	if (failed == 0)
		failed = store_image_delete(r->store, r->id, r->err);
	if (failed == 0)
		failed = say(r, "Deleted", r->id);
	for (i = layers.count; failed == 0 && i > 0; i--) {
		char *chain cleanup_free = str_printf("sha256:%s", layers.items[i - 1].chain);

		used = store_layer_used(r->store, layers.items[i - 1].chain, r->err);
		if (used == 0)
			failed = chain ? say(r, "Deleted", chain) : err_oom(r->err);
		else
			failed = used < 0 ? used : 0;
	}
	return failed;
}

/* A name: the last one takes the image with it, unless containers hold it. */
static int remove_name(struct removal *r, const char *full)
{
	if (r->tags.count > 1)
		return untag(r, full);
	if (r->users == 0)
		return delete_image(r);
	if (r->force)
		return untag(r, full);
	return err_set(r->err, ERR_CONFLICT, EBUSY,
		       "conflict: unable to remove repository reference \"%s\" (must force) - "
		       "container %.*s is using its referenced image %.*s",
		       r->what, SHORT_ID, r->user, SHORT_ID, short_id(r));
}

static bool in_one_repository(const struct strv *tags)
{
	size_t i, len;

	for (i = 1; i < tags->count; i++) {
		len = (size_t)(strrchr(tags->items[0], ':') - tags->items[0]) + 1;
		if (strncmp(tags->items[i], tags->items[0], len) != 0 ||
		    strchr(tags->items[i] + len, ':'))
			return false;
	}
	return true;
}

static int remove_id(struct removal *r)
{
	const char *running = running_user(r);

	if (running)
		return err_set(r->err, ERR_CONFLICT, EBUSY,
			       "conflict: unable to delete %.*s (cannot be forced) - image is "
			       "being used by running container %.*s",
			       SHORT_ID, short_id(r), SHORT_ID, running);
	if (r->users > 0 && (!r->force || r->tags.count == 0))
		return err_set(r->err, ERR_CONFLICT, EBUSY,
			       "conflict: unable to delete %.*s (%s) - image is being used by "
			       "container %.*s",
			       SHORT_ID, short_id(r),
			       r->tags.count ? "must be forced" : "cannot be forced", SHORT_ID,
			       r->user);
	if (!r->force && !in_one_repository(&r->tags))
		return err_set(r->err, ERR_CONFLICT, EBUSY,
			       "conflict: unable to delete %.*s (must be forced) - image is "
			       "referenced in multiple repositories",
			       SHORT_ID, short_id(r));
	return r->users > 0 ? untag_all(r) : delete_image(r);
}

/* Within one transaction: no container can be made from it in between. */
static int decide(struct removal *r)
{
	struct reference ref cleanup_reference = { 0 };
	char *full cleanup_free = NULL;
	int failed;

	failed = reference_parse(r->what, &ref, r->err);
	if (failed == 0)
		failed = image_find(r->engine, r->what, r->id, r->err);
	if (failed == 0)
		failed = store_tags_of(r->store, r->id, &r->tags, NULL, r->err);
	if (failed == 0)
		failed = store_image_users(r->store, r->id, &r->users, r->user, r->err);
	if (failed < 0)
		return failed;
	if (ref.kind == REF_NAME && !ref.digest) {
		full = reference_full_tag(&ref);
		if (!full)
			return err_oom(r->err);
		/* what looks like a name may have been found as the beginning of an id */
		if (strv_contains(&r->tags, full))
			return remove_name(r, full);
	}
	return remove_id(r);
}

int image_remove(struct engine *engine, const char *reference, bool force, json_t **ret,
		 struct err *err)
{
	struct removal removal cleanup_with(
	    removal_clear) = { .engine = engine, .what = reference, .force = force, .err = err };
	int lock cleanup_fd = -1, r;

	removal.result = json_array();
	if (!removal.result)
		return err_oom(err);
	r = engine_store(engine, &removal.store, err);
	if (r == 0 && force)
		r = find_running(&removal);
	if (r == 0)
		r = layout_lock_open(engine->root, &lock, err);
	store_reserve_spend(engine->root->lib_fd);
	if (r == 0)
		r = store_begin(removal.store, err);
	if (r < 0)
		return r;
	r = decide(&removal);
	if (r < 0)
		store_end(removal.store, false, NULL);
	else
		r = store_end(removal.store, true, err);
	if (r == 0)
		r = layout_write_index(engine, lock, err);
	if (r < 0)
		return r;
	layout_collect(engine, lock);
	store_reserve_fill(engine->root->lib_fd);
	*ret = take_ptr(&removal.result);
	return 0;
}
