/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/runtime.h"

#include <errno.h>

#include "base/cleanup.h"
#include "runtime/proc/handshake.h"
#include "runtime/proc/start_socket.h"

/* The end of file is execve's: the socket is close-on-exec. */
static int go(int sock, struct err *err)
{
	cleanup_hs_message struct hs_message m = { 0 };
	int r = hs_send(sock, HS_GO, err);

	if (r == -EPIPE)
		return err_set(err, ERR_CONFLICT, EPIPE, "the container's first process has ended");
	if (r == 0)
		r = hs_receive(sock, &m, err);
	if (r != 0)
		return r == 1 ? 0 : r;
	if (m.type == HS_FAILED)
		return err_set(err, m.why.class, m.why.code, "%s", m.why.text);
	return err_set(err, ERR_ENGINE, EPROTO, "an unexpected answer to the start");
}

int rt_go(struct rt_created *created, struct err *err)
{
	int r = go(created->go_fd, err);

	close_fd(&created->go_fd);
	return r;
}

int rt_keep(struct rt_created *created, struct err *err)
{
	int r = hs_send(created->go_fd, HS_KEEP, err);

	close_fd(&created->go_fd);
	return r;
}

int rt_connect_go(int dirfd, const char *name, struct err *err)
{
	cleanup_fd int sock = -1;
	int r = start_socket_connect(dirfd, name, &sock, err);

	return r < 0 ? r : go(sock, err);
}

bool rt_is_waiting(int dirfd, const char *name)
{
	cleanup_fd int sock = -1;

	/* A visitor without a word: init waits on. */
	return start_socket_connect(dirfd, name, &sock, NULL) == 0;
}
