/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl: only what belongs to a namespace of the container. */
#ifndef CORACLE_RUNTIME_NS_SYSCTL_H
#define CORACLE_RUNTIME_NS_SYSCTL_H

#include "base/err.h"
#include "runtime/ns/plan.h"

/* Refuses by name what is not in a namespace that the container has for itself: it would be the
 * host's. For the starter, before anything is made. */
int sysctl_check(const struct oci_spec *spec, struct err *err);

/* Writes them, in init, through a procfs of its own: the /proc of the container is the image's to
 * redirect (CVE-2019-16884). */
int sysctl_write(const struct oci_spec *spec, struct err *err);

#endif
