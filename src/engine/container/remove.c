/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "engine/container/life.h"
#include "engine/container/pending.h"
#include "engine/image/snapshot.h"
#include "engine/net/attach.h"
#include "engine/root/root.h"
#include "engine/store/containers.h"
#include "engine/store/reserve.h"

static int refuse_in_use(const struct container *c, struct err *err)
{
	const char *why = NULL;

	switch (c->status) {
	case CONTAINER_RUNNING:
		why = "container is running: stop the container before removing or force remove";
		break;
	case CONTAINER_PAUSED:
		why = "container is paused and must be unpaused first";
		break;
	case CONTAINER_RESTARTING:
		why = "container is restarting: stop the container before removing or force remove";
		break;
	default:
		return 0;
	}
	return err_set(err, ERR_CONFLICT, EBUSY, "cannot remove container \"/%s\": %s", c->name,
		       why);
}

/* A full disk (its reserve used up, too): the row goes when the layer's space is free. Who is
 * killed in between leaves a container without its layer, that can only be removed. */
static int remove_row(struct engine *engine, struct store *store, const struct container *c,
		      struct err *err)
{
	const json_t *snapshot = json_object_get(c->config, "Snapshot");
	int r = store_container_remove(store, c->id, err);

	if (r != -ENOSPC || !snapshot || c->dir_fd < 0)
		return r;
	r = snapshot_remove(engine, snapshot, c->id, err);
	return r < 0 ? r : store_container_remove(store, c->id, err);
}

static int remove_data(struct engine *engine, const struct container *c, struct err *err)
{
	const json_t *snapshot = json_object_get(c->config, "Snapshot");
	int r = 0;

	if (snapshot && c->dir_fd >= 0)
		r = snapshot_remove(engine, snapshot, c->id, err);
	return r < 0 ? r : container_remove_trees(engine, c->id, err);
}

int container_remove(struct engine *engine, struct container *c, bool force, struct err *err)
{
	int marker cleanup_fd = -1;
	struct store *store;
	int r;

	r = force ? 0 : refuse_in_use(c, err);
	if (r == 0 && c->status != CONTAINER_DEAD)
		/* 1: it was not running */
		r = container_halt(engine, c, 0, "SIGKILL", err);
	/* What state.json knew of is gone now; but that may have been lost, and once the row is
	 * gone nothing leads to the processes any more. */
	if (r >= 0)
		r = container_release_group(engine, c, force, err);
	if (r == 0)
		r = engine_store(engine, &store, err);
	store_reserve_spend(engine->root->lib_fd);
	if (r == 0)
		r = container_pending_begin(engine, c->id, &marker, err);
	if (r < 0)
		return r;
	/* A start that was killed has left ports and names of a run that never was. */
	net_detach(engine, c, NULL);
	/* The row first: from here on the container is gone, whatever becomes of its files. */
	r = remove_row(engine, store, c, err);
	if (r < 0) {
		container_pending_end(engine, c->id);
		return r;
	}
	c->status = CONTAINER_DEAD;
	container_event(engine, c, "destroy", NULL);
	r = remove_data(engine, c, err);
	if (r < 0)
		return err_wrap(err, "container %s is removed, but not all of its files", c->id);
	container_pending_end(engine, c->id);
	store_reserve_fill(engine->root->lib_fd);
	return 0;
}
