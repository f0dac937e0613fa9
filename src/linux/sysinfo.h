/* SPDX-License-Identifier: Apache-2.0 */
/* Which kernel this is, and which of its lives. */
#ifndef CORACLE_LINUX_SYSINFO_H
#define CORACLE_LINUX_SYSINFO_H

#include <stdbool.h>

#include "base/err.h"

enum { BOOT_ID_SIZE = 37 }; /* 36 characters and NUL */

/* random(4)'s boot_id: another after every start of the machine. */
int sysinfo_boot_id(char out[BOOT_ID_SIZE], struct err *err);

struct kernel_version {
	int major, minor, patch;
};

/* Of uname(2)'s release; parts that it lacks are 0. */
struct kernel_version sysinfo_kernel(void);
bool sysinfo_kernel_at_least(int major, int minor);

#endif
