/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two processes share a kernel object (kcmp(2)). */
#ifndef CORACLE_LINUX_KCMP_H
#define CORACLE_LINUX_KCMP_H

#include <sys/types.h>

#include <linux/kcmp.h>

/* 1 shared, 0 not, -errno: -ENOSYS without CONFIG_KCMP, -EPERM without the right to ptrace both.
 * `type`: KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_IO, KCMP_SYSVSEM. */
int kcmp_shared(pid_t a, pid_t b, int type);

/* The same for two open files: descriptor `fd_a` of `a`, `fd_b` of `b`. */
int kcmp_same_file(pid_t a, int fd_a, pid_t b, int fd_b);

#endif
