/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake: the child makes the user namespace by being born into it, and waits; the parent
 * writes the maps (newuidmap wants a living pid) and sends one byte; the child calls the function
 * and sends the result and the error, as they are in memory: both are the same program.
 */
#include "engine/image/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/root/ids.h"
#include "engine/root/root.h"
#include "linux/spawn.h"

struct call {
	rootless_fn fn;
	void *arg;
	int go_fd, result_fd; /* the child's ends */
	int parent_go_fd;
};

struct result {
	int value;
	struct err err;
};

/* In the child, in the new user namespace, without ids until the parent's byte has come; end of
 * file instead of it: the parent gave up. */
static int child_main(void *arg)
{
	struct call *call = arg;
	struct result result;
	char byte;

	close(call->parent_go_fd);
	if (read(call->go_fd, &byte, 1) != 1)
		return 1;
	memset(&result, 0, sizeof(result));
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		result.value = err_sys(&result.err, errno, "become root of the user namespace");
	else
		result.value = call->fn(call->arg, &result.err);
	return fd_write_all(call->result_fd, &result, sizeof(result)) < 0;
}

static int start_child(pid_t pid, int go_fd, struct err *err)
{
	struct root_ids ids;
	struct userns_maps maps;
	int r;

	root_ids_get(&ids);
	maps = (struct userns_maps){ ids.uids, ids.gids, ids.uid_count, ids.gid_count };
	r = userns_write_maps(pid, &maps, err);
	if (r < 0)
		return r;
	return write(go_fd, "g", 1) == 1 ? 0 : err_sys(err, errno, "start the helper");
}

static int run_in_userns(rootless_fn fn, void *arg, struct err *err)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	struct result result;
	int go[2], out[2], r, status, failed;
	struct call call;
	ssize_t n = 0;

	if (pipe2(go, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe");
	if (pipe2(out, O_CLOEXEC) < 0) {
		r = err_sys(err, errno, "make a pipe");
		close(go[0]);
		close(go[1]);
		return r;
	}
	call = (struct call){ fn, arg, go[0], out[1], go[1] };
	args.flags = CLONE_NEWUSER | CLONE_NEWNS;
	r = spawn(&args, child_main, &call, &child, err);
	close(go[0]);
	close(out[1]);
	failed = r < 0 ? r : start_child(child.pid, go[1], err);
	close(go[1]);
	if (failed == 0)
		n = read(out[0], &result, sizeof(result));
	close(out[0]);
	if (r == 0)
		spawn_wait(child.pid, &status, NULL);
	if (failed < 0)
		return err_wrap(err, "enter the user namespace of this user's containers");
	if (n != sizeof(result))
		return err_set(err, ERR_ENGINE, EIO, "the helper in the user namespace died");
	if (result.value < 0 && err)
		*err = result.err;
	return result.value;
}

int rootless_call(const struct root *root, rootless_fn fn, void *arg, struct err *err)
{
	return root->system ? fn(arg, err) : run_in_userns(fn, arg, err);
}
