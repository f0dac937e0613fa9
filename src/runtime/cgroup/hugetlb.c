/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup/controllers.h"

#include <stdio.h>
#include <string.h>

int cg_hugetlb_file(const struct oci_key_limit *limit, const char *suffix, char out[64],
		    struct err *err)
{
	size_t digits = strspn(limit->key, "0123456789");
	const char *unit = limit->key + digits;

	/* The name becomes a part of a file name (config-linux.md: ^[1-9][0-9]*[KMG]B$). */
	if (digits == 0 || digits > 9 || limit->key[0] == '0' || strlen(unit) != 2 ||
	    !strchr("KMG", unit[0]) || unit[1] != 'B')
		return err_invalid(err, "hugepageLimits: \"%s\" is not a page size", limit->key);
	snprintf(out, 64, "hugetlb.%s.%s", limit->key, suffix);
	return 0;
}
