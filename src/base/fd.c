/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_read_all(int fd, struct buf *b)
{
	size_t room;
	char byte;
	ssize_t n;
	int r;

	for (;;) {
		room = b->max - b->len;
		if (room > 4096)
			room = b->len > 4096 && room > b->len ? b->len : 4096;
		/* At the limit one more byte tells the end of the file from too much. */
		r = buf_reserve(b, room);
		if (r < 0)
			return r;
		n = room ? read(fd, b->data + b->len, room) : read(fd, &byte, 1);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			return 0;
		if (!room)
			return -E2BIG;
		buf_commit(b, (size_t)n);
	}
}

int fd_read_file_at(int dirfd, const char *name, size_t max, struct buf *b, struct err *err)
{
	struct buf part cleanup_buf = BUF_INIT(max);
	int fd cleanup_fd = -1;
	struct stat st;
	int r;

	/* O_NONBLOCK: opening a FIFO in its place must not hang. */
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_sys(err, errno, "open %s", name);
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "stat %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_ENGINE, EINVAL, "%s: not a regular file", name);
	r = fd_read_all(fd, &part);
	if (r == -E2BIG)
		return err_set(err, ERR_INVALID, E2BIG, "%s: larger than %zu bytes", name, max);
	if (r < 0)
		return err_sys(err, r, "read %s", name);
	r = buf_add(b, part.data, part.len);
	return r < 0 ? err_sys(err, r, "read %s", name) : 0;
}

int fd_write_file_at(int dirfd, const char *name, const char *value, struct err *err)
{
	size_t len = strlen(value);
	int fd cleanup_fd = -1;
	ssize_t n;

	fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0)
		return err_sys(err, errno, "write \"%s\" to %s", value, name);
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "write \"%s\" to %s", value, name);
	if ((size_t)n != len)
		return err_set(err, ERR_ENGINE, EIO, "write \"%s\" to %s: only %zd bytes taken",
			       value, name, n);
	return 0;
}

int fd_replace_file_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		       struct err *err)
{
	char *temporary cleanup_free = NULL;
	int fd cleanup_fd = -1;
	char random[17];
	int r = str_random_hex(random, 8);

	if (r < 0)
		return err_sys(err, r, "getrandom");
	temporary = str_printf("%s.%s.tmp", name, random);
	if (!temporary)
		return err_oom(err);
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(err, errno, "create %s", temporary);
	/* fchmod, because the mode is asked for and the umask is whoever's called us */
	r = fchmod(fd, mode) < 0 ? -errno : fd_write_all(fd, data, len);
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dirfd, temporary, 0);
		return err_sys(err, r, "write %s", name);
	}
	return 0;
}

int fd_mkdir_at(int dirfd, const char *name, mode_t mode, struct err *err)
{
	struct stat st;

	if (mkdirat(dirfd, name, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(err, errno, "mkdir %s", name);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "stat %s", name);
	if (!S_ISDIR(st.st_mode))
		return err_sys(err, ENOTDIR, "mkdir %s", name);
	return 0;
}

int fd_mkdir_all(const char *path, mode_t mode, struct err *err)
{
	char *copy cleanup_free = strdup(path);
	struct stat st;
	char *p;

	if (!copy)
		return err_oom(err);
	for (p = copy; *p; *p = '/') {
		while (*p == '/')
			p++;
		p = strchrnul(p, '/');
		if (!*p)
			break;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return err_sys(err, errno, "mkdir %s", copy);
	}
	if (mkdir(copy, mode) < 0 && errno != EEXIST)
		return err_sys(err, errno, "mkdir %s", copy);
	if (stat(copy, &st) < 0)
		return err_sys(err, errno, "stat %s", copy);
	if (!S_ISDIR(st.st_mode))
		return err_sys(err, ENOTDIR, "mkdir %s", copy);
	return 0;
}

int fd_send_fds(int sock, const void *data, size_t len, const int *fds, size_t count)
{
	char control[CMSG_SPACE(sizeof(int) * FD_PASS_MAX)] = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *header;
	ssize_t n;

	if (count > FD_PASS_MAX)
		return -EINVAL;
	if (count > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		header = CMSG_FIRSTHDR(&msg);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EMSGSIZE;
}

/* Hands out the descriptors of a message as far as there is room; false if any was left over. */
static bool take_received(struct msghdr *msg, int *fds, size_t room, size_t *count)
{
	bool fits = !(msg->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < (h->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			if (*count < room) {
				fds[(*count)++] = fd;
			} else {
				close(fd);
				fits = false;
			}
		}
	}
	return fits;
}

ssize_t fd_recv_fds(int sock, void *data, size_t len, int *fds, size_t *count)
{
	char control[CMSG_SPACE(sizeof(int) * FD_PASS_MAX)];
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	size_t room = *count, got = 0;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (!take_received(&msg, fds, room, &got)) {
		while (got > 0)
			close(fds[--got]);
		return -EMFILE;
	}
	*count = got;
	return n;
}

static int set_flag(int fd, int get, int set, int flag, int on)
{
	int flags = fcntl(fd, get);

	if (flags < 0 || fcntl(fd, set, on ? flags | flag : flags & ~flag) < 0)
		return -errno;
	return 0;
}

void fd_fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int fd_set_cloexec(int fd, int on)
{
	return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

int fd_set_nonblock(int fd, int on)
{
	return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}
