/* SPDX-License-Identifier: Apache-2.0 */
/* What init sets inside the namespaces that are its own. */
#ifndef CORACLE_RUNTIME_NS_OWN_H
#define CORACLE_RUNTIME_NS_OWN_H

#include "base/err.h"
#include "runtime/ns/plan.h"

/* Makes the time namespace, sets its offsets and enters it. While /proc is still the host's and
 * before the caller is undumpable or another user: the file belongs to its owner. */
int own_time(const struct oci_spec *spec, const struct ns_plan *ns, struct err *err);

/* Host and domain name, the loopback interface of a new network namespace, sysctls. */
int own_settings(const struct oci_spec *spec, const struct ns_plan *ns, struct err *err);

#endif
