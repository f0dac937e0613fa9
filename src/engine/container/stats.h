/* SPDX-License-Identifier: Apache-2.0 */
/* What a container uses, measured on the host's side: by its groups and the counters of its network
 * interfaces. A measurement starts no process. */
#ifndef CORACLE_ENGINE_CONTAINER_STATS_H
#define CORACLE_ENGINE_CONTAINER_STATS_H

#include "engine/container/container.h"
#include "engine/net/counters.h"
#include "runtime/cgroup/cgroup.h"

/* One moment. Rates come from two of the same run. */
struct container_sample {
	uint64_t run; /* of the container; 0: it did not run */
	int64_t monotonic_ns;
	uint64_t memory;	    /* the machine's, bytes: the limit where none was set */
	struct cgroup_stats group;  /* UINT64_MAX: not known here */
	bool own_network;	    /* false: the host's, whose counters are not the container's */
	struct net_counters *links; /* owned */
	size_t link_count;
};
void container_sample_clear(struct container_sample *sample);
#define cleanup_sample cleanup_with(container_sample_clear)

/* One that does not run (any more) is success, with run 0. */
int container_sample(struct engine *engine, struct container *c, struct container_sample *ret,
		     struct err *err);

/* Hundredths of one CPU between two moments; -1 where that cannot be told. */
double sample_cpu_percent(const struct container_sample *before,
			  const struct container_sample *now);
/* Memory without the pages of files that nobody used lately, as Docker counts; UINT64_MAX: not
 * known. */
uint64_t sample_memory_used(const struct container_sample *sample);
uint64_t sample_memory_limit(const struct container_sample *sample);
/* Bytes over all interfaces; 0 without a network of its own. */
void sample_network(const struct container_sample *sample, uint64_t *ret_rx, uint64_t *ret_tx);

#endif
