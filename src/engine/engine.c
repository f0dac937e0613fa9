/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/ahead.h"
#include "engine/root/root.h"
#include "engine/store/store.h"
#include "runtime/runtime.h"

int engine_open(const char *dir, struct engine **ret, struct err *err)
{
	struct engine *engine cleanup_engine = calloc(1, sizeof(*engine));
	int r;

	if (!engine)
		return err_oom(err);
	r = rt_own_path(&engine->self, err);
	if (r == 0)
		r = root_open(dir, &engine->root, err);
	if (r < 0)
		return r;
	*ret = take_ptr(&engine);
	return 0;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	groups_ahead_end(engine);
	store_close(engine->store);
	root_close(engine->root);
	free(engine->self);
	free(engine);
}

int engine_store(struct engine *engine, struct store **ret, struct err *err)
{
	int r;

	if (!engine->store) {
		r = store_open(engine->root->lib_fd, engine->root->lib, &engine->store, err);
		if (r < 0)
			return r;
	}
	*ret = engine->store;
	return 0;
}

int engine_helper_path(const struct engine *engine, const char *name, char **ret, struct err *err)
{
	const char *slash = strrchr(engine->self, '/');
	char *beside cleanup_free =
	    str_printf("%.*s/%s", slash ? (int)(slash - engine->self) : 0, engine->self, name);
	char *installed cleanup_free = path_join(CORACLE_LIBEXECDIR, name);

	if (!beside || !installed)
		return err_oom(err);
	if (access(beside, X_OK) == 0)
		*ret = take_ptr(&beside);
	else if (access(installed, X_OK) == 0)
		*ret = take_ptr(&installed);
	else
		return err_sys(err, errno, "the helper program %s", installed);
	return 0;
}
