/* SPDX-License-Identifier: Apache-2.0 */
/* From a name to a container whose state is the kernel's word. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/net/attach.h"
#include "base/json.h"
#include "base/log.h"
#include "engine/container/container.h"
#include "engine/container/pending.h"
#include "engine/root/root.h"
#include "engine/store/containers.h"

const char *container_status_name(enum container_status status)
{
	static const char *const names[] = {
		[CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running",
		[CONTAINER_PAUSED] = "paused",	 [CONTAINER_RESTARTING] = "restarting",
		[CONTAINER_EXITED] = "exited",	 [CONTAINER_DEAD] = "dead",
	};

	return names[status];
}

void container_free(struct container *c)
{
	if (!c)
		return;
	free(c->name);
	free(c->image);
	free(c->image_id);
	json_decref(c->config);
	close_fd(&c->dir_fd);
	close_fd(&c->run_fd);
	close_fd(&c->lock_fd);
	while (c->join_count > 0)
		close_fd(&c->join_fds[--c->join_count]);
	net_attachment_free(c->net);
	run_state_clear(&c->state);
	free(c);
}

void container_list_free(struct container **list, size_t count)
{
	while (count > 0)
		container_free(list[--count]);
	free(list);
}

/* Takes the row's texts over. */
static int fill_from_row(struct container *c, struct container_row *row, struct err *err)
{
	json_t *config;
	int r =
	    js_parse(row->config, strlen(row->config), "the stored configuration", &config, err);

	if (r < 0)
		return err_wrap(err, "container %s", row->id);
	json_decref(c->config);
	c->config = config;
	memcpy(c->id, row->id, sizeof(c->id));
	free(c->name);
	free(c->image);
	free(c->image_id);
	c->name = take_ptr(&row->name);
	c->image = take_ptr(&row->image);
	c->image_id = take_ptr(&row->image_id);
	c->created_ns = row->created_ns;
	c->wanted = row->wanted;
	return 0;
}

/* A row without a directory is what somebody's rm -r left: it can only be removed. */
static int open_dirs(struct engine *engine, struct container *c, struct err *err)
{
	int r;

	close_fd(&c->dir_fd);
	r = root_container_dir(engine->root, c->id, false, &c->dir_fd, err);
	if (r == -ENOENT)
		c->status = CONTAINER_DEAD;
	else if (r < 0)
		return r;
	if (c->run_fd >= 0)
		return 0;
	r = root_run_dir(engine->root, c->id, false, &c->run_fd, err);
	return r == -ENOENT ? 0 : r;
}

static int from_row(struct engine *engine, struct container_row *row, struct container **ret,
		    struct err *err)
{
	struct container *c cleanup_container = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_oom(err);
	c->dir_fd = c->run_fd = c->lock_fd = -1;
	r = fill_from_row(c, row, err);
	if (r == 0)
		r = open_dirs(engine, c, err);
	if (r == 0)
		*ret = take_ptr(&c);
	return r;
}

static int find(struct engine *engine, const char *what, struct container_row *ret, struct err *err)
{
	struct store *store;
	int r = engine_store(engine, &store, err);

	return r < 0 ? r : store_container_find(store, what, ret, err);
}

/* What was found before the lock was had may have been renamed, changed or removed since. */
static int lock_and_reload(struct engine *engine, struct container *c, struct err *err)
{
	struct container_row row cleanup_with(container_row_clear) = { 0 };
	bool had_run = c->run_fd >= 0;
	int r = container_lock(engine, c, err);

	if (r == 0)
		r = find(engine, c->id, &row, err);
	if (r == -ENOENT && !had_run)
		/* the run directory is of our own making, for a container that is no more */
		container_remove_trees(engine, c->id, NULL);
	if (r == 0)
		r = fill_from_row(c, &row, err);
	return r < 0 ? r : open_dirs(engine, c, err);
}

/* 1: the container was a temporary one whose run is over, and is gone. */
static int look(struct engine *engine, struct container *c, struct err *err)
{
	int r;

	if (c->status == CONTAINER_DEAD)
		return 0;
	r = container_refresh(engine, c, err);
	return r < 0 ? r : container_repair(engine, c, err);
}

int container_load(struct engine *engine, const char *what, bool lock, struct container **ret,
		   struct err *err)
{
	struct container_row row cleanup_with(container_row_clear) = { 0 };
	struct container *c cleanup_container = NULL;
	int r = find(engine, what, &row, err);

	if (r == 0)
		r = from_row(engine, &row, &c, err);
	if (r == 0 && lock)
		r = lock_and_reload(engine, c, err);
	if (r == 0)
		r = look(engine, c, err);
	if (r == 1)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "No such container: %s", what);
	if (r == 0)
		*ret = take_ptr(&c);
	return r;
}

static int list_rows(struct engine *engine, struct container_row *rows, size_t count,
		     struct container **list, size_t *ret_count, struct err *err)
{
	size_t i;
	int r;

	for (i = 0; i < count; i++) {
		struct container *c cleanup_container = NULL;

		r = from_row(engine, &rows[i], &c, err);
		if (r < 0)
			return r;
		r = look(engine, c, err);
		if (r < 0)
			/* one that cannot be put right must not hide the others */
			log_warn("container %s: %s", c->id, err ? err->text : "");
		if (r != 1)
			list[(*ret_count)++] = take_ptr(&c);
	}
	return 0;
}

int container_list(struct engine *engine, struct container ***ret, size_t *count, struct err *err)
{
	struct container_row *rows = NULL;
	struct container **list = NULL;
	size_t n = 0, listed = 0, i;
	struct store *store;
	int r;

	container_pending_sweep(engine);
	r = engine_store(engine, &store, err);
	if (r == 0)
		r = store_container_list(store, &rows, &n, err);
	if (r < 0)
		return r;
	list = calloc(n + 1, sizeof(struct container *));
	r = list ? list_rows(engine, rows, n, list, &listed, err) : err_oom(err);
	for (i = 0; i < n; i++)
		container_row_clear(&rows[i]);
	free(rows);
	if (r < 0) {
		container_list_free(list, listed);
		return r;
	}
	*ret = list;
	*count = listed;
	return 0;
}
