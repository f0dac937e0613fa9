/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container changed in its root file system, as `diff` shows it:
 * [{"Path":"/x","Kind":0 modified|1 added|2 deleted}], sorted by path as bytes. Mount points that
 * the runtime made for the container (/proc, /dev, /etc/hosts, …) are left out: nobody changed
 * anything there.
 */
#ifndef CORACLE_ENGINE_IMAGE_CHANGES_H
#define CORACLE_ENGINE_IMAGE_CHANGES_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "engine/image/dirset.h"

enum change_kind { CHANGE_MODIFIED, CHANGE_ADDED, CHANGE_DELETED };

/* `upper` is an overlay's upper directory over `lowers` (the top one first); all may be O_PATH. */
int changes_of_upper(int upper, const int *lowers, size_t count, json_t **ret, struct err *err);

/* `tree` is a whole copy of the merged `lowers` that was changed since. A file counts as modified
 * by its type, owner, mode, size, time of modification or target. */
int changes_of_copy(int tree, const int *lowers, size_t count, json_t **ret, struct err *err);

#endif
