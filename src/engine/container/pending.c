/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/pending.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "engine/root/root.h"
#include "engine/store/containers.h"
#include "linux/flock.h"

#define PENDING "pending"

static int open_pending(struct engine *engine, int *ret_fd, struct err *err)
{
	return root_subdir(engine->root, PENDING, ret_fd, err);
}

int container_pending_begin(struct engine *engine, const char *id, int *ret_fd, struct err *err)
{
	int dir cleanup_fd = -1;
	struct stat st;
	int r = open_pending(engine, &dir, err);

	while (r == 0) {
		int fd cleanup_fd = -1;

		r = flock_open(dir, id, FLOCK_EXCLUSIVE, &fd, err);
		if (r < 0)
			break;
		/* A sweeper may have taken the file between its making and its locking. */
		if (fstat(fd, &st) == 0 && st.st_nlink > 0) {
			*ret_fd = take_fd(&fd);
			return 0;
		}
	}
	return r;
}

void container_pending_end(struct engine *engine, const char *id)
{
	int dir cleanup_fd = -1;

	if (open_pending(engine, &dir, NULL) == 0)
		unlinkat(dir, id, 0);
}

/* The monitor of a session that was killed with its container writes its record when it is
 * scheduled: into a directory that was just emptied. It does so once. */
static int remove_tree(int dir_fd, const char *id, struct err *err)
{
	enum { TRIES = 20, PAUSE_MS = 5 };
	int r = fd_remove_tree_at(dir_fd, id, err);

	for (int i = 0; r == -ENOTEMPTY && i < TRIES; i++) {
		poll(NULL, 0, PAUSE_MS);
		r = fd_remove_tree_at(dir_fd, id, err);
	}
	return r;
}

int container_remove_trees(struct engine *engine, const char *id, struct err *err)
{
	int r = remove_tree(engine->root->run_containers_fd, id, err);

	return r < 0 ? r : remove_tree(engine->root->containers_fd, id, err);
}

static void finish(struct engine *engine, const char *id)
{
	struct container_row row = { 0 };
	struct store *store;
	struct err err;
	int r = engine_store(engine, &store, &err);

	if (r == 0)
		r = store_container_find(store, id, &row, &err);
	container_row_clear(&row);
	if (r < 0 && err.class == ERR_NOT_FOUND)
		r = container_remove_trees(engine, id, &err);
	if (r == 0)
		container_pending_end(engine, id);
	else
		log_warn("container %s is half-removed: %s", id, err.text);
}

void container_pending_sweep(struct engine *engine)
{
	int dir cleanup_fd = -1;
	DIR *list cleanup_dir = NULL;
	struct dirent *entry;
	int fd;

	if (open_pending(engine, &dir, NULL) < 0)
		return;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd < 0 ? NULL : fdopendir(fd);
	while (list && (entry = readdir(list))) {
		int marker cleanup_fd = -1;

		/* 64 hex digits: store_container_find() must not take it for a prefix */
		if (strlen(entry->d_name) != 64)
			continue;
		if (flock_try_open(dir, entry->d_name, FLOCK_EXCLUSIVE, &marker, NULL) == 0)
			finish(engine, entry->d_name);
	}
}
