/* SPDX-License-Identifier: Apache-2.0 */
/* What a bind mount may ask of its source. */
#ifndef CORACLE_ENGINE_CONTAINER_PROPAGATION_H
#define CORACLE_ENGINE_CONTAINER_PROPAGATION_H

#include "base/err.h"

/* A copy of a mount that is not shared has nobody to share with: "shared" (or "rshared") needs a
 * source on a shared mount, "slave" one on a shared or slave mount; else ERR_INVALID, as Docker has
 * it. Every other word is right. `source` exists. */
int propagation_check(const char *source, const char *wanted, struct err *err);

#endif
