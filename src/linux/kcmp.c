/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/kcmp.h"

#include <errno.h>

#include "linux/syscalls.h"

int kcmp_shared(pid_t a, pid_t b, int type)
{
	int r = sys_kcmp(a, b, type, 0, 0);

	return r < 0 ? -errno : r == 0;
}

int kcmp_same_file(pid_t a, int fd_a, pid_t b, int fd_b)
{
	int r = sys_kcmp(a, b, KCMP_FILE, (unsigned long)fd_a, (unsigned long)fd_b);

	return r < 0 ? -errno : r == 0;
}
