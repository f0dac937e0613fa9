/* SPDX-License-Identifier: Apache-2.0 */
/* Inside src/oci only: the parts of image documents that several of them share. */
#ifndef CORACLE_OCI_IMAGE_PARSE_H
#define CORACLE_OCI_IMAGE_PARSE_H

#include "oci/image_spec.h"
#include "oci/parse.h"

int oci_descriptor_parse(const json_t *item, const char *where, void *ret, struct err *err);
void oci_descriptor_clear(struct oci_descriptor *d);
void oci_descriptors_free(struct oci_descriptor *items, size_t count);

/* A list of strings with at most `max` of them. */
int oci_get_strings(const json_t *object, const char *where, const char *key, size_t max,
		    struct strv *ret, struct err *err);
int oci_get_map(const json_t *object, const char *where, const char *key, struct oci_pairs *ret,
		struct err *err);
void oci_pairs_free(struct oci_pairs *pairs);

/* schemaVersion is 2 and mediaType, where given, is of `kind`. */
int oci_check_schema(const json_t *j, const char *where, enum oci_media kind, char **media_type,
		     struct err *err);

#endif
