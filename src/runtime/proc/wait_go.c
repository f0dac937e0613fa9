/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/wait_go.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "runtime/proc/handshake.h"

/* 1: it said go; 0: it left without a word. */
static int hear(int sock, struct err *err)
{
	cleanup_hs_message struct hs_message m = { 0 };
	int r = hs_receive(sock, &m, err);

	if (r != 0)
		return r < 0 ? r : 0;
	return m.type == HS_GO ? 1
			       : err_set(err, ERR_ENGINE, EPROTO, "another message than the start");
}

static int hear_visitor(int listen_fd, int *answer_sock, struct err *err)
{
	cleanup_fd int visitor = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	int r;

	if (visitor < 0)
		return errno == EINTR || errno == ECONNABORTED
			   ? 0
			   : err_sys(err, errno, "accept on the start socket");
	r = hear(visitor, err);
	if (r == 1)
		*answer_sock = take_fd(&visitor);
	/* One who left or spoke otherwise is not answered, and does not end the container. */
	return r == 1 ? 1 : 0;
}

int wait_go(int sock, int listen_fd, int *answer_sock, struct err *err)
{
	struct pollfd fds[2] = { { .fd = sock, .events = POLLIN },
				 { .fd = listen_fd, .events = POLLIN } };

	for (;;) {
		int r = 0;

		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(err, errno, "wait for the start");
		}
		if (fds[0].fd >= 0 && fds[0].revents) {
			r = hear(sock, err);
			if (r == 0 && listen_fd < 0)
				return err_set(err, ERR_ENGINE, ECONNRESET,
					       "the starter ended without a start");
			if (r == 0)
				fds[0].fd = -1;
		} else if (fds[1].revents) {
			r = hear_visitor(listen_fd, answer_sock, err);
		}
		if (r != 0)
			return r == 1 ? 0 : r;
	}
}
