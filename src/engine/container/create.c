/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/container/create_internal.h"
#include "engine/container/devices.h"
#include "engine/container/names.h"
#include "engine/container/pending.h"
#include "engine/container/request.h"
#include "engine/container/userns.h"
#include "engine/image/snapshot.h"
#include "engine/root/root.h"
#include "engine/store/containers.h"

enum { NAME_ATTEMPTS = 100 };

void create_warn(struct create *c, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(c->warnings, json_string(text));
}

static void create_clear(struct create *c)
{
	json_decref(c->config);
	json_decref(c->host);
	json_decref(c->networks);
	json_decref(c->mount_points);
	json_decref(c->warnings);
	image_free(c->image);
}

static int check_all(struct create *c, struct err *err)
{
	static int (*const checks[])(struct create *, struct err *) = {
		create_merge_image,	 create_check_memory,  create_check_cpu,
		create_check_limits,	 create_check_policy,  create_check_security,
		create_check_namespaces, create_check_process, create_check_mounts,
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(checks); i++)
		r = checks[i](c, err);
	if (r == 0 && !c->engine->root->system &&
	    json_array_size(json_object_get(c->host, "DeviceCgroupRules")) > 0)
		return err_set(err, ERR_UNSUPPORTED, EPERM,
			       "device cgroup rules need root: an ordinary user's containers have "
			       "no device group");
	return r < 0 ? r : devices_check(c->host, err);
}

static int prepare(struct create *c, const json_t *request, struct err *err)
{
	const char *image;
	char random[65];
	int r;

	if (str_random_hex(random, 32) < 0)
		return err_sys(err, EIO, "getrandom");
	memcpy(c->id, random, sizeof(c->id));
	c->mount_points = json_array();
	c->warnings = json_array();
	r = request_split(request, &c->config, &c->host, err);
	if (r < 0)
		return r;
	c->endpoints =
	    json_object_get(json_object_get(request, "NetworkingConfig"), "EndpointsConfig");
	if (json_is_null(c->endpoints))
		c->endpoints = NULL;
	image = member_str(c->config, "Image");
	if (!*image)
		return err_invalid(err, "no image is given");
	r = image_resolve(c->engine, image, &c->image, err);
	return r < 0 ? r : check_all(c, err);
}

/* The stored document; `snapshot` is stolen. */
static json_t *document(const struct create *c, json_t *snapshot)
{
	json_t *driver = json_object_get(snapshot, "Driver");

	return json_pack("{sO sO so sO? sO sO sO*}", "Config", c->config, "HostConfig", c->host,
			 "Snapshot", snapshot, "Driver", driver, "NetworkMode",
			 json_object_get(c->host, "NetworkMode"), "MountPoints", c->mount_points,
			 "Networks", c->networks);
}

static int add_row(struct create *c, struct store *store, json_t *doc, const char *name,
		   int64_t now, struct err *err)
{
	char *config cleanup_free = js_dump(doc, JSON_COMPACT);
	struct container_row row = {
		.name = (char *)name,
		.image = (char *)member_str(c->config, "Image"),
		.image_id = c->image->id,
		.config = config,
		.created_ns = now,
	};

	if (!config)
		return err_oom(err);
	memcpy(row.id, c->id, sizeof(row.id));
	return store_container_add(store, &row, err);
}

/* Row and ids in one transaction: the ids refer to the row, and the document names the ids. */
static int add_with_ids(struct create *c, struct store *store, json_t *doc, const char *name,
			int64_t now, struct err *err)
{
	char *config cleanup_free = NULL;
	json_t *map;
	int r = add_row(c, store, doc, name, now, err);

	if (r < 0 || !str_eq(member_str(c->host, "UsernsMode"), "auto"))
		return r;
	r = userns_take_ids(c->engine, c->id, &map, err);
	if (r < 0)
		return r;
	json_object_set_new(doc, "IdMap", map);
	config = js_dump(doc, JSON_COMPACT);
	return config ? store_container_set_config(store, c->id, config, err) : err_oom(err);
}

static int insert(struct create *c, json_t *doc, const char *name, struct err *err)
{
	int64_t now = time_now_ns();
	struct store *store;
	unsigned attempt;
	int r = engine_store(c->engine, &store, err);

	if (r < 0)
		return r;
	for (attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
		char *made cleanup_free = NULL;

		r = name ? 0 : container_name_generate(attempt, &made, err);
		if (r == 0)
			r = store_begin(store, err);
		if (r < 0)
			return r;
		r = add_with_ids(c, store, doc, name ? name : made, now, err);
		if (r < 0)
			store_end(store, false, NULL);
		else
			r = store_end(store, true, err);
		if (name || r != -EEXIST)
			break;
	}
	return r;
}

/* Directory and snapshot first, row last. The marker tells what to do after a crash in between. */
static int store_all(struct create *c, const char *name, struct err *err)
{
	json_t *doc cleanup_json = NULL, *snapshot;
	int marker cleanup_fd = -1, dir cleanup_fd = -1;
	int r;

	container_pending_sweep(c->engine);
	r = container_pending_begin(c->engine, c->id, &marker, err);
	if (r < 0)
		return r;
	r = root_container_dir(c->engine->root, c->id, true, &dir, err);
	if (r == 0)
		r = snapshot_create(c->engine, c->image, c->id, &snapshot, err);
	if (r == 0) {
		doc = document(c, snapshot);
		r = doc ? insert(c, doc, name, err) : err_oom(err);
		if (r < 0 && doc)
			snapshot_remove(c->engine, json_object_get(doc, "Snapshot"), c->id, NULL);
	}
	if (r < 0)
		container_remove_trees(c->engine, c->id, NULL);
	container_pending_end(c->engine, c->id);
	return r;
}

int container_create(struct engine *engine, const char *name, const json_t *request,
		     json_t **ret_warnings, struct container **ret, struct err *err)
{
	struct create c cleanup_with(create_clear) = { .engine = engine };
	struct store *store;
	struct err scratch;
	int r;

	if (!err)
		err = &scratch;
	if (name && !*name)
		name = NULL;
	r = name ? container_name_check(name, &name, err) : 0;
	/* before the directory: one without a database beside it would pass for a lost database */
	if (r == 0)
		r = engine_store(engine, &store, err);
	if (r == 0)
		r = prepare(&c, request, err);
	if (r == 0)
		r = store_all(&c, name, err);
	if (r == 0)
		r = container_load(engine, c.id, true, ret, err);
	if (r < 0)
		return r;
	container_event(engine, *ret, "create", NULL);
	if (ret_warnings)
		*ret_warnings = take_ptr(&c.warnings);
	return 0;
}
