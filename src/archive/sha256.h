/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of a stream, as the text of a digest ("sha256:<64 hex>"). */
#ifndef CORACLE_ARCHIVE_SHA256_H
#define CORACLE_ARCHIVE_SHA256_H

#include <stddef.h>

#include "base/err.h"

enum { SHA256_TEXT = 7 + 64 + 1 };

struct sha256;

int sha256_new(struct sha256 **ret, struct err *err);
void sha256_free(struct sha256 *hash);
static inline void sha256_free_ptr(struct sha256 **hash)
{
	sha256_free(*hash);
}
#define cleanup_sha256 __attribute__((cleanup(sha256_free_ptr)))

int sha256_add(struct sha256 *hash, const void *data, size_t len, struct err *err);
/* The digest of all that was added; the hash begins anew. */
int sha256_end(struct sha256 *hash, char out[SHA256_TEXT], struct err *err);

/* All at once. */
int sha256_of(const void *data, size_t len, char out[SHA256_TEXT], struct err *err);

#endif
