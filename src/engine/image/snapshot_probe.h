/* SPDX-License-Identifier: Apache-2.0 */
/* Which driver new containers of this store get. */
#ifndef CORACLE_ENGINE_IMAGE_SNAPSHOT_PROBE_H
#define CORACLE_ENGINE_IMAGE_SNAPSHOT_PROBE_H

#include <stdbool.h>

#include "base/err.h"

struct engine;

struct snapshot_choice {
	const char *driver; /* "overlay" or "copy"; static */
	bool userxattr;	    /* marks of layers are user.overlay.*, as an overlay made by an ordinary
			       user wants them */
};

/* Tried once per store, by mounting an overlay on it, and kept in the database: an overlay that is
 * there on one day only would leave containers whose layers cannot be mounted on the next. */
int snapshot_choose(struct engine *engine, struct snapshot_choice *ret, struct err *err);

#endif
