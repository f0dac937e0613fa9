/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/load/platform.h"

#include "base/str.h"

const char *platform_architecture(void)
{
#if defined(__x86_64__)
	return "amd64";
#else
	return "arm64";
#endif
}

bool platform_fits(const struct oci_descriptor *descriptor)
{
	const struct oci_platform *p = &descriptor->platform;

	if (!descriptor->has_platform)
		return true;
	return (!p->os || str_eq(p->os, "linux")) &&
	       (!p->architecture || str_eq(p->architecture, platform_architecture()));
}
