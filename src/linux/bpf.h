/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs of cgroup v2 by bpf(2): load, attach, replace, detach. Needs CAP_BPF and
 * CAP_NET_ADMIN, or CAP_SYS_ADMIN. */
#ifndef CORACLE_LINUX_BPF_H
#define CORACLE_LINUX_BPF_H

#include <stddef.h>

#include <linux/bpf.h>

#include "base/err.h"

/* Loads a BPF_PROG_TYPE_CGROUP_DEVICE program (its context is struct bpf_cgroup_dev_ctx; it returns
 * 1 to allow). `name`: at most 15 characters of [A-Za-z0-9_.]. The verifier's last words are in the
 * error. */
int bpf_load_device_program(const struct bpf_insn *insns, size_t count, const char *name,
			    int *ret_prog_fd, struct err *err);

/* Attaches to a v2 directory (BPF_F_ALLOW_MULTI). With `old_prog_fd` >= 0 it takes that program's
 * place in one step: no moment without a program, none with both (BPF_F_REPLACE, 5.6). */
int bpf_attach_device_program(int cgroup_fd, int prog_fd, int old_prog_fd, struct err *err);
int bpf_detach_device_program(int cgroup_fd, int prog_fd, struct err *err);

/* The device programs attached to this very group, in order: at most `max` descriptors (owned,
 * O_CLOEXEC) in ret. Returns their number or -errno. */
int bpf_device_programs(int cgroup_fd, int *ret_prog_fds, size_t max, struct err *err);

#endif
