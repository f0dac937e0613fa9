/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole copy of the merged view of layers, for where an overlay cannot be had. Data is shared
 * where the file system can (FICLONE), holes stay holes; owner, mode, times, extended attributes
 * and hard links are kept. What overlayfs left for itself in the layers is not copied.
 */
#ifndef CORACLE_ENGINE_IMAGE_TREE_COPY_H
#define CORACLE_ENGINE_IMAGE_TREE_COPY_H

#include "base/err.h"
#include "engine/image/dirset.h"

/* Copies into the existing, empty directory `target`, whose own attributes are set too. The
 * directory that `skip_fd` is stays empty: our own state, where the source is the host's root (the
 * copy would copy itself without end). */
int tree_copy(const struct dirset *source, int target, int skip_fd, struct err *err);

#endif
