/* SPDX-License-Identifier: Apache-2.0 */
/* Values of an object that was checked before: 0, "" and false stand for null and absent. */
#ifndef CORACLE_ENGINE_CONTAINER_MEMBER_H
#define CORACLE_ENGINE_CONTAINER_MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

int64_t member_int(const json_t *object, const char *name);
const char *member_str(const json_t *object, const char *name);
bool member_bool(const json_t *object, const char *name);

#endif
