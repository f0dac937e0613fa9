/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities (capabilities(7)) as bit sets: bit n is capability number n. */
#ifndef CORACLE_LINUX_CAPS_H
#define CORACLE_LINUX_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { CAPS_KNOWN = 41 }; /* CAP_CHOWN (0) to CAP_CHECKPOINT_RESTORE (40) */

#define CAP_BIT(number) (UINT64_C(1) << (number))

/* "CAP_CHOWN"; NULL for a number without a name. */
const char *cap_name(int number);

/* With or without "CAP_", any case. The number, or -EINVAL with ERR_INVALID. */
int cap_parse(const char *name, int *ret, struct err *err);

/* The last capability this kernel knows (/proc/sys/kernel/cap_last_cap, else by prctl). */
int cap_last(void);
/* All that this kernel knows. */
uint64_t cap_all(void);

struct cap_sets {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* The calling thread's sets. */
int caps_get(struct cap_sets *ret, struct err *err);

/* capset(2) alone: effective, permitted, inheritable. */
int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct err *err);

/* Drops from the bounding set all that is not in `keep`: needs CAP_SETPCAP in effect unless nothing
 * is to be dropped. What is in `keep` and already gone stays gone. */
int caps_bound(uint64_t keep, struct err *err);

/* Makes the ambient set exactly `wanted`: each must be permitted and inheritable (EPERM). */
int caps_ambient(uint64_t wanted, struct err *err);

/* The permitted set alone: one system call where caps_get() makes one per capability. */
uint64_t caps_permitted(void);

/* Whether the calling thread has it in effect. */
bool caps_have(int number);

/* PR_SET_KEEPCAPS: permitted capabilities survive the change from uid 0 to another. */
int caps_keep_over_setuid(bool on, struct err *err);

#endif
