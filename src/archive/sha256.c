/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/sha256.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/cleanup.h"
#include "oci/digest.h"

struct sha256 {
	EVP_MD_CTX *context;
};

static int failed(struct err *err)
{
	return err_set(err, ERR_ENGINE, EIO, "libcrypto does not compute SHA-256");
}

int sha256_new(struct sha256 **ret, struct err *err)
{
	struct sha256 *hash cleanup_sha256 = calloc(1, sizeof(*hash));

	if (!hash)
		return err_oom(err);
	hash->context = EVP_MD_CTX_new();
	if (!hash->context)
		return err_oom(err);
	if (EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1)
		return failed(err);
	*ret = take_ptr(&hash);
	return 0;
}

void sha256_free(struct sha256 *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->context);
	free(hash);
}

int sha256_add(struct sha256 *hash, const void *data, size_t len, struct err *err)
{
	return EVP_DigestUpdate(hash->context, data, len) == 1 ? 0 : failed(err);
}

int sha256_end(struct sha256 *hash, char out[SHA256_TEXT], struct err *err)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char text[OCI_DIGEST_TEXT_MAX];

	if (EVP_DigestFinal_ex(hash->context, bytes, NULL) != 1 ||
	    EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1)
		return failed(err);
	memcpy(out, oci_digest_format(OCI_SHA256, bytes, text), SHA256_TEXT);
	return 0;
}

int sha256_of(const void *data, size_t len, char out[SHA256_TEXT], struct err *err)
{
	struct sha256 *hash cleanup_sha256 = NULL;
	int r = sha256_new(&hash, err);

	if (r == 0)
		r = sha256_add(hash, data, len, err);
	return r < 0 ? r : sha256_end(hash, out, err);
}
