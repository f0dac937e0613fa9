/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/store/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"

#define RESERVE_FILE "reserve"

/* The log's pages of a removal, and the image layout's index. */
enum { RESERVE_BYTES = 256 << 10, RESERVE_LEAST = 32 << 10 };

void store_reserve_spend(int lib_dirfd)
{
	struct statvfs fs;

	if (fstatvfs(lib_dirfd, &fs) == 0 && fs.f_bavail * fs.f_frsize < RESERVE_BYTES)
		unlinkat(lib_dirfd, RESERVE_FILE, 0);
}

void store_reserve_fill(int lib_dirfd)
{
	int fd cleanup_fd = -1;
	struct stat st;

	if (fstatat(lib_dirfd, RESERVE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size >= RESERVE_BYTES)
		return;
	fd = openat(lib_dirfd, RESERVE_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* Not posix_fallocate(), which would write where the file system cannot. A removal that
	 * freed little leaves room for a smaller one. */
	for (off_t size = RESERVE_BYTES; fd >= 0 && size >= RESERVE_LEAST; size /= 2)
		if (fallocate(fd, 0, 0, size) == 0)
			return;
}
