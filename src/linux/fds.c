/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* 5.11 */
#endif

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

static int parse_fd(const char *name)
{
	int fd = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		fd = fd * 10 + (*name - '0');
	return *name ? -1 : fd;
}

static int set_cloexec(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF ? -errno : 0;
}

/* readdir(3) would allocate. */
static int walk_cloexec(int first)
{
	char buffer[4096] __attribute__((aligned(8)));
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	long n = 0;

	if (dir < 0)
		return -errno;
	while (r == 0 && (n = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; r == 0 && at < n;) {
			struct linux_dirent64 *entry = (void *)(buffer + at);
			int fd = parse_fd(entry->d_name);

			if (fd >= first)
				r = set_cloexec(fd);
			at += entry->d_reclen;
		}
	}
	if (r == 0 && n < 0)
		r = -errno;
	close(dir);
	return r;
}

static int range(unsigned first, unsigned last, unsigned flags)
{
	return syscall(SYS_close_range, first, last, flags) < 0 ? -errno : 0;
}

int fds_close_from(int first)
{
	return range((unsigned)first, UINT_MAX, 0);
}

int fds_cloexec_from(int first)
{
	int r = range((unsigned)first, UINT_MAX, CLOSE_RANGE_CLOEXEC);

	return r == -EINVAL || r == -ENOSYS ? walk_cloexec(first) : r;
}

int fds_close_except(int first, const int *keep, size_t count)
{
	unsigned from = (unsigned)first;
	int r;

	for (size_t i = 0; i < count; i++) {
		if (keep[i] < 0 || (unsigned)keep[i] < from)
			continue;
		if ((unsigned)keep[i] > from) {
			r = range(from, (unsigned)keep[i] - 1, 0);
			if (r < 0)
				return r;
		}
		from = (unsigned)keep[i] + 1;
	}
	return range(from, UINT_MAX, 0);
}
