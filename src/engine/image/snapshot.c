/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/engine.h"
#include "engine/image/layout.h"
#include "engine/image/rootless.h"
#include "engine/image/snapshot_driver.h"
#include "engine/image/snapshot_probe.h"
#include "engine/image/tree_size.h"
#include "engine/root/root.h"
#include "linux/mount.h"

static const struct snapshot_driver *const drivers[] = { &snapshot_overlay, &snapshot_copy,
							 &snapshot_bind };

static int find_driver(const json_t *snapshot, const struct snapshot_driver **ret, struct err *err)
{
	const char *name = json_string_value(json_object_get(snapshot, "Driver"));
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(drivers); i++) {
		if (str_eq(name, drivers[i]->name)) {
			*ret = drivers[i];
			return 0;
		}
	}
	return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "no snapshot driver \"%s\"",
		       name ? name : "");
}

/* --- describing -------------------------------------------------------------------------------
 */

static json_t *lower_list(const struct image *image)
{
	json_t *list cleanup_json = json_array();
	size_t i;

	if (!list)
		return NULL;
	if (image->kind != IMAGE_STORED) {
		if (json_array_append_new(list, json_string(image->path)) < 0)
			return NULL;
		return take_ptr(&list);
	}
	for (i = image->layers.count; i > 0; i--) {
		char *path cleanup_free = str_printf(LAYERS_DIR "/%s", image->layers.items[i - 1]);

		if (!path || json_array_append_new(list, json_string(path)) < 0)
			return NULL;
	}
	/* an image without a layer is an empty directory */
	if (image->layers.count == 0 &&
	    json_array_append_new(list, json_string(LAYERS_DIR "/" EMPTY_LAYER)) < 0)
		return NULL;
	return take_ptr(&list);
}

static int describe(struct engine *engine, const struct image *image, json_t **ret, struct err *err)
{
	json_t *description cleanup_json = NULL, *lowers = NULL;
	struct snapshot_choice choice;
	int r;

	if (image->kind == IMAGE_DIR_RW) {
		description = json_pack("{s:s,s:s}", "Driver", "bind", "Path", image->path);
		if (!description)
			return err_oom(err);
		*ret = take_ptr(&description);
		return 0;
	}
	if (image->layers.count > SNAPSHOT_LOWERS_MAX)
		return err_set(err, ERR_UNSUPPORTED, E2BIG,
			       "the image has %zu layers; overlayfs takes %d", image->layers.count,
			       SNAPSHOT_LOWERS_MAX);
	r = snapshot_choose(engine, &choice, err);
	if (r < 0)
		return r;
	lowers = lower_list(image);
	description = json_pack("{s:s,s:o,s:b}", "Driver", choice.driver, "Lowers", lowers,
				"UserXattr", choice.userxattr);
	if (!description)
		return err_oom(err);
	*ret = take_ptr(&description);
	return 0;
}

/* --- as an ordinary user, files of subordinate ids are made and removed inside the user
 * namespace where they are ours ---------------------------------------------------------------- */

struct driver_call {
	const struct snapshot_driver *driver;
	const struct image *users_dir; /* a directory of the host's, as an ordinary user; or NULL */
	struct snapshot_place place;
	json_t *description;
};

/* What is mounted below a directory is locked to it in a user namespace (mount_namespaces(7)):
 * without it, as the container's root has to be, it cannot be copied there (EINVAL). Said here,
 * where the container is made, and not by an overlay's "Invalid argument" at its start. */
static int refuse_locked_mounts(const struct image *image, struct err *err)
{
	int dir cleanup_fd = -1, mnt cleanup_fd = -1;
	const char *kind = image->kind == IMAGE_HOST ? "host" : "dir:";
	const char *path = image->kind == IMAGE_HOST ? "" : image->path;

	dir = open(image->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "open %s", image->path);
	if (mount_clone_fd(dir, "", false, &mnt, NULL) != -EINVAL)
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EINVAL,
		       "%s%s: other file systems are mounted below it, and the kernel lets only "
		       "root have a directory without those: name one without mounts, such as "
		       "dir:/usr",
		       kind, path);
}

static int call_create(void *arg, struct err *err)
{
	struct driver_call *call = arg;
	int r = call->users_dir ? refuse_locked_mounts(call->users_dir, err) : 0;

	return r < 0 ? r : call->driver->create(&call->place, call->description, err);
}

static int call_remove(void *arg, struct err *err)
{
	struct driver_call *call = arg;
	const char *const *name;
	int r = 0;

	for (name = call->driver->names; r == 0 && *name; name++)
		r = fd_remove_tree_at(call->place.container_fd, *name, err);
	return r;
}

int snapshot_create(struct engine *engine, const struct image *image, const char *container_id,
		    json_t **ret, struct err *err)
{
	struct driver_call call = { 0 };
	json_t *description cleanup_json = NULL;
	int container_fd cleanup_fd = -1, r;

	r = describe(engine, image, &description, err);
	if (r == 0)
		r = find_driver(description, &call.driver, err);
	if (r == 0)
		r = root_container_dir(engine->root, container_id, true, &container_fd, err);
	if (r < 0)
		return r;
	call.place = (struct snapshot_place){ container_fd, engine->root->lib_fd };
	call.description = description;
	if (!engine->root->system && image->kind != IMAGE_STORED)
		call.users_dir = image;
	r = rootless_call(engine->root, call_create, &call, err);
	if (r < 0) {
		if (rootless_call(engine->root, call_remove, &call, NULL) < 0)
			log_warn("a half-made layer of container %s stays", container_id);
		return r;
	}
	*ret = take_ptr(&description);
	return 0;
}

int snapshot_mount(const json_t *snapshot, const struct snapshot_mount_args *args, int *ret_fd,
		   struct err *err)
{
	const struct snapshot_driver *driver = NULL;
	int r = find_driver(snapshot, &driver, err);

	return r < 0 ? r : driver->mount(snapshot, args, ret_fd, err);
}

/* The container's directory; a missing one is 1. */
static int find_place(struct engine *engine, const json_t *snapshot, const char *container_id,
		      struct driver_call *ret, struct err *err)
{
	struct err lost = { 0 };
	int r = find_driver(snapshot, &ret->driver, err);

	if (r < 0)
		return r;
	ret->place = (struct snapshot_place){ -1, engine->root->lib_fd };
	r = root_container_dir(engine->root, container_id, false, &ret->place.container_fd, &lost);
	if (r == -ENOENT)
		return 1;
	return r < 0 ? err_set(err, lost.class, lost.code, "%s", lost.text) : 0;
}

int snapshot_remove(struct engine *engine, const json_t *snapshot, const char *container_id,
		    struct err *err)
{
	struct driver_call call = { 0 };
	int r = find_place(engine, snapshot, container_id, &call, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = rootless_call(engine->root, call_remove, &call, err);
	close_fd(&call.place.container_fd);
	return r < 0 ? err_wrap(err, "remove the layer of container %s", container_id) : 0;
}

int snapshot_changes(struct engine *engine, const json_t *snapshot, const char *container_id,
		     json_t **ret, struct err *err)
{
	struct driver_call call = { 0 };
	int r = find_place(engine, snapshot, container_id, &call, err);

	if (r > 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "container %s has no layer",
			       container_id);
	if (r < 0)
		return r;
	r = call.driver->changes(snapshot, &call.place, ret, err);
	close_fd(&call.place.container_fd);
	return r;
}

int snapshot_size(struct engine *engine, const json_t *snapshot, const char *container_id,
		  int64_t *ret, struct err *err)
{
	struct driver_call call = { 0 };
	int r = find_place(engine, snapshot, container_id, &call, err);

	if (r < 0)
		return r;
	if (r > 0 || !call.driver->size_name)
		*ret = 0;
	else
		r = tree_size(call.place.container_fd, call.driver->size_name, ret, err);
	close_fd(&call.place.container_fd);
	return r < 0 ? r : 0;
}
