/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_ENGINE_IMAGE_LOAD_PLATFORM_H
#define CORACLE_ENGINE_IMAGE_LOAD_PLATFORM_H

#include <stdbool.h>

#include "oci/image_spec.h"

/* This machine's as Go names it: "amd64". */
const char *platform_architecture(void);

/* Whether a descriptor says that what it names runs here; one that says nothing may. */
bool platform_fits(const struct oci_descriptor *descriptor);

#endif
