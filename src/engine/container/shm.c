/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --ipc container:NAME shares more than a namespace: POSIX shared memory is files in /dev/shm, so
 * the other container's tmpfs must be mounted here too. It exists only in that container's mount
 * namespace: a child enters it, copies the mount, and leaves the copy in the table of descriptors
 * that it shares with us. Every path of that namespace is the container's to make, so no link is
 * followed, and what is found must be the root of a tmpfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "engine/container/container.h"
#include "engine/container/join.h"
#include "engine/container/member.h"
#include "engine/root/root.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "linux/openat2.h"
#include "linux/spawn.h"

struct fetch {
	int mnt_ns;
	int answer; /* pipe: the descriptor's number, or -errno */
};

static int copy_shm(const struct fetch *f)
{
	int dir cleanup_fd = -1;
	struct statfs fs;
	struct statx stx;
	int copy, r;

	r = ns_enter(f->mnt_ns, CLONE_NEWNS, NULL);
	if (r < 0)
		return r;
	dir = open_resolve(AT_FDCWD, "/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
			   RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (dir < 0)
		return dir;
	if (fstatfs(dir, &fs) < 0 || statx(dir, "", AT_EMPTY_PATH, STATX_TYPE, &stx) < 0)
		return -errno;
	if (fs.f_type != TMPFS_MAGIC || !(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return -ENOTDIR;
	r = mount_clone_fd(dir, "", false, &copy, NULL);
	return r < 0 ? r : copy;
}

/* In a child that shares our descriptors and nothing else. */
static int fetch_main(void *arg)
{
	const struct fetch *f = arg;
	int answer = copy_shm(f);

	return write(f->answer, &answer, sizeof(answer)) != sizeof(answer);
}

static int fetch(int mnt_ns, int *ret_fd, struct err *err)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_CLONE);
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int pipe_fds[2], status, answer = -EIO, r;
	struct fetch f = { .mnt_ns = mnt_ns };

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe");
	f.answer = pipe_fds[1];
	args.flags = CLONE_FILES;
	r = spawn(&args, fetch_main, &f, &child, err);
	if (r == 0)
		r = spawn_wait(child.pid, &status, err);
	/* it has ended: what it had to say is in the pipe */
	if (r == 0 && (status != 0 || read(pipe_fds[0], &answer, sizeof(answer)) != sizeof(answer)))
		answer = -EIO;
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	if (r < 0)
		return r;
	if (answer < 0)
		return err_sys(err, answer, "/dev/shm of the joined container");
	*ret_fd = answer;
	return 0;
}

/* A mount that is attached nowhere can be copied since about 6.15. */
static int check_kernel(int fd, struct err *err)
{
	int copy cleanup_fd = -1;

	if (mount_clone_fd(fd, "", false, &copy, NULL) < 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "--ipc container:NAME needs Linux 6.15 (to share /dev/shm)");
	return 0;
}

int container_join_shm(struct engine *engine, const char *mode, int *ret_fd, struct err *err)
{
	struct container *other cleanup_container = NULL;
	int mnt_ns cleanup_fd = -1, fd cleanup_fd = -1;
	const json_t *host;
	char *id cleanup_free = NULL;
	int r;

	if (!engine->root->system)
		return err_set(err, ERR_UNSUPPORTED, EPERM,
			       "--ipc container:NAME needs root (to share /dev/shm)");
	r = container_load(engine, mode + strlen("container:"), false, &other, err);
	if (r < 0)
		return r;
	host = json_object_get(other->config, "HostConfig");
	if (strcmp(member_str(host, "IpcMode"), "shareable") != 0)
		return err_set(err, ERR_CONFLICT, EPERM,
			       "cannot join IPC of container %s: non-shareable IPC (it must be "
			       "made with --ipc shareable)",
			       other->name);
	r = container_join_open(engine, mode, CLONE_NEWNS, &mnt_ns, &id, err);
	if (r == 0)
		r = fetch(mnt_ns, &fd, err);
	if (r == 0)
		r = check_kernel(fd, err);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}
