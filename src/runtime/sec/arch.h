/* SPDX-License-Identifier: Apache-2.0 */
/* Inside runtime/sec only: the architectures whose system calls this machine can receive, and the
 * numbers of calls that are newer than the libseccomp we may be linked with. */
#ifndef CORACLE_RUNTIME_SEC_ARCH_H
#define CORACLE_RUNTIME_SEC_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sec_arch {
	const char *name;   /* "SCMP_ARCH_X86_64" */
	const char *docker; /* "amd64": as Docker's profiles call it */
	uint32_t token;	    /* libseccomp's */
	uint32_t audit;	    /* AUDIT_ARCH_*: what a filter sees */
	bool by_default;    /* part of our own profile */
};

/* The native one first. */
extern const struct sec_arch sec_archs[];
extern const size_t sec_arch_count;

/* NULL where this machine never runs such code; *ret_known tells whether the specification has it.
 */
const struct sec_arch *sec_arch_find(const char *name, bool *ret_known);

/* The number of a call for one architecture, or that of the newest of its kind; -1: it has none
 * there, or nobody knows the name. */
int sec_call_number_at_most(const char *name, uint32_t token);

/* The number of a call that libseccomp does not know and we do, equal on all architectures here
 * (as every one from 424 on is); -1 for all others. */
int sec_call_newer(const char *name);

#endif
