/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's mounts as they are stored ("MountPoints"): Docker's MountPoint for inspect, and
 * beside it, in "Options", the words of the OCI mount:
 *
 *     { "Type":"bind", "Source":"/srv", "Destination":"/www", "Mode":"ro", "RW":false,
 *       "Propagation":"rprivate", "Options":["rbind","rprivate","rro"], "Create":true }
 */
#ifndef CORACLE_ENGINE_CONTAINER_MOUNTS_H
#define CORACLE_ENGINE_CONTAINER_MOUNTS_H

#include <jansson.h>

#include "base/err.h"

/* "src:dst[:options]" of HostConfig.Binds (new reference). */
int mounts_parse_bind(const char *text, json_t **ret, struct err *err);

/* One of HostConfig.Mounts. */
int mounts_parse_mount(const json_t *mount, json_t **ret, struct err *err);

/* HostConfig.Tmpfs: the destination and "size=64m,mode=1777,…". */
int mounts_parse_tmpfs(const char *destination, const char *options, json_t **ret, struct err *err);

/* Cleans an absolute destination other than "/"; malloc'ed. */
int mounts_destination(const char *text, char **ret, struct err *err);

#endif
