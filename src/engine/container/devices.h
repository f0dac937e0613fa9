/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig.Devices and DeviceCgroupRules, and what a privileged container gets. */
#ifndef CORACLE_ENGINE_CONTAINER_DEVICES_H
#define CORACLE_ENGINE_CONTAINER_DEVICES_H

#include <jansson.h>

#include "base/err.h"

/* Form only; whether a device exists is asked at each start. Fills up paths and permissions. */
int devices_check(json_t *host, struct err *err);

/* Appends to linux.devices and to linux.resources.devices (both arrays). */
int devices_to_spec(const json_t *host, json_t *devices, json_t *rules, struct err *err);

#endif
