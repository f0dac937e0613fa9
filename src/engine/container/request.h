/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a ContainerCreate body as tables: what each must be, what it is when it is absent,
 * and which we do not have. A body becomes a "Config" and a "HostConfig" with every member of
 * Docker's shape in Docker's order, which is what inspect prints.
 */
#ifndef CORACLE_ENGINE_CONTAINER_REQUEST_H
#define CORACLE_ENGINE_CONTAINER_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* New references. An unknown member, or one that we do not have with a value other than nothing, is
 * ERR_UNSUPPORTED by name; a wrong type is ERR_INVALID. */
int request_split(const json_t *request, json_t **ret_config, json_t **ret_host, struct err *err);

/* null, false, 0, "", [], {}, and arrays and objects of nothing else. */
bool request_is_nothing(const json_t *value);

#endif
