/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has gone through the interfaces of a network namespace.
 *
 * They are read from net/dev of a process in it, on the host's own /proc: nothing runs in the
 * container, nothing of it is asked, and no right over its namespaces is needed, so that ordinary
 * users see theirs too. The loopback interface is left out.
 */
#ifndef CORACLE_ENGINE_NET_COUNTERS_H
#define CORACLE_ENGINE_NET_COUNTERS_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Since the interface was made. Received and sent are as the namespace sees them. */
struct net_counters {
	char name[IFNAMSIZ];
	uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

/* Of the namespace of the process whose /proc/PID is open as `process_dir`; *ret is malloc'ed.
 * -ESRCH: the process has ended. */
int net_counters_read(int process_dir, struct net_counters **ret, size_t *count, struct err *err);

/* The same of the file's text. */
int net_counters_parse(const char *text, struct net_counters **ret, size_t *count, struct err *err);

#endif
