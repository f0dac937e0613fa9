/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups behind one table of functions: v1, hybrid (v1 and v2 beside each other) and v2.
 * A caller never asks which one it has. One container has one group of the same path in every
 * hierarchy, and where a v2 hierarchy is mounted always a v2 group too (emptiness, kill, freeze,
 * device program).
 *
 * cgroups(7); Documentation/admin-guide/cgroup-v1, cgroup-v2.rst.
 */
#ifndef CORACLE_RUNTIME_CGROUP_CGROUP_H
#define CORACLE_RUNTIME_CGROUP_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "oci/runtime_spec.h"

enum { CGROUP_V1_MAX = 16 }; /* v1 hierarchies that a host may have mounted */

struct cgroup;

/* Makes the groups at `path` (relative to the cgroup root of every hierarchy, such as
 * "coracle/<id>"; checked: no "..", no empty component) and sets every limit of `resources` before
 * anybody is inside. A limit that the kernel refuses is an error naming file, value and reason;
 * then nothing is left behind. An existing group is -EEXIST unless it is empty: then it is made
 * anew. Devices are denied but for the usual ones even where `resources` has no rule for them; with
 * resources NULL nothing is limited. With `rootless`, hierarchies that may not be written are left
 * out, a limit that would need one is ERR_UNSUPPORTED by name, and device rules are left to the
 * kernel, which gives an ordinary user's container no device that the user could not open. */
int cgroup_create(const char *path, const struct oci_resources *resources, bool rootless,
		  struct cgroup **ret, struct err *err);

/* Opens the groups of an existing container, or those that process `pid` is in. */
int cgroup_open(const char *path, struct cgroup **ret, struct err *err);
int cgroup_open_pid(pid_t pid, struct cgroup **ret, struct err *err);
void cgroup_free(struct cgroup *cg); /* forgets; the groups stay. NULL is accepted */
static inline void cgroup_free_ptr(struct cgroup **cg)
{
	cgroup_free(*cg);
}
#define cleanup_cgroup __attribute__((cleanup(cgroup_free_ptr)))

/* How a new process gets in (joining never waits for an RCU grace period).
 * into_fd:  v2 directory for CLONE_INTO_CGROUP, or -1 (no v2, or the group was once killed by
 *           cgroup.kill, after which the kernel would kill the child: then procs_fd is set);
 * tasks:    v1 `tasks` files opened here by the privileged side; the single-threaded child writes
 *           "0" to each, then unshares its cgroup namespace;
 * procs_fd: v2 cgroup.procs for the child to write "0" to, or -1. All owned. */
struct cgroup_join {
	int into_fd, procs_fd;
	int tasks[CGROUP_V1_MAX];
	size_t task_count;
};
int cgroup_join_open(struct cgroup *cg, struct cgroup_join *ret, struct err *err);
void cgroup_join_close(struct cgroup_join *join);
/* In the child: async-signal-safe, no allocation. 0 or -errno. */
int cgroup_join_self(const struct cgroup_join *join);

/* Changes limits of a running container; old values are put back when one is refused. */
int cgroup_update(struct cgroup *cg, const struct oci_resources *resources, struct err *err);

/* Freezes or thaws the whole group and waits until it is so. */
int cgroup_freeze(struct cgroup *cg, bool frozen, struct err *err);
int cgroup_is_frozen(struct cgroup *cg, bool *ret, struct err *err);

/* Sends `sig` to every process of the group and of groups below it; SIGKILL by cgroup.kill where
 * there is one, else freeze-signal-thaw until none is left to signal. */
int cgroup_signal(struct cgroup *cg, int sig, struct err *err);

/* Whether any process is in the group or below (v2 cgroup.events, else by reading). */
int cgroup_is_populated(struct cgroup *cg, bool *ret, struct err *err);
/* Waits (poll on cgroup.events) until nobody is inside, at most `timeout_ms`; -ETIMEDOUT. */
int cgroup_wait_empty(struct cgroup *cg, int timeout_ms, struct err *err);

/* Removes the groups and those that the container made inside, then the groups above them that
 * are empty; kills nobody. Missing: success. Processes inside: waits a moment for them to end, then
 * -EBUSY, ERR_CONFLICT. */
int cgroup_remove(struct cgroup *cg, struct err *err);
/* The same for a shared group ("coracle/monitors"), without waiting: one that is missing or in use
 * is success. */
int cgroup_remove_unused(const char *path, struct err *err);

/* Makes the group above others ("coracle") in every hierarchy, without limits; what is there
 * already is kept. Another process may remove it again while it is empty. Thread-safe once the
 * hierarchies are known (cgroup_hierarchies()). */
int cgroup_make_above(const char *path, struct err *err);

/* Moves the calling process, which must be single-threaded, to the root of every hierarchy, so that
 * the group it was in may be removed. May wait for an RCU grace period. */
int cgroup_leave(struct err *err);

/* Process ids of the group and of those below, in the caller's PID namespace. malloc'ed. */
int cgroup_pids(struct cgroup *cg, pid_t **ret, size_t *count, struct err *err);

/* What `stats` shows; UINT64_MAX: not known on this host, or, of a limit, none. */
struct cgroup_stats {
	uint64_t cpu_usage_ns, cpu_user_ns, cpu_system_ns;
	uint64_t cpu_periods, cpu_throttled, cpu_throttled_ns;
	uint64_t mem_usage, mem_limit, mem_max_usage, mem_cache, mem_rss, mem_inactive_file;
	uint64_t mem_swap, mem_failcnt, oom_kills;
	uint64_t pids_current, pids_limit;
	uint64_t io_read_bytes, io_write_bytes, io_reads, io_writes;
};
int cgroup_stats(struct cgroup *cg, struct cgroup_stats *ret, struct err *err);

/* A descriptor on which the OOM killer's work can be seen: v2 memory.events (EPOLLPRI, then read
 * oom_kill), v1 an eventfd registered by cgroup.event_control with memory.oom_control (EPOLLIN).
 * *ret_v1 tells which; -1 where the memory controller is not there. Owned by the caller. */
int cgroup_oom_fd(struct cgroup *cg, int *ret_fd, bool *ret_v1, struct err *err);
/* A readable descriptor of the file whose "oom_kill N" line counts the kills (v1
 * memory.oom_control, v2 memory.events), for a reader with pread(2); -1 where there is none. */
int cgroup_oom_count_fd(struct cgroup *cg, int *ret_fd, struct err *err);

/* The group's directory in hierarchy `index` of cgroup_hierarchies() (O_PATH, borrowed), or -1. */
int cgroup_dir(const struct cgroup *cg, size_t index);

/* v2's directory descriptor (O_PATH, borrowed), or -1. */
int cgroup_v2_dir(const struct cgroup *cg);

/* The group of all monitors: made on first use, without limits; an existing one is success. It may
 * be removed by cgroup_remove_unused() before somebody has joined: joining then fails with ENODEV
 * (ENOENT from clone3), and this is called again. A v1 hierarchy has none while the caller is in
 * its root group: nobody can limit, freeze or remove that one, and its processes may stay there. */
int cgroup_open_shared(const char *path, struct cgroup **ret, struct err *err);

/* What is mounted on this host, one row per hierarchy, for mounting the container's own view. The
 * table belongs to the process. */
struct cgroup_hierarchy {
	bool v2;
	char *name;	     /* directory under the container's /sys/fs/cgroup: "cpu,cpuacct",
				"unified"; "" is that directory itself: v2 alone */
	char *mount_options; /* v1: "cpu,cpuacct" or "none,name=systemd"; v2: "" */
};
const struct cgroup_hierarchy *cgroup_hierarchies(size_t *count, struct err *err);

#endif
