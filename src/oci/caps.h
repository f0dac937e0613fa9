/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities by the names of capabilities(7), which the runtime specification uses. */
#ifndef CORACLE_OCI_CAPS_H
#define CORACLE_OCI_CAPS_H

#include <stdint.h>

enum { OCI_CAP_COUNT = 41 }; /* CAP_CHOWN … CAP_CHECKPOINT_RESTORE */

/* "CAP_CHOWN" → 0; -1 for another text. */
int oci_cap_from_name(const char *name);
/* The name of capability 0 … OCI_CAP_COUNT - 1. */
const char *oci_cap_name(int cap);

/* The 14 that a container gets by default, as Docker's do. */
extern const uint64_t oci_default_caps;

#endif
