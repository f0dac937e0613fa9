/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic control (tc(8)) as messages of a batch. */
#ifndef CORACLE_LINUX_TC_H
#define CORACLE_LINUX_TC_H

#include "linux/netlink.h"

/* A token bucket (tc-tbf(8)) on what leaves by a link: `rate` in bytes per second, `burst` in bytes
 * that may leave at once; what would wait longer than 50 ms is dropped. Replaces the one that is
 * there. */
void tc_put_bucket(struct nl_batch *batch, uint32_t index, uint64_t rate, uint32_t burst,
		   const char *what);

/* Whatever comes in by link `from` leaves by link `to` first: an ifb, which brings it back. */
void tc_put_redirect(struct nl_batch *batch, uint32_t from, uint32_t to, const char *what);

#endif
