/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks (runtime-spec config.md, POSIX-platform Hooks). Run by the starter and by its callers in
 * the runtime's namespaces, by init in the container's. */
#ifndef CORACLE_RUNTIME_PROC_HOOKS_H
#define CORACLE_RUNTIME_PROC_HOOKS_H

#include "base/err.h"
#include "oci/runtime_spec.h"

static inline bool hooks_any(const struct oci_spec *spec, enum oci_hook_kind kind)
{
	return spec->hooks[kind].count > 0;
}

/* An OCI state document (runtime.md, State). New reference, NULL when out of memory. */
json_t *hooks_state(const struct oci_spec *spec, const char *id, const char *bundle,
		    const char *status, pid_t pid);

#endif
