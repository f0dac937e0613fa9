/* SPDX-License-Identifier: Apache-2.0 */
/* The FIFOs and the socket of a run directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/container/life.h"
#include "monitor/progress.h"
#include "monitor/protocol.h"

static const char *const names[3] = { "stdin", "stdout", "stderr" };

void pipes_close(struct pipes *p)
{
	for (int i = 0; i < 3; i++) {
		close_fd(&p->child[i]);
		close_fd(&p->monitor[i]);
	}
	close_fd(&p->listen_fd);
}

void pipes_remove(int dir_fd)
{
	for (int i = 0; i < 3; i++)
		unlinkat(dir_fd, names[i], 0);
	unlinkat(dir_fd, ATTACH_SOCKET, 0);
	unlinkat(dir_fd, PROGRESS_FILE, 0);
}

static int open_end(int dir_fd, const char *name, int flags, int *ret, struct err *err)
{
	struct stat st;
	int fd cleanup_fd =
	    openat(dir_fd, name, flags | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "open %s", name);
	if (!S_ISFIFO(st.st_mode))
		return err_set(err, ERR_ENGINE, EINVAL, "%s is not a FIFO", name);
	*ret = take_fd(&fd);
	return 0;
}

/* The process shares its open file with whatever it starts, so that is blocking; the monitor's is
 * another one. The process's end of an output is open for reading too: then its writers get no
 * SIGPIPE while there is no monitor. */
static int make_one(int dir_fd, int i, struct pipes *p, struct err *err)
{
	int r;

	if (mkfifoat(dir_fd, names[i], 0600) < 0)
		return err_sys(err, errno, "make the FIFO %s", names[i]);
	r = open_end(dir_fd, names[i], i == 0 ? O_RDONLY : O_RDWR, &p->child[i], err);
	if (r == 0)
		r = open_end(dir_fd, names[i], i == 0 ? O_WRONLY : O_RDONLY, &p->monitor[i], err);
	if (r == 0 && fd_set_nonblock(p->child[i], 0) < 0)
		r = err_sys(err, errno, "the FIFO %s", names[i]);
	return r;
}

int pipes_make(int dir_fd, bool with_stdin, bool terminal, struct pipes *ret, struct err *err)
{
	struct pipes p cleanup_pipes = PIPES_NONE;
	int r;

	pipes_remove(dir_fd);
	r = attach_listen(dir_fd, &p.listen_fd, err);
	for (int i = with_stdin ? 0 : 1; r == 0 && !terminal && i < 3; i++)
		r = make_one(dir_fd, i, &p, err);
	if (r < 0)
		return r;
	*ret = p;
	p = PIPES_NONE;
	return 0;
}

int pipes_give(const struct pipes *p, uid_t uid, struct err *err)
{
	for (int i = 0; i < 3; i++) {
		if (p->child[i] < 0 || uid == geteuid() || fchown(p->child[i], uid, -1) == 0)
			continue;
		if (errno == EINVAL) /* chown(2) in a user namespace: no such id there */
			return err_invalid(
			    err, "user %u is not mapped in the container's user namespace", uid);
		return err_sys(err, errno, "give %s to uid %u", names[i], uid);
	}
	return 0;
}

int pipes_reopen(int dir_fd, struct pipes *ret, struct err *err)
{
	struct pipes p cleanup_pipes = PIPES_NONE;
	int r;

	unlinkat(dir_fd, ATTACH_SOCKET, 0);
	r = attach_listen(dir_fd, &p.listen_fd, err);
	for (int i = 1; r == 0 && i < 3; i++) {
		r = open_end(dir_fd, names[i], O_RDONLY, &p.monitor[i], err);
		if (r == -ENOENT) /* a terminal, which is lost */
			r = 0;
	}
	if (r < 0)
		return r;
	*ret = p;
	p = PIPES_NONE;
	return 0;
}

static int make_socket(int dir_fd, struct sockaddr_un *address, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/" ATTACH_SOCKET,
		 dir_fd);
	return fd < 0 ? err_sys(err, errno, "socket") : fd;
}

int attach_listen(int dir_fd, int *ret_fd, struct err *err)
{
	struct sockaddr_un address;
	int fd cleanup_fd = make_socket(dir_fd, &address, err);

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		return err_sys(err, errno, "bind " ATTACH_SOCKET);
	*ret_fd = take_fd(&fd);
	return 0;
}

int attach_connect(int dir_fd, int *ret_fd, struct err *err)
{
	struct sockaddr_un address;
	int fd cleanup_fd = make_socket(dir_fd, &address, err);

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys(err, errno, "connect to " ATTACH_SOCKET);
	*ret_fd = take_fd(&fd);
	return 0;
}
