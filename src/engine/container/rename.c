/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/container/container.h"
#include "engine/container/names.h"
#include "engine/store/containers.h"
#include "engine/store/networks.h"

/* With the name that its neighbours find it by. */
static int change_rows(struct store *store, const struct container *c, const char *name,
		       struct err *err)
{
	int r = store_begin(store, err);

	if (r < 0)
		return r;
	r = store_container_rename(store, c->id, name, err);
	if (r == 0)
		r = store_name_change(store, c->id, c->name, name, err);
	if (r == 0)
		return store_end(store, true, err);
	store_end(store, false, NULL);
	return r;
}

int container_rename(struct engine *engine, struct container *c, const char *name, struct err *err)
{
	char *old cleanup_free = NULL, *new cleanup_free = NULL;
	struct store *store;
	const char *plain;
	int r;

	if (!*name)
		return err_invalid(err, "Neither old nor new names may be empty");
	r = container_name_check(name, &plain, err);
	if (r < 0)
		return r;
	if (str_eq(plain, c->name))
		return err_invalid(err,
				   "Renaming a container with the same name as its current name");
	new = strdup(plain);
	if (!new)
		return err_oom(err);
	r = engine_store(engine, &store, err);
	if (r == 0)
		r = change_rows(store, c, plain, err);
	if (r == -EEXIST)
		return err_wrap(err, "Error when allocating new name");
	if (r < 0)
		return r;
	old = str_printf("/%s", c->name);
	free(c->name);
	c->name = take_ptr(&new);
	container_event(engine, c, "rename", json_pack("{ss}", "oldName", old ? old : ""));
	return 0;
}
