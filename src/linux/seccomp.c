/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "linux/syscalls.h"

int seccomp_install(const void *filter, size_t size, unsigned flags, int *ret_notify_fd,
		    struct err *err)
{
	struct sock_fprog program = {
		.len = (unsigned short)(size / SECCOMP_INSN_SIZE),
		.filter = (struct sock_filter *)filter,
	};
	long r;

	if (size == 0 || size % SECCOMP_INSN_SIZE || size / SECCOMP_INSN_SIZE > SECCOMP_INSN_MAX)
		return err_invalid(err, "seccomp: a filter of %zu bytes", size);
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (r > 0 && !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return err_set(err, ERR_ENGINE, EBUSY, "seccomp: thread %ld cannot take the filter",
			       r);
	if (r >= 0) {
		if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
			*ret_notify_fd = (int)r;
		return 0;
	}
	if (errno == EINVAL && flags && !seccomp_has_flags(flags))
		return err_set(err, ERR_UNSUPPORTED, EINVAL,
			       "seccomp: this kernel lacks one of the flags 0x%x", flags);
	return err_sys(err, errno, "load a seccomp filter");
}

int seccomp_has_action(uint32_t action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* A flag that is known fails for the NULL filter (EFAULT) only after the flags were accepted. Some
 * are refused alone, so TSYNC and NEW_LISTENER get the company they need. */
int seccomp_has_flags(unsigned flags)
{
	if ((flags & SECCOMP_FILTER_FLAG_TSYNC) && (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	if (flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}
