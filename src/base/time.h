/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as RFC 3339 text with nanoseconds, always UTC ("2026-11-24T03:14:45.655149687Z").
 */
#ifndef CORACLE_BASE_TIME_H
#define CORACLE_BASE_TIME_H

#include <stdint.h>

#include "base/err.h"

enum { TIME_TEXT_MAX = 40 };

/* CLOCK_REALTIME in nanoseconds since the epoch; CLOCK_MONOTONIC in nanoseconds. */
int64_t time_now_ns(void);
int64_t time_monotonic_ns(void);

/* Always nine digits of fraction, so that texts sort. Returns `out`. */
char *time_format(int64_t ns, char out[TIME_TEXT_MAX]);

/* RFC 3339 with any fraction and any offset, or Unix seconds "1795491880[.nnn]". */
int time_parse(const char *text, int64_t *ret_ns, struct err *err);

#endif
