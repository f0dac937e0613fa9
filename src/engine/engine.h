/* SPDX-License-Identifier: Apache-2.0 */
/* What every command of the engine holds: where things live, and the database. */
#ifndef CORACLE_ENGINE_ENGINE_H
#define CORACLE_ENGINE_ENGINE_H

#include "base/err.h"

struct root;
struct store;
struct groups_ahead;

struct engine {
	struct root *root;
	struct store *store;	    /* NULL until engine_store() */
	char *self;		    /* absolute path of the running `coracle`, for monitors */
	struct groups_ahead *ahead; /* NULL unless groups_ahead_begin() */
};

/* Opens the root (`dir`: --root, NULL for CORACLE_ROOT or the default), checks the stamp and holds
 * the run directory's shared lock until engine_close(). */
int engine_open(const char *dir, struct engine **ret, struct err *err);
void engine_close(struct engine *engine);
static inline void engine_close_ptr(struct engine **engine)
{
	engine_close(*engine);
}
#define cleanup_engine __attribute__((cleanup(engine_close_ptr)))

/* The database, opened (and migrated) at first use. */
int engine_store(struct engine *engine, struct store **ret, struct err *err);

/* Absolute path of a helper program: beside `coracle` in a build tree or CORACLE_LIBEXECDIR.
 * malloc'ed. */
int engine_helper_path(const struct engine *engine, const char *name, char **ret, struct err *err);

#endif
