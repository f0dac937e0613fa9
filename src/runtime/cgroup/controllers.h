/* SPDX-License-Identifier: Apache-2.0 */
/* The controllers' functions, one file each in v1/ and v2/; contracts in struct cg_controller. */
#ifndef CORACLE_RUNTIME_CGROUP_CONTROLLERS_H
#define CORACLE_RUNTIME_CGROUP_CONTROLLERS_H

#include "runtime/cgroup/internal.h"

int cg_v1_cpu_set(const struct cg_set *s, struct err *err);
int cg_v1_cpuset_set(const struct cg_set *s, struct err *err);
int cg_v1_memory_set(const struct cg_set *s, struct err *err);
int cg_v1_blkio_set(const struct cg_set *s, struct err *err);
int cg_v1_pids_set(const struct cg_set *s, struct err *err);
int cg_v1_hugetlb_set(const struct cg_set *s, struct err *err);
int cg_v1_devices_set(const struct cg_set *s, struct err *err);

int cg_v2_cpu_set(const struct cg_set *s, struct err *err);
int cg_v2_cpuset_set(const struct cg_set *s, struct err *err);
int cg_v2_memory_set(const struct cg_set *s, struct err *err);
int cg_v2_io_set(const struct cg_set *s, struct err *err);
int cg_v2_pids_set(const struct cg_set *s, struct err *err);
int cg_v2_hugetlb_set(const struct cg_set *s, struct err *err);
int cg_v2_devices_set(const struct cg_set *s, struct err *err);
int cg_v2_unified_set(const struct cg_set *s, struct err *err);

void cg_v1_cpu_stats(int dir, struct cgroup_stats *ret);
void cg_v1_cpuacct_stats(int dir, struct cgroup_stats *ret);
void cg_v1_memory_stats(int dir, struct cgroup_stats *ret);
void cg_v1_blkio_stats(int dir, struct cgroup_stats *ret);
void cg_v1_pids_stats(int dir, struct cgroup_stats *ret);

void cg_v2_cpu_stats(int dir, struct cgroup_stats *ret);
void cg_v2_memory_stats(int dir, struct cgroup_stats *ret);
void cg_v2_io_stats(int dir, struct cgroup_stats *ret);
void cg_v2_pids_stats(int dir, struct cgroup_stats *ret);

/* v2/cpu.c: cpu.shares (2 … 262144) to cpu.weight (1 … 10000). The curve is the one that the OCI
 * runtimes agreed on in 2025: 10^((l² + 125 l) / 612 − 7/34), l = log2(shares), rounded up, so that
 * 2 → 1, 1024 → 100 and 262144 → 10000. */
uint64_t cg_v2_weight_of_shares(uint64_t shares);

/* hugetlb.c: the file of one page size, "hugetlb.2MB.<suffix>"; refuses what is no page size. */
int cg_hugetlb_file(const struct oci_key_limit *limit, const char *suffix, char out[64],
		    struct err *err);

/* bfq.c: blkio_weight and the weights of devices, by these two files. */
int cg_bfq_set(const struct cg_set *s, const char *file, const char *device_file, struct err *err);

/* v2/device_program.c: the instructions that decide as `rules` do; *ret is malloc'ed. */
struct bpf_insn;
int cg_device_program(const struct cg_rules *rules, struct bpf_insn **ret, size_t *count,
		      struct err *err);

#endif
