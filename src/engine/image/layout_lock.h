/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.lock, by byte ranges of one descriptor (open file description locks, fcntl_locking(2)):
 * they end with it, leave no files behind, and know many subjects.
 *
 *     byte 0      shared: blobs and layers are being added; exclusive: unused ones are removed
 *     byte 1      exclusive: index.json is being written
 *     byte 2 …    exclusive, chosen by a layer's chain id: that layer is being unpacked
 *
 * Layers are locked from the bottom of an image up; a chain id stands for all that is below it, so
 * that two images never wait for each other in a circle.
 */
#ifndef CORACLE_ENGINE_IMAGE_LAYOUT_LOCK_H
#define CORACLE_ENGINE_IMAGE_LAYOUT_LOCK_H

#include "base/err.h"

struct root;

int layout_lock_open(const struct root *root, int *ret_fd, struct err *err);

int layout_lock_adding(int fd, struct err *err);
/* 1: somebody is adding. */
int layout_lock_removing(int fd, struct err *err);
int layout_lock_index(int fd, struct err *err);
int layout_lock_layer(int fd, const char *chain, struct err *err);
void layout_unlock_index(int fd);
void layout_unlock_layer(int fd, const char *chain);

#endif
