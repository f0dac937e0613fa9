/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/start_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/path.h"

enum { BACKLOG = 4 };

static int address(int dirfd, const char *name, struct sockaddr_un *ret, struct err *err)
{
	int len;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	len = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", dirfd, name);
	if (len < 0 || (size_t)len >= sizeof(ret->sun_path))
		return err_invalid(err, "name of a socket too long: %s", name);
	return 0;
}

static int open_parent(const char *path, int *ret_fd, struct err *err)
{
	size_t len = (size_t)(path_base(path) - path);
	cleanup_free char *dir = strndup(path, len ? len : 1);

	if (!dir)
		return err_oom(err);
	*ret_fd = open(len ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? err_sys(err, errno, "%s", dir) : 0;
}

int start_socket_listen(const char *path, int *ret_fd, struct err *err)
{
	cleanup_fd int dir = -1, sock = -1;
	struct sockaddr_un addr;
	int r = open_parent(path, &dir, err);

	if (r == 0)
		r = address(dir, path_base(path), &addr, err);
	if (r < 0)
		return r;
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_sys(err, errno, "socket");
	/* bind(2) makes the file with the mode of the socket's inode. */
	if (fchmod(sock, 0600) < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(sock, BACKLOG) < 0)
		return err_sys(err, errno, "start socket %s", path);
	*ret_fd = take_fd(&sock);
	return 0;
}

int start_socket_connect(int dirfd, const char *name, int *ret_fd, struct err *err)
{
	cleanup_fd int sock = -1;
	struct sockaddr_un addr;
	int r = address(dirfd, name, &addr, err);

	if (r < 0)
		return r;
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_sys(err, errno, "socket");
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			return err_set(err, ERR_CONFLICT, errno,
				       "nobody waits for a start: it was started, or has ended");
		return err_sys(err, errno, "connect to the start socket");
	}
	*ret_fd = take_fd(&sock);
	return 0;
}
