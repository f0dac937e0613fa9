/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits by name (getrlimit(2)). */
#ifndef CORACLE_LINUX_RLIMIT_H
#define CORACLE_LINUX_RLIMIT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* "nofile", "NOFILE" and "RLIMIT_NOFILE" are RLIMIT_NOFILE; what is none is ERR_INVALID. */
int rlimit_parse(const char *name, int *ret, struct err *err);
/* "RLIMIT_NOFILE"; NULL for what is none. */
const char *rlimit_name(int resource);

/* prlimit(2) of `pid` (0: the caller); UINT64_MAX is unlimited. A hard limit above the present one
 * needs CAP_SYS_RESOURCE: ERR_DENIED with the present value in the text. */
int rlimit_set(pid_t pid, int resource, uint64_t soft, uint64_t hard, struct err *err);
int rlimit_get(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard, struct err *err);

#endif
