/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/rundir.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/engine.h"
#include "engine/root/root.h"
#include "linux/flock.h"

int net_rundir(const struct engine *engine, int *ret_fd, struct err *err)
{
	int fd, r;

	fd = openat(engine->root->run_fd, "net", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		r = fd_mkdir_at(engine->root->run_fd, "net", 0700, err);
		if (r < 0)
			return r;
		fd = openat(engine->root->run_fd, "net",
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return err_sys(err, errno, "open %s/net", engine->root->run);
	*ret_fd = fd;
	return 0;
}

int net_lock(const struct engine *engine, int *ret_fd, struct err *err)
{
	int dir cleanup_fd = -1, r = net_rundir(engine, &dir, err);

	return r < 0 ? r : flock_open(dir, NET_LOCK, FLOCK_EXCLUSIVE, ret_fd, err);
}
