/* SPDX-License-Identifier: Apache-2.0 */
/* Loading of a compiled seccomp filter (seccomp(2)); what is in it is others' business. */
#ifndef CORACLE_LINUX_SECCOMP_H
#define CORACLE_LINUX_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { SECCOMP_INSN_SIZE = 8, SECCOMP_INSN_MAX = 4096 };

/* Loads a filter of `size` bytes of struct sock_filter (a multiple of 8, at most 4096
 * instructions). `flags`: SECCOMP_FILTER_FLAG_*. Needs no_new_privs or CAP_SYS_ADMIN (EACCES).
 * With SECCOMP_FILTER_FLAG_NEW_LISTENER *ret_notify_fd (O_CLOEXEC) is the listener; else ret may be
 * NULL. Flags this kernel lacks are ERR_UNSUPPORTED. With TSYNC a thread that cannot be
 * synchronised is an error. */
int seccomp_install(const void *filter, size_t size, unsigned flags, int *ret_notify_fd,
		    struct err *err);

/* Whether the kernel has the action (SECCOMP_RET_*) or all of the filter flags. */
int seccomp_has_action(uint32_t action);
int seccomp_has_flags(unsigned flags);

#endif
