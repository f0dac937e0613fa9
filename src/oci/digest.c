/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/digest.h"

#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	size_t size;
} algorithms[] = {
	[OCI_SHA256] = { "sha256", 32 },
	[OCI_SHA512] = { "sha512", 64 },
};

const char *oci_digest_algorithm_name(enum oci_digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

size_t oci_digest_size(enum oci_digest_algorithm algorithm)
{
	return algorithms[algorithm].size;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Exactly `size` bytes of lower-case hex and the end of the string. */
static bool hex_decode(const char *hex, size_t size, unsigned char *ret)
{
	for (size_t i = 0; i < size; i++) {
		int high = hex_value(hex[2 * i]);
		int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);

		if (low < 0)
			return false;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return hex[2 * size] == '\0';
}

int oci_digest_parse(const char *text, const char *what, struct oci_digest *ret, struct err *err)
{
	struct oci_digest d = { 0 };

	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		size_t len = strlen(algorithms[i].name);

		if (strncmp(text, algorithms[i].name, len) != 0 || text[len] != ':')
			continue;
		if (!hex_decode(text + len + 1, algorithms[i].size, d.bytes))
			break;
		d.algorithm = (enum oci_digest_algorithm)i;
		if (ret)
			*ret = d;
		return 0;
	}
	return err_invalid(err, "%s: \"%.160s\" is not a sha256 or sha512 digest", what, text);
}

char *oci_digest_format(enum oci_digest_algorithm algorithm, const unsigned char *bytes,
			char out[OCI_DIGEST_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";
	char *p = stpcpy(stpcpy(out, algorithms[algorithm].name), ":");

	for (size_t i = 0; i < algorithms[algorithm].size; i++) {
		*p++ = digits[bytes[i] >> 4];
		*p++ = digits[bytes[i] & 15];
	}
	*p = '\0';
	return out;
}

const char *oci_digest_hex(const char *text)
{
	return strchr(text, ':') + 1;
}

bool oci_digest_is_hex256(const char *text)
{
	unsigned char bytes[32];

	return hex_decode(text, sizeof(bytes), bytes);
}
