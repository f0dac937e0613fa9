/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image part of the lib tree, and who may touch it when.
 *
 *     oci-layout, index.json, blobs/sha256/<hex>   a standard OCI image layout
 *     layers/<chain id hex>/                       unpacked layers
 *     tmp/<random>/                                of one living command, which holds its flock
 *     images.lock
 *
 * What has a name below blobs/ or layers/ is complete and verified. Whether it is *used* is the
 * database's word alone. images.lock is held shared by whoever adds blobs or layers, from the first
 * look at what is there already until its rows are committed, and exclusively by whoever removes
 * what no row names: so that nothing is taken away between the look and the commit.
 */
#ifndef CORACLE_ENGINE_IMAGE_LAYOUT_H
#define CORACLE_ENGINE_IMAGE_LAYOUT_H

#include "base/err.h"

struct engine;
struct root;

#define LAYERS_DIR "layers"
#define BLOBS_DIR "blobs"
#define TMP_DIR "tmp"
#define IMAGES_LOCK "images.lock"
#define EMPTY_LAYER "empty" /* the lower of an image without layers */

/* A directory of our own below tmp/, locked for as long as *ret_fd (O_RDONLY, O_CLOEXEC) is open;
 * tmp_remove() removes it. *ret_name is malloc'ed: "tmp/<random>", relative to the lib tree. */
int layout_tmp(const struct root *root, char **ret_name, int *ret_fd, struct err *err);
void layout_tmp_remove(const struct root *root, const char *name);

/* Removes what dead commands left below tmp/. Failure is logged, no more. */
void layout_tmp_sweep(const struct root *root);

#endif
