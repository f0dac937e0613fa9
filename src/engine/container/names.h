/* SPDX-License-Identifier: Apache-2.0 */
/* Names of containers: which are allowed, and made-up ones. */
#ifndef CORACLE_ENGINE_CONTAINER_NAMES_H
#define CORACLE_ENGINE_CONTAINER_NAMES_H

#include "base/err.h"

/* [a-zA-Z0-9][a-zA-Z0-9_.-]+ after one optional "/", at most 255 bytes; *ret points behind the
 * slash. */
int container_name_check(const char *name, const char **ret, struct err *err);

/* "adjective_surname" at random; from `attempt` 10 (counted from 0) on with a
 * number behind, so that a full machine still finds a free one. malloc'ed. */
int container_name_generate(unsigned attempt, char **ret, struct err *err);

#endif
