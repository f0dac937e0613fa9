/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI runtime-spec config.json as data (runtime-spec 1.3, config.md and config-linux.md): parsed,
 * validated, nothing interpreted. Absent numbers are told from present ones by OCI_HAS_* bits or
 * by the "unset" value that each member's comment names; absent strings are NULL; absent objects
 * have `set` false.
 *
 * All pointers are owned by the struct oci_spec they hang from; oci_spec_free() releases the tree.
 */
#ifndef CORACLE_OCI_RUNTIME_SPEC_H
#define CORACLE_OCI_RUNTIME_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "oci/key_value.h"

#define OCI_RUNTIME_SPEC_VERSION "1.3.0" /* what we write; any 1.x is read */

enum { OCI_CONFIG_MAX = 16 << 20 }; /* bytes of a config.json that we are willing to read */

enum oci_ns { /* index into oci_linux.ns */
	      OCI_NS_CGROUP,
	      OCI_NS_IPC,
	      OCI_NS_NET,
	      OCI_NS_MOUNT,
	      OCI_NS_PID,
	      OCI_NS_TIME,
	      OCI_NS_USER,
	      OCI_NS_UTS,
	      OCI_NS_COUNT
};

struct oci_namespace {
	bool set;   /* listed in linux.namespaces: private, unless a path joins another */
	char *path; /* NULL: a new one */
};

struct oci_id_map {
	uint32_t container, host, size;
};
struct oci_id_maps {
	struct oci_id_map *items;
	size_t count;
};

struct oci_rlimit {
	int resource; /* RLIMIT_* */
	uint64_t soft, hard;
};

struct oci_caps { /* bit n is capability number n; see capabilities(7) */
	bool set;
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* The 14 that a container gets by default, as Docker's do. */
extern const uint64_t oci_default_caps;

struct oci_process {
	bool set;
	bool terminal;
	unsigned console_width, console_height; /* 0: unset */
	char *cwd;				/* absolute */
	struct strv args, env;
	uint32_t uid, gid;
	int umask; /* -1: unset (0022) */
	uint32_t *additional_gids;
	size_t additional_gid_count;
	struct oci_caps caps;
	struct oci_rlimit *rlimits;
	size_t rlimit_count;
	bool no_new_privileges;
	char *apparmor_profile, *selinux_label;
	bool oom_score_adj_set;
	int oom_score_adj;
	bool io_priority_set;
	int io_priority_class, io_priority; /* IOPRIO_CLASS_*, 0-7 */
	bool scheduler_set;
	int scheduler_policy, scheduler_nice, scheduler_priority;
	uint64_t scheduler_flags, scheduler_runtime, scheduler_deadline, scheduler_period;
	char *exec_cpu_initial, *exec_cpu_final; /* execCPUAffinity */
};

/* A mount's options, already sorted into what each step needs (config.md, Mounts). */
struct oci_mount {
	char *destination; /* absolute, or relative to / */
	char *source;	   /* NULL where unset */
	char *type;	   /* NULL where unset; "bind" is also recognised from the options */
	bool bind, recursive_bind;
	uint64_t attr_set, attr_clear;	   /* MOUNT_ATTR_* of this mount only */
	uint64_t attr_set_r, attr_clear_r; /* the r… options: recursively */
	unsigned long propagation;	   /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0 */
	bool propagation_recursive;
	unsigned long sb_flags; /* MS_RDONLY, MS_SYNCHRONOUS, … for a new super block */
	struct strv data;	/* the file system's own options, "key=value" or "flag" */
	bool tmpcopyup, copy_symlink, idmap, idmap_recursive;
	struct oci_id_maps uid_maps, gid_maps; /* empty with idmap: the container's own */
};

struct oci_device {
	char *path;
	char type; /* c b u p */
	int64_t major, minor;
	mode_t mode; /* permission bits; 0666 where unset */
	uint32_t uid, gid;
};

struct oci_device_rule { /* linux.resources.devices */
	bool allow;
	char type;	      /* a c b */
	int64_t major, minor; /* -1: any */
	bool read, write, mknod;
};

enum { /* which numbers of oci_resources are present */
       OCI_HAS_MEM_LIMIT = 1 << 0,
       OCI_HAS_MEM_RESERVATION = 1 << 1,
       OCI_HAS_MEM_SWAP = 1 << 2,
       OCI_HAS_MEM_KERNEL = 1 << 3,
       OCI_HAS_MEM_KERNEL_TCP = 1 << 4,
       OCI_HAS_MEM_SWAPPINESS = 1 << 5,
       OCI_HAS_MEM_OOM_DISABLE = 1 << 6,
       OCI_HAS_CPU_SHARES = 1 << 7,
       OCI_HAS_CPU_QUOTA = 1 << 8,
       OCI_HAS_CPU_PERIOD = 1 << 9,
       OCI_HAS_CPU_BURST = 1 << 10,
       OCI_HAS_CPU_RT_RUNTIME = 1 << 11,
       OCI_HAS_CPU_RT_PERIOD = 1 << 12,
       OCI_HAS_CPU_IDLE = 1 << 13,
       OCI_HAS_PIDS_LIMIT = 1 << 14,
       OCI_HAS_BLKIO_WEIGHT = 1 << 15,
       OCI_HAS_BLKIO_LEAF_WEIGHT = 1 << 16,
       OCI_HAS_NET_CLASS = 1 << 17,
       OCI_HAS_MEM_USE_HIERARCHY = 1 << 18,
       OCI_HAS_MEM_CHECK_UPDATE = 1 << 19,
};

struct oci_blkio_device { /* weightDevice and the throttle* lists */
	int64_t major, minor;
	uint64_t value, leaf_weight; /* rate, or weight; leaf_weight 0: unset */
};
enum oci_throttle { OCI_READ_BPS, OCI_WRITE_BPS, OCI_READ_IOPS, OCI_WRITE_IOPS, OCI_THROTTLES };

struct oci_key_limit { /* hugepageLimits (page size), rdma (device), network priorities (name) */
	char *key;
	uint64_t value, value2; /* limit; hca_handles, hca_objects; UINT64_MAX: unset */
};

struct oci_resources {
	uint32_t has; /* OCI_HAS_* */
	int64_t mem_limit, mem_reservation, mem_swap, mem_kernel,
	    mem_kernel_tcp; /* bytes, -1: none */
	uint64_t mem_swappiness;
	bool mem_oom_disable, mem_use_hierarchy, mem_check_before_update;
	uint64_t cpu_shares, cpu_period, cpu_rt_period; /* µs */
	int64_t cpu_quota, cpu_rt_runtime, cpu_idle;	/* µs; quota <= 0: none */
	uint64_t cpu_burst;
	char *cpuset_cpus, *cpuset_mems; /* NULL: unset */
	int64_t pids_limit;		 /* <= 0: none (the spec's -1) */
	uint16_t blkio_weight, blkio_leaf_weight;
	struct oci_blkio_device *blkio_weights;
	size_t blkio_weight_count;
	struct oci_blkio_device *throttle[OCI_THROTTLES];
	size_t throttle_count[OCI_THROTTLES];
	struct oci_key_limit *hugepages, *rdma, *net_priorities;
	size_t hugepage_count, rdma_count, net_priority_count;
	uint32_t net_class;
	struct oci_device_rule *devices; /* in order; the last that matches decides */
	size_t device_count;
	struct oci_key_value *unified; /* raw cgroup v2 files */
	size_t unified_count;
};

/* linux.seccomp, kept close to its JSON: names and actions are libseccomp's business. */
struct oci_seccomp_arg {
	unsigned index;
	uint64_t value, value_two;
	char *op; /* "SCMP_CMP_EQ" */
};
struct oci_seccomp_rule {
	struct strv names;
	char *action; /* "SCMP_ACT_ALLOW" */
	bool errno_set;
	unsigned errno_ret;
	struct oci_seccomp_arg *args;
	size_t arg_count;
};
struct oci_seccomp {
	bool set;
	char *default_action;
	bool default_errno_set;
	unsigned default_errno;
	struct strv architectures, flags;
	char *listener_path, *listener_metadata;
	struct oci_seccomp_rule *rules;
	size_t rule_count;
};

struct oci_hook {
	char *path;
	struct strv args, env;
	int timeout; /* seconds; 0: none */
};
enum oci_hook_kind {
	OCI_HOOK_PRESTART,
	OCI_HOOK_CREATE_RUNTIME,
	OCI_HOOK_CREATE_CONTAINER,
	OCI_HOOK_START_CONTAINER,
	OCI_HOOK_POSTSTART,
	OCI_HOOK_POSTSTOP,
	OCI_HOOK_KINDS
};
struct oci_hooks {
	struct oci_hook *items;
	size_t count;
};

struct oci_linux {
	struct oci_namespace ns[OCI_NS_COUNT];
	struct oci_id_maps uid_maps, gid_maps;
	struct oci_device *devices;
	size_t device_count;
	char *cgroups_path; /* NULL: the runtime chooses */
	struct oci_resources resources;
	unsigned long rootfs_propagation; /* MS_* | MS_REC, 0: unset */
	struct strv masked_paths, readonly_paths;
	struct oci_seccomp seccomp;
	struct oci_key_value *sysctl;
	size_t sysctl_count;
	char *mount_label;
	bool time_monotonic_set, time_boottime_set; /* timeOffsets */
	int64_t time_monotonic_secs, time_boottime_secs;
	uint32_t time_monotonic_nanosecs, time_boottime_nanosecs;
	bool personality_set;
	unsigned long personality; /* PER_LINUX or PER_LINUX32 */
	/* intelRdt, netDevices and memoryPolicy are refused by name until they exist. */
};

struct oci_spec {
	char *oci_version;
	struct oci_process process;
	char *root_path; /* as written: absolute, or relative to the bundle; NULL: unset */
	bool root_readonly;
	char *hostname, *domainname;
	struct oci_mount *mounts;
	size_t mount_count;
	struct oci_hooks hooks[OCI_HOOK_KINDS];
	struct oci_linux linux;
	struct oci_key_value *annotations;
	size_t annotation_count;
};

/* Parses and validates. ERR_INVALID errors name the member ("process.user: uid must be a whole
 * number from 0 to 4294967294"). Unknown members are ignored, as the specification demands; what is
 * known and not supported is ERR_UNSUPPORTED. *ret is owned by the caller. */
int oci_spec_parse(const json_t *config, struct oci_spec **ret, struct err *err);
void oci_spec_free(struct oci_spec *spec);
static inline void oci_spec_free_ptr(struct oci_spec **spec)
{
	oci_spec_free(*spec);
}
#define cleanup_oci_spec __attribute__((cleanup(oci_spec_free_ptr)))

/* An OCI process object alone, as `exec --process FILE` takes it. Release with
 * oci_process_clear(). */
int oci_process_parse(const json_t *process, struct oci_process *ret, struct err *err);
void oci_process_clear(struct oci_process *process);

/* linux.resources alone, as `update` takes it. Release with oci_resources_clear(). */
int oci_resources_parse(const json_t *resources, struct oci_resources *ret, struct err *err);
void oci_resources_clear(struct oci_resources *resources);

/* The config.json that `coracle-oci spec` prints and the engine starts from: runc's shape, the 14
 * default capabilities, the default mounts, masked and read-only paths, namespaces (a user
 * namespace and identity map of the caller with `rootless`). New reference. */
int oci_spec_default(bool rootless, json_t **ret, struct err *err);

#endif
