/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's root file system over an image, behind one table of functions: overlay, or a plain
 * copy where overlay cannot be had (nested on an overlay upper without support, some rootless
 * kernels). The driver's name and what it needs are kept as JSON with the container.
 */
#ifndef CORACLE_ENGINE_IMAGE_SNAPSHOT_H
#define CORACLE_ENGINE_IMAGE_SNAPSHOT_H

#include "engine/image/image.h"

/* Makes upper and work directories in the container's directory and returns the description that
 * the calls below take (new reference). Nothing is mounted. */
int snapshot_create(struct engine *engine, const struct image *image, const char *container_id,
		    json_t **ret, struct err *err);

/* The root as a detached mount fd. `userns_fd`: layers are seen through its map (-1: none).
 * `temporary`: the container goes away with its end, so the overlay may be volatile (no sync).
 * Safe to call in the starter: it touches neither the database nor any lock. One upper, one writer:
 * the caller guarantees that no other mount of it lives. */
struct snapshot_mount_args {
	int container_fd; /* containers/<id> in the lib tree */
	int lib_fd;
	int userns_fd;
	bool temporary;
	bool readonly;
};
int snapshot_mount(const json_t *snapshot, const struct snapshot_mount_args *args, int *ret_fd,
		   struct err *err);

/* Removes upper and work (the container's directory itself is the caller's). */
int snapshot_remove(struct engine *engine, const json_t *snapshot, const char *container_id,
		    struct err *err);

/* Docker's changes: [{"Path":"/x","Kind":0 modified|1 added|2 deleted}], sorted by path. Reads the
 * upper only; works for running and stopped containers. */
int snapshot_changes(struct engine *engine, const json_t *snapshot, const char *container_id,
		     json_t **ret, struct err *err);

/* Bytes in the upper (SizeRw). */
int snapshot_size(struct engine *engine, const json_t *snapshot, const char *container_id,
		  int64_t *ret, struct err *err);

#endif
