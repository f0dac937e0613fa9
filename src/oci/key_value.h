/* SPDX-License-Identifier: Apache-2.0 */
/* A string map as a list, in the document's order: annotations, labels, sysctls. */
#ifndef CORACLE_OCI_KEY_VALUE_H
#define CORACLE_OCI_KEY_VALUE_H

#include <stddef.h>

struct oci_key_value {
	char *key, *value; /* owned */
};

/* Releases `count` pairs and the array. */
void oci_key_values_free(struct oci_key_value *items, size_t count);

#endif
