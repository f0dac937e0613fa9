/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/sysinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/fd.h"

int sysinfo_boot_id(char out[BOOT_ID_SIZE], struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(64);
	int r = fd_read_file_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text, err);

	if (r < 0)
		return r;
	if (text.len < BOOT_ID_SIZE - 1)
		return err_set(err, ERR_ENGINE, EIO, "the boot id is too short");
	memcpy(out, text.data, BOOT_ID_SIZE - 1);
	out[BOOT_ID_SIZE - 1] = '\0';
	return 0;
}

struct kernel_version sysinfo_kernel(void)
{
	struct kernel_version v = { 0 };
	struct utsname name;

	if (uname(&name) == 0)
		sscanf(name.release, "%d.%d.%d", &v.major, &v.minor, &v.patch);
	return v;
}

bool sysinfo_kernel_at_least(int major, int minor)
{
	struct kernel_version v = sysinfo_kernel();

	return v.major > major || (v.major == major && v.minor >= minor);
}
