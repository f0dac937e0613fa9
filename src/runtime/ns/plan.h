/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces a container gets: made, joined by path, or the caller's own. */
#ifndef CORACLE_RUNTIME_NS_PLAN_H
#define CORACLE_RUNTIME_NS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "linux/ns.h"
#include "oci/runtime_spec.h"

struct ns_plan {
	uint64_t made; /* CLONE_NEW* of all that are new, cgroup, time and user included */
	int joined[OCI_NS_COUNT];   /* owned descriptors of those joined by path, or -1 */
	struct userns_maps maps;    /* of the new user namespace; views of uids, gids */
	struct id_map *uids, *gids; /* owned */
	bool unprivileged; /* the caller is no root: a stage makes the user namespace first */
	bool stage;	   /* a process in between is needed; see proc/stage.c */
};
#define NS_PLAN_NONE ((struct ns_plan){ .joined = { -1, -1, -1, -1, -1, -1, -1, -1 } })

/* Opens what is joined (a path that leads back to the caller's own user namespace is no join).
 * What cannot be is ERR_INVALID: a new user namespace without maps, maps or time offsets without
 * their namespace, hostname without a UTS namespace of its own, and so on. */
int ns_plan_make(const struct oci_spec *spec, struct ns_plan *ret, struct err *err);
void ns_plan_clear(struct ns_plan *plan);
#define cleanup_ns_plan __attribute__((cleanup(ns_plan_clear)))

static inline bool ns_is_made(const struct ns_plan *plan, int flag)
{
	return plan->made & (uint64_t)(unsigned)flag;
}

/* Whether the container is in another user namespace than the starter. */
static inline bool ns_has_user(const struct ns_plan *plan)
{
	return ns_is_made(plan, CLONE_NEWUSER) || plan->joined[OCI_NS_USER] >= 0;
}

/* What clone3 of init makes. The rest is made by init itself: a cgroup namespace roots at the
 * group one is in when it is made, and the offsets of a time namespace can only be set before
 * somebody is in it. The user namespace of an ordinary user's container is the stage's. */
uint64_t ns_plan_clone_flags(const struct ns_plan *plan);

/* Enters all that is joined by path but the cgroup and user namespaces (the mount namespace last).
 * A joined PID or time namespace takes only children in. */
int ns_plan_join(const struct ns_plan *plan, struct err *err);
int ns_plan_join_user(const struct ns_plan *plan, struct err *err);
int ns_plan_join_cgroup(const struct ns_plan *plan, struct err *err);

/* The CLONE_NEW* flag and the name of each kind. */
extern const int ns_kind_flags[OCI_NS_COUNT];

#endif
