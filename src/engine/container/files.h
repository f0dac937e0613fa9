/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/hosts, /etc/hostname and /etc/resolv.conf: files in the container's directory that are
 * mounted over the image's. Who shares a container's network shares its files. */
#ifndef CORACLE_ENGINE_CONTAINER_FILES_H
#define CORACLE_ENGINE_CONTAINER_FILES_H

#include "engine/container/spec.h"

/* Writes them for this start. b->files_id is in: the container whose network is joined, or NULL;
 * out: the container whose files are to be mounted. */
int files_write(struct spec_build *b, struct err *err);

/* For a container that runs and whose networks changed: written in place. */
int files_refresh(struct engine *engine, struct container *c, struct err *err);

#endif
