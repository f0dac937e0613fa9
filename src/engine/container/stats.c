/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/life.h"
#include "linux/ns.h"
#include "linux/pidfd.h"

void container_sample_clear(struct container_sample *sample)
{
	free(sample->links);
	*sample = (struct container_sample){ 0 };
}

static uint64_t machine_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

/* Without groups (an ordinary user who was given none) nothing of them is known: that is no error.
 */
static int sample_group(struct engine *engine, const struct container *c,
			struct container_sample *s, struct err *err)
{
	struct cgroup *group cleanup_cgroup = NULL;
	char *path cleanup_free = NULL;
	int r = container_cgroup_path(engine, c, &path, err);

	memset(&s->group, 0xff, sizeof(s->group));
	if (r < 0)
		return r;
	if (cgroup_open(path, &group, NULL) == 0)
		r = cgroup_stats(group, &s->group, err);
	/* the clock of the rates: taken beside the CPU's counter */
	s->monotonic_ns = time_monotonic_ns();
	return r;
}

/* Whether the process is in the caller's network namespace, where that may be looked at. */
static bool is_ours(int process_dir)
{
	struct ns_id ours, its;
	int fd cleanup_fd = openat(process_dir, "ns/net", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && ns_id(fd, &its) == 0 && ns_id_of(0, CLONE_NEWNET, &ours) == 0 &&
	       ns_id_equal(ours, its);
}

/* A directory of /proc stays the process's whose it was when it was opened. That it was ours is
 * told by the start time, read afterwards: the number had not been given to another by then. */
static int open_process(const struct container *c, int *ret_dir)
{
	char path[32];
	int dir cleanup_fd = -1;

	snprintf(path, sizeof(path), "/proc/%d", (int)c->state.pid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || process_life(c->state.pid, c->state.start_time) != PROCESS_ALIVE)
		return -ESRCH;
	*ret_dir = take_fd(&dir);
	return 0;
}

static int sample_network_of(const struct container *c, struct container_sample *s, struct err *err)
{
	int dir cleanup_fd = -1;

	if (open_process(c, &dir) < 0)
		return -ESRCH;
	if (str_eq(config_str(host_config_of(c), "NetworkMode"), "host") || is_ours(dir))
		return 0;
	s->own_network = true;
	return net_counters_read(dir, &s->links, &s->link_count, err);
}

int container_sample(struct engine *engine, struct container *c, struct container_sample *ret,
		     struct err *err)
{
	struct container_sample s cleanup_sample = { .run = c->state.run,
						     .memory = machine_memory() };
	int r;

	*ret = (struct container_sample){ 0 };
	if (c->status != CONTAINER_RUNNING && c->status != CONTAINER_PAUSED)
		return 0;
	r = sample_group(engine, c, &s, err);
	if (r == 0)
		r = sample_network_of(c, &s, err);
	if (r == -ESRCH) /* it ended meanwhile */
		return 0;
	if (r < 0)
		return err_wrap(err, "container %s", c->name);
	*ret = s;
	s.links = NULL;
	return 0;
}

double sample_cpu_percent(const struct container_sample *before, const struct container_sample *now)
{
	int64_t passed = now->monotonic_ns - before->monotonic_ns;

	if (before->run != now->run || passed <= 0 || now->group.cpu_usage_ns == UINT64_MAX ||
	    before->group.cpu_usage_ns == UINT64_MAX ||
	    now->group.cpu_usage_ns < before->group.cpu_usage_ns)
		return -1;
	return 100.0 * (double)(now->group.cpu_usage_ns - before->group.cpu_usage_ns) /
	       (double)passed;
}

uint64_t sample_memory_used(const struct container_sample *sample)
{
	uint64_t usage = sample->group.mem_usage, idle = sample->group.mem_inactive_file;

	if (usage == UINT64_MAX || idle == UINT64_MAX || idle >= usage)
		return usage;
	return usage - idle;
}

uint64_t sample_memory_limit(const struct container_sample *sample)
{
	return sample->group.mem_limit < sample->memory ? sample->group.mem_limit : sample->memory;
}

void sample_network(const struct container_sample *sample, uint64_t *ret_rx, uint64_t *ret_tx)
{
	*ret_rx = *ret_tx = 0;
	for (size_t i = 0; i < sample->link_count; i++) {
		*ret_rx += sample->links[i].rx_bytes;
		*ret_tx += sample->links[i].tx_bytes;
	}
}
