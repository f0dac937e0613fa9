/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The group above all containers, made by a thread while the command reads its database and builds
 * the configuration. The first cpuset of a machine has the kernel patch its own code on all
 * processors, two milliseconds of waiting (6.18); the groups of the container itself, made later in
 * one go with their limits, then cost little.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/ahead.h"
#include "engine/engine.h"
#include "engine/root/root.h"
#include "runtime/cgroup/cgroup.h"

struct groups_ahead {
	pthread_t thread;
	bool runs;
	char path[]; /* the thread's own: nothing of the engine is shared with it */
};

/* What goes wrong here goes wrong again, and is told, when the container's groups are made. */
static void *make(void *arg)
{
	const struct groups_ahead *ahead = arg;

	(void)cgroup_make_above(ahead->path, NULL);
	return NULL;
}

void groups_ahead_begin(struct engine *engine)
{
	const char *path = engine->root->cgroup_parent;
	struct groups_ahead *ahead;
	size_t count;

	if (!engine->root->system || engine->ahead || !cgroup_hierarchies(&count, NULL))
		return;
	ahead = calloc(1, sizeof(*ahead) + strlen(path) + 1);
	if (!ahead)
		return;
	strcpy(ahead->path, path);
	mallopt(M_ARENA_MAX, 1); /* a second one costs more than the few strings in it */
	ahead->runs = pthread_create(&ahead->thread, NULL, make, ahead) == 0;
	engine->ahead = ahead;
}

void groups_ahead_await(struct engine *engine)
{
	struct groups_ahead *ahead = engine->ahead;

	if (ahead && ahead->runs)
		pthread_join(ahead->thread, NULL);
	if (ahead)
		ahead->runs = false;
}

void groups_ahead_used(struct engine *engine)
{
	groups_ahead_await(engine);
	free(take_ptr(&engine->ahead));
}

void groups_ahead_end(struct engine *engine)
{
	if (!engine->ahead)
		return;
	groups_ahead_await(engine);
	cgroup_remove_unused(engine->ahead->path, NULL);
	free(take_ptr(&engine->ahead));
}
