/* SPDX-License-Identifier: Apache-2.0 */
/* Inside runtime/sec only: what our default profile permits, as tables. */
#ifndef CORACLE_RUNTIME_SEC_PROFILE_CALLS_H
#define CORACLE_RUNTIME_SEC_PROFILE_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* Calls that everybody may make. NULL-terminated. */
extern const char *const sec_calls_always[];

/* Calls for whoever has one of the capabilities. */
struct sec_calls_by_cap {
	uint64_t caps;
	const char *const *names; /* NULL-terminated */
};
extern const struct sec_calls_by_cap sec_calls_by_cap[];
extern const size_t sec_calls_by_cap_count;

/* Address families that socket(2) may be asked for: bit n is family n. */
extern const uint64_t sec_socket_families;

#endif
