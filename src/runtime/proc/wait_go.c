/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/wait_go.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "runtime/proc/handshake.h"

enum word { WORD_LEFT, WORD_GO, WORD_KEEP };

/* One of enum word, or an error. */
static int hear(int sock, struct err *err)
{
	cleanup_hs_message struct hs_message m = { 0 };
	int r = hs_receive(sock, &m, err);

	if (r != 0)
		return r < 0 ? r : WORD_LEFT;
	if (m.type == HS_GO || m.type == HS_KEEP)
		return m.type == HS_GO ? WORD_GO : WORD_KEEP;
	return err_set(err, ERR_ENGINE, EPROTO, "another message than the start");
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
	if (r == WORD_GO)
		*answer_sock = take_fd(&visitor);
	/* One who left or spoke otherwise is not answered, and does not end the container. */
	return r == WORD_GO;
}

/* 1: go; 0: wait on. `*keep` as the starter has said. */
static int hear_starter(struct pollfd *starter, bool *keep, struct err *err)
{
	int r = hear(starter->fd, err);

	if (r == WORD_KEEP)
		*keep = true;
	if (r == WORD_LEFT && !*keep)
		return err_set(err, ERR_ENGINE, ECONNRESET, "the starter ended without a start");
	if (r == WORD_LEFT)
		starter->fd = -1;
	return r < 0 ? r : r == WORD_GO;
}

int wait_go(int sock, int listen_fd, int *answer_sock, struct err *err)
{
	struct pollfd fds[2] = { { .fd = sock, .events = POLLIN },
				 { .fd = listen_fd, .events = POLLIN } };
	bool keep = false;

	for (;;) {
		int r = 0;

		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(err, errno, "wait for the start");
		}
		if (fds[0].fd >= 0 && fds[0].revents)
			r = hear_starter(&fds[0], &keep, err);
		else if (fds[1].revents)
			r = hear_visitor(listen_fd, answer_sock, err);
		if (r != 0)
			return r == 1 ? 0 : r;
	}
}
