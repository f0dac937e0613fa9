/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to netd. None of them makes its caller wait for more than some milliseconds. */
#include "engine/net/netd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/engine.h"
#include "engine/net/netd_internal.h"
#include "engine/net/netd_protocol.h"
#include "engine/root/root.h"

enum { TAKE_MS = 20, HOLD_MS = 200, SETTLE_MS = 200 };

/* `wait_ms` 0: not at all. Also bounds the connect, which waits where the queue is full. */
static int make_socket(int wait_ms)
{
	struct timeval limit = { .tv_usec = wait_ms * 1000 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | (wait_ms ? 0 : SOCK_NONBLOCK), 0);

	if (fd >= 0 && wait_ms) {
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	}
	return fd;
}

/* The descriptor, or -errno: -ENOENT and -ECONNREFUSED where no netd is there. */
static int reach(struct engine *engine, int wait_ms)
{
	int dir cleanup_fd = -1, fd cleanup_fd = -1;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	dir = openat(engine->root->run_fd, "net", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	fd = make_socket(wait_ms);
	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" NETD_SOCKET, dir);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

static struct netd_request request_of(enum netd_request_kind kind, const char *subject)
{
	struct netd_request request = { .kind = kind };

	snprintf(request.subject, sizeof(request.subject), "%s", subject);
	return request;
}

static bool tell(struct engine *engine, enum netd_request_kind kind)
{
	struct netd_request request = request_of(kind, "");
	int fd cleanup_fd = reach(engine, 0);

	/* Without netd there is nobody to tell; the next one reads the store by itself. */
	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return false;
	if (fd >= 0)
		(void)fd_send_fds(fd, &request, sizeof(request), NULL, 0);
	return true; /* also where it is too busy to be told: then it is looking */
}

bool netd_wake(struct engine *engine)
{
	return tell(engine, NETD_WAKE);
}

void netd_dismiss(struct engine *engine)
{
	tell(engine, NETD_LEAVE);
}

int netd_hold(struct engine *engine, const char *container, const int *fds, size_t count,
	      struct err *err)
{
	struct netd_request request = request_of(NETD_HOLD, container);
	int fd cleanup_fd = reach(engine, HOLD_MS), r = 0;
	size_t n;

	if (fd == -ENOENT || fd == -ECONNREFUSED) { /* killed since it was seen */
		r = netd_ensure(engine, err);
		if (r < 0)
			return r;
		fd = reach(engine, HOLD_MS);
	}
	if (fd < 0)
		return err_sys(err, fd, "hand the ports of container %s to " NETD_PROGRAM,
			       container);
	for (; r == 0 && count > 0; fds += n, count -= n) {
		n = count < FD_PASS_MAX ? count : FD_PASS_MAX;
		r = fd_send_fds(fd, &request, sizeof(request), fds, n);
	}
	return r < 0 ? err_sys(err, r, "hand the ports of container %s to " NETD_PROGRAM, container)
		     : 0;
}

int netd_take(struct engine *engine, const char *network, int *ret_netns, int *ret_rtnl,
	      char ret_host_link[16], struct err *err)
{
	struct netd_request request = request_of(NETD_TAKE, network);
	struct netd_answer answer;
	int fd cleanup_fd = reach(engine, TAKE_MS), fds[2];
	size_t count = ARRAY_SIZE(fds);
	ssize_t n;

	if (fd < 0 || fd_send_fds(fd, &request, sizeof(request), NULL, 0) < 0)
		return -EAGAIN;
	n = fd_recv_fds(fd, &answer, sizeof(answer), fds, &count);
	if (n == sizeof(answer) && answer.code == 0 && count == 2) {
		*ret_netns = fds[0];
		*ret_rtnl = fds[1];
		answer.host_link[sizeof(answer.host_link) - 1] = '\0';
		memcpy(ret_host_link, answer.host_link, sizeof(answer.host_link));
		return 0;
	}
	for (size_t i = 0; n >= 0 && i < count; i++)
		close(fds[i]);
	return -EAGAIN;
}

int netd_settle(struct engine *engine)
{
	struct netd_request request = request_of(NETD_SETTLE, "");
	int fd cleanup_fd = reach(engine, SETTLE_MS);
	struct netd_answer answer;
	size_t count = 0;

	if (fd < 0 || fd_send_fds(fd, &request, sizeof(request), NULL, 0) < 0)
		return -EAGAIN;
	return fd_recv_fds(fd, &answer, sizeof(answer), NULL, &count) == sizeof(answer) ? 0
											: -EAGAIN;
}
