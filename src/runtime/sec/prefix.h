/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside runtime/sec only: instructions of our own in front of a program that libseccomp made, for
 * what it cannot say.
 *
 *     hidden calls   i386's socketcall(2) and ipc(2) hide a call's arguments behind a pointer. A
 * rule about an argument of socket(2) would be void there: whoever wants AF_ALG asks by socketcall.
 * Such calls are refused when they are hidden. newer calls    known to us, and not to the
 * libseccomp at hand. unknown calls  newer than all that the profile names: ENOSYS, so that libc
 * takes another way, where EPERM would make it give up.
 */
#ifndef CORACLE_RUNTIME_SEC_PREFIX_H
#define CORACLE_RUNTIME_SEC_PREFIX_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oci/runtime_spec.h"
#include "runtime/sec/arch.h"

enum { PREFIX_MAX = 512, PREFIX_NEWER_MAX = 64 };

struct prefix {
	struct sock_filter code[PREFIX_MAX];
	size_t length;
	struct {
		int number;
		uint32_t action;
	} newer[PREFIX_NEWER_MAX];
	size_t newer_count;
};

/* Remembers a call that libseccomp does not know; the first word about it stands. */
void prefix_add_newer(struct prefix *p, int number, uint32_t action);

/* Writes the instructions. `archs[i]`: sec_archs[i] is in the profile; `unknown`: calls beyond the
 * profile's newest get ENOSYS. -E2BIG when they do not fit. */
int prefix_build(struct prefix *p, const struct oci_seccomp *seccomp, const bool *archs,
		 bool unknown);

#endif
