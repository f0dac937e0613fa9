/* SPDX-License-Identifier: Apache-2.0 */
/* Images in the shapes of the Docker Engine API: ImageSummary and ImageInspect. */
#include "engine/image/image.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "engine/engine.h"
#include "engine/image/blob.h"
#include "engine/image/find.h"
#include "engine/image/layout.h"
#include "engine/image/reference.h"
#include "engine/image/snapshot_probe.h"
#include "engine/root/root.h"
#include "engine/store/images.h"

#define NO_TIME "0001-01-01T00:00:00Z"

struct described {
	struct image_row row;
	struct strv tags; /* in full */
	int64_t tagged_ns, users;
	json_t *config; /* canonical */
};

static void described_clear(struct described *d)
{
	image_row_clear(&d->row);
	strv_free(&d->tags);
	json_decref(d->config);
}

/* 1: there; 0: removed meanwhile. */
static int read_image(struct engine *engine, const char *id, struct described *d, struct err *err)
{
	char container[65];
	struct store *store;
	int r;

	r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_image_get(store, id, &d->row, err);
	if (r <= 0)
		return r;
	r = store_tags_of(store, id, &d->tags, &d->tagged_ns, err);
	if (r >= 0)
		r = store_image_users(store, id, &d->users, container, err);
	if (r >= 0)
		r = blob_read_config(engine, id, &d->config, err);
	return r < 0 ? r : 1;
}

static json_t *repo_tags(const struct described *d)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < d->tags.count; i++)
		json_array_append_new(list, json_string(reference_familiar(d->tags.items[i])));
	return list;
}

/* "busybox@sha256:…", once for each repository that has a tag of it. */
static json_t *repo_digests(const struct described *d)
{
	json_t *list = json_array();
	struct strv seen cleanup_strv = { 0 };
	size_t i;

	for (i = 0; i < d->tags.count; i++) {
		const char *name = reference_familiar(d->tags.items[i]);
		const char *colon = strrchr(name, ':');
		char *text cleanup_free =
		    str_printf("%.*s@%s", (int)(colon - name), name, d->row.manifest);

		if (!text || strv_contains(&seen, text) || strv_add(&seen, text) < 0)
			continue;
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *member(const json_t *object, const char *key, json_t *otherwise)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		return otherwise;
	json_decref(otherwise);
	return json_incref(value);
}

/* The configuration as Docker shows it: some members always there, as null or "". */
static json_t *docker_config(const json_t *image_config)
{
	static const char *const always_null[] = { "Cmd",    "Entrypoint", "Env",
						   "Labels", "OnBuild",	   "Volumes" };
	json_t *config = json_deep_copy(json_object_get(image_config, "config"));
	size_t i;

	if (!config)
		config = json_object();
	for (i = 0; i < ARRAY_SIZE(always_null); i++)
		if (!json_object_get(config, always_null[i]))
			json_object_set_new(config, always_null[i], json_null());
	if (!json_object_get(config, "User"))
		json_object_set_new(config, "User", json_string(""));
	if (!json_object_get(config, "WorkingDir"))
		json_object_set_new(config, "WorkingDir", json_string(""));
	return config;
}

static int64_t created_seconds(const json_t *config)
{
	const char *text = json_string_value(json_object_get(config, "created"));
	int64_t ns = 0;

	if (!text || time_parse(text, &ns, NULL) < 0)
		return 0;
	return ns / 1000000000;
}

static json_t *summary(const struct described *d)
{
	const json_t *config = json_object_get(d->config, "config");

	return json_pack("{s:I,s:I,s:s,s:o,s:s,s:o,s:o,s:i,s:I}", "Containers",
			 (json_int_t)d->users, "Created", (json_int_t)created_seconds(d->config),
			 "Id", d->row.id, "Labels", member(config, "Labels", json_null()),
			 "ParentId", "", "RepoDigests", repo_digests(d), "RepoTags", repo_tags(d),
			 "SharedSize", -1, "Size", (json_int_t)d->row.size);
}

int image_list(struct engine *engine, json_t **ret, struct err *err)
{
	json_t *list cleanup_json = json_array();
	struct strv ids cleanup_strv = { 0 };
	struct store *store;
	size_t i;
	int r;

	if (!list)
		return err_oom(err);
	r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_image_ids(store, &ids, err);
	for (i = 0; r >= 0 && i < ids.count; i++) {
		struct described d cleanup_with(described_clear) = { 0 };
		struct err damaged = { 0 };

		r = read_image(engine, ids.items[i], &d, &damaged);
		/* one image whose file was lost must not hide the others */
		if (r < 0)
			log_error("%s", damaged.text);
		else if (r > 0 && json_array_append_new(list, summary(&d)) < 0)
			return err_oom(err);
		r = 0;
	}
	if (r < 0)
		return r;
	*ret = take_ptr(&list);
	return 0;
}

/* --- inspect ---------------------------------------------------------------------------------- */

static json_t *graph_driver(struct engine *engine, const struct image_layers *layers)
{
	struct buf lowers cleanup_buf = BUF_INIT(1 << 20);
	struct snapshot_choice choice = { .driver = "overlay" };
	char *upper cleanup_free = NULL;
	json_t *data = json_object();
	size_t i;

	for (i = layers->count; i > 1; i--)
		buf_printf(&lowers, "%s%s/" LAYERS_DIR "/%s", lowers.len ? ":" : "",
			   engine->root->lib, layers->items[i - 2].chain);
	if (lowers.len)
		json_object_set_new(data, "LowerDir", json_string(buf_str(&lowers)));
	if (layers->count > 0)
		upper = str_printf("%s/" LAYERS_DIR "/%s", engine->root->lib,
				   layers->items[layers->count - 1].chain);
	if (upper)
		json_object_set_new(data, "UpperDir", json_string(upper));
	snapshot_choose(engine, &choice, NULL);
	return json_pack("{s:o,s:s}", "Data", data, "Name", choice.driver);
}

static const char *last_comment(const json_t *config)
{
	const json_t *history = json_object_get(config, "history");
	const json_t *last = json_array_get(history, json_array_size(history) - 1);
	const char *comment = json_string_value(json_object_get(last, "comment"));

	return comment ? comment : "";
}

static json_t *text_member(const json_t *object, const char *key, const char *otherwise)
{
	return member(object, key, json_string(otherwise));
}

static int inspect_object(struct engine *engine, struct described *d, json_t **ret, struct err *err)
{
	struct image_layers layers cleanup_image_layers = { 0 };
	json_t *j cleanup_json = NULL, *diffs = json_array();
	char tagged[TIME_TEXT_MAX] = NO_TIME;
	size_t i;
	int r;

	r = store_image_layers(engine->store, d->row.id, &layers, err);
	if (r < 0) {
		json_decref(diffs);
		return r;
	}
	for (i = 0; i < layers.count; i++)
		json_array_append_new(diffs, json_string(layers.items[i].diff));
	if (d->tagged_ns)
		time_format(d->tagged_ns, tagged);
	j = json_pack("{s:s,s:o,s:o,s:s,s:s,s:o,s:s,s:o,s:o,s:o,s:I,s:o,s:{s:s,s:o},s:{s:s},s:o}",
		      "Id", d->row.id, "RepoTags", repo_tags(d), "RepoDigests", repo_digests(d),
		      "Parent", "", "Comment", last_comment(d->config), "Created",
		      text_member(d->config, "created", NO_TIME), "DockerVersion", "", "Author",
		      text_member(d->config, "author", ""), "Architecture",
		      text_member(d->config, "architecture", ""), "Os",
		      text_member(d->config, "os", ""), "Size", (json_int_t)d->row.size,
		      "GraphDriver", graph_driver(engine, &layers), "RootFS", "Type", "layers",
		      "Layers", diffs, "Metadata", "LastTagTime", tagged, "Config",
		      docker_config(d->config));
	if (!j)
		return err_oom(err);
	if (json_object_get(d->config, "variant"))
		json_object_set(j, "Variant", json_object_get(d->config, "variant"));
	*ret = take_ptr(&j);
	return 0;
}

int image_inspect(struct engine *engine, const char *reference, json_t **ret, struct err *err)
{
	struct described d cleanup_with(described_clear) = { 0 };
	char id[IMAGE_ID_SIZE];
	int r;

	r = image_find(engine, reference, id, err);
	if (r == 0)
		r = read_image(engine, id, &d, err);
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "No such image: %s", reference);
	return r < 0 ? r : inspect_object(engine, &d, ret, err);
}
