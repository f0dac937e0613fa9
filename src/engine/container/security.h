/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig's CapAdd, CapDrop, Privileged and SecurityOpt as one answer, for create and spec. */
#ifndef CORACLE_ENGINE_CONTAINER_SECURITY_H
#define CORACLE_ENGINE_CONTAINER_SECURITY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct security {
	uint64_t caps; /* bit n: capability n; those this kernel knows */
	bool privileged, no_new_privileges, seccomp_unconfined, paths_unconfined;
	const char *seccomp_json; /* a profile's text, borrowed from the HostConfig; NULL: ours */
	const char *apparmor;	  /* profile's name, borrowed; NULL: none asked for */
};

/* Reads and checks them. Capabilities that this kernel does not know are refused when they are
 * added by name. */
int security_read(const json_t *host, struct security *ret, struct err *err);

/* linux.seccomp for that answer: new reference, or NULL in *ret for none. */
int security_seccomp(const struct security *security, json_t **ret, struct err *err);

#endif
