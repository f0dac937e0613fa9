/* SPDX-License-Identifier: Apache-2.0 */
/* What commands ask of us. The socket lies in a directory of mode 0700: who reaches it may do all
 * that we can. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "netd/netd.h"

enum { REQUESTS_MAX = 256 };

struct conn {
	struct netd *netd;
	struct loop_source *source;
	int fd;
};

static void conn_close(struct conn *conn)
{
	conn->netd->requests--;
	loop_remove(conn->source);
	close(conn->fd);
	free(conn);
}

/* Takes the descriptors over. */
static void serve(struct conn *conn, const struct netd_request *request, int *fds, size_t count)
{
	struct netd *netd = conn->netd;

	switch (request->kind) {
	case NETD_WAKE:
		netd_look_soon(netd);
		break;
	case NETD_HOLD:
		held_take(&netd->held, request->subject, fds, count);
		return;
	case NETD_TAKE:
		pool_give(&netd->pool, request->subject, conn->fd);
		break;
	case NETD_SETTLE:
		held_look(&netd->held);
		(void)fd_send_fds(conn->fd, &(struct netd_answer){ 0 }, sizeof(struct netd_answer),
				  NULL, 0);
		break;
	case NETD_LEAVE:
		netd_leave(netd, true);
		break;
	default:
		log_warn("unknown request %u", request->kind);
	}
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

static void on_message(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct conn *conn = arg;
	struct netd_request request;
	int fds[FD_PASS_MAX];
	size_t count = FD_PASS_MAX;
	ssize_t n = fd_recv_fds(fd, &request, sizeof(request), fds, &count);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n != sizeof(request)) {
		for (size_t i = 0; n > 0 && i < count; i++)
			close(fds[i]);
		conn_close(conn);
		return;
	}
	request.subject[sizeof(request.subject) - 1] = '\0';
	serve(conn, &request, fds, count);
}

static void on_connect(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct netd *netd = arg;
	struct conn *conn;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (peer < 0)
		return;
	conn = netd->requests < REQUESTS_MAX ? calloc(1, sizeof(*conn)) : NULL;
	if (!conn) {
		close(peer);
		return;
	}
	*conn = (struct conn){ .netd = netd, .fd = peer };
	netd->requests++;
	conn->source = loop_add_fd(netd->loop, peer, EPOLLIN, on_message, conn);
	if (!conn->source)
		conn_close(conn);
	else /* it was sent with the connection, as a rule */
		on_message(loop, peer, EPOLLIN, conn);
}

int requests_begin(struct netd *netd, struct err *err)
{
	netd->listen_source =
	    loop_add_fd(netd->loop, netd->args.listen_fd, EPOLLIN, on_connect, netd);
	return netd->listen_source ? 0 : err_sys(err, errno, "watch " NETD_SOCKET);
}
