/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "engine/container/life.h"
#include "engine/container/session.h"
#include "monitor/protocol.h"

static int refuse(const struct container *c, struct err *err)
{
	return err_set(err, ERR_CONFLICT, ESRCH,
		       "You cannot attach to a stopped container, start it first (%s)", c->name);
}

int container_attach(struct container *c, const char *exec_id, unsigned char flags, int *ret_fd,
		     struct err *err)
{
	unsigned char hello[2] = { ATTACH_HELLO, flags };
	int dir cleanup_fd = -1, fd cleanup_fd = -1, r;

	if (c->run_fd < 0)
		return refuse(c, err);
	r = exec_id ? session_open(c, exec_id, &dir, err) : 0;
	if (r == 0)
		r = attach_connect(exec_id ? dir : c->run_fd, &fd, err);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return exec_id ? r : refuse(c, err);
	if (r < 0)
		return r;
	if (send(fd, hello, sizeof(hello), MSG_NOSIGNAL) < 0)
		return err_sys(err, errno, "say hello to the monitor");
	*ret_fd = take_fd(&fd);
	return 0;
}
