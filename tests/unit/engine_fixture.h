/* SPDX-License-Identifier: Apache-2.0 */
/* An engine over a throw-away root, with a directory that serves as an image. Needs root. */
#ifndef CORACLE_TESTS_UNIT_ENGINE_FIXTURE_H
#define CORACLE_TESTS_UNIT_ENGINE_FIXTURE_H

#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/container/container.h"
#include "engine/root/root.h"
#include "engine_root.h"

struct engine_fixture {
	char *dir, *run, *image; /* image: "dir:…" */
	struct engine *engine;
};

static inline int engine_setup(void **state)
{
	struct engine_fixture *f = calloc(1, sizeof(*f));
	char *lib, *rootfs;
	struct err err;

	f->dir = temp_root();
	lib = str_printf("%s/lib", f->dir);
	rootfs = str_printf("%s/image", f->dir);
	f->image = str_printf("dir:%s", rootfs);
	if (mkdir(rootfs, 0755) < 0 || engine_open(lib, &f->engine, &err) < 0)
		return -1;
	f->run = strdup(f->engine->root->run);
	free(lib);
	free(rootfs);
	*state = f;
	return 0;
}

static inline int engine_teardown(void **state)
{
	struct engine_fixture *f = *state;

	engine_close(f->engine);
	fd_remove_tree_at(AT_FDCWD, f->run, NULL);
	remove_root(f->dir);
	free(f->run);
	free(f->image);
	free(f);
	return 0;
}

/* {"Image":…,"Cmd":["true"]} with the members of `text` over it. */
static inline json_t *make_request(const struct engine_fixture *f, const char *text)
{
	json_t *request = json_pack("{ss s[s]}", "Image", f->image, "Cmd", "true");
	json_error_t e;
	json_t *more = json_loads(text, 0, &e);

	if (!more)
		abort();
	json_object_update(request, more);
	json_decref(more);
	return request;
}

static inline int create(const struct engine_fixture *f, const char *name, const char *text,
			 struct container **ret, struct err *err)
{
	json_t *request cleanup_json = make_request(f, text);

	return container_create(f->engine, name, request, NULL, ret, err);
}

#endif
