/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/tty/console.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/openat2.h"
#include "linux/syscalls.h"
#include "linux/tty.h"

void console_clear(struct console *c)
{
	close_fd(&c->master);
	close_fd(&c->slave);
	close_fd(&c->path_fd);
}

static int open_devpts(int root_fd, int *ret_fd, struct err *err)
{
	cleanup_fd int fd = open_resolve(root_fd, "dev/pts", O_PATH | O_DIRECTORY, 0,
					 RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	struct statfs fs;

	if (fd < 0)
		return err_sys(err, fd, "a terminal needs a devpts at the container's /dev/pts");
	if (fstatfs(fd, &fs) < 0)
		return err_sys(err, errno, "/dev/pts");
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_set(err, ERR_DENIED, EINVAL, "the container's /dev/pts is no devpts");
	*ret_fd = take_fd(&fd);
	return 0;
}

static int set_up(const struct console *c, const struct oci_process *process, struct err *err)
{
	int r = 0;

	if (fchown(c->slave, process->uid, (gid_t)-1) < 0)
		return err_sys(err, errno, "owner of the terminal");
	if (process->console_width || process->console_height)
		r = tty_set_size(c->slave, (unsigned short)process->console_height,
				 (unsigned short)process->console_width);
	return r < 0 ? err_sys(err, r, "size of the terminal") : 0;
}

int console_make(int root_fd, const struct oci_process *process, struct console *ret,
		 struct err *err)
{
	struct console c __attribute__((cleanup(console_clear))) = CONSOLE_NONE;
	cleanup_fd int devpts = -1;
	unsigned index;
	char name[16];
	int r = open_devpts(root_fd, &devpts, err);

	if (r == 0)
		r = tty_open_pair(devpts, &c.master, &c.slave, &index, err);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%u", index);
	c.path_fd = openat(devpts, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (c.path_fd < 0)
		return err_sys(err, errno, "/dev/pts/%s", name);
	r = set_up(&c, process, err);
	if (r < 0)
		return r;
	*ret = c;
	c = CONSOLE_NONE;
	return 0;
}

int console_take(struct console *c, struct err *err)
{
	int r = tty_take_control(c->slave, err);

	for (int i = 0; r == 0 && i < 3; i++)
		if (dup2(c->slave, i) < 0)
			r = err_sys(err, errno, "dup2 of the terminal");
	close_fd(&c->slave);
	return r;
}

int console_send_master(int sock, int master, struct err *err)
{
	static const char name[] = "/dev/ptmx";
	int r = fd_send_fds(sock, name, sizeof(name) - 1, &master, 1);

	if (r < 0)
		return err_sys(err, r, "send the terminal to the console socket");
	return 0;
}
