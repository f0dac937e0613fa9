/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content digests as text (image-spec descriptor.md, Digests): "sha256:" or "sha512:" and
 * lower-case hex of exactly the algorithm's length. Nothing else is accepted, so that a checked
 * digest is safe as a file name and two texts are equal exactly when the digests are. Computing is
 * archive/'s.
 */
#ifndef CORACLE_OCI_DIGEST_H
#define CORACLE_OCI_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum oci_digest_algorithm { OCI_SHA256, OCI_SHA512 };
enum {
	OCI_DIGEST_BYTES_MAX = 64,
	OCI_DIGEST_TEXT_MAX = 7 + 2 * OCI_DIGEST_BYTES_MAX + 1, /* "sha512:", hex, NUL */
};

struct oci_digest {
	enum oci_digest_algorithm algorithm;
	unsigned char bytes[OCI_DIGEST_BYTES_MAX];
};

/* "sha256" or "sha512": the name of the algorithm, which is also the folder below blobs/. */
const char *oci_digest_algorithm_name(enum oci_digest_algorithm algorithm);
/* 32 or 64. */
size_t oci_digest_size(enum oci_digest_algorithm algorithm);

/* ERR_INVALID ("WHAT: \"md5:…\" is not a sha256 or sha512 digest") unless well-formed; `ret` may be
 * NULL where only the check is wanted. */
int oci_digest_parse(const char *text, const char *what, struct oci_digest *ret, struct err *err);

/* The text of oci_digest_size(algorithm) raw bytes. Returns `out`. */
char *oci_digest_format(enum oci_digest_algorithm algorithm, const unsigned char *bytes,
			char out[OCI_DIGEST_TEXT_MAX]);

/* The hex behind the colon of a checked digest; points into `text`. */
const char *oci_digest_hex(const char *text);

/* Exactly 64 lower-case hex digits, as the ids of images and layers are written without "sha256:".
 */
bool oci_digest_is_hex256(const char *text);

#endif
