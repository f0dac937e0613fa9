/* SPDX-License-Identifier: Apache-2.0 */
/* What create, run and exec take from their command line. */
#include "ocicli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

enum { FIRST_FD = 3 };

int console_socket_connect(const char *path, int *ret_fd, struct err *err)
{
	cleanup_fd int file = open(path, O_PATH | O_CLOEXEC), sock = -1;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (file < 0)
		return err_sys(err, errno, "console socket %s", path);
	/* By the descriptor: sun_path holds 107 bytes. */
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d", file);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_sys(err, errno, "socket");
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(err, errno, "connect to console socket %s", path);
	*ret_fd = take_fd(&sock);
	return 0;
}

int console_check(bool terminal, bool detach, const char *console_socket, struct err *err)
{
	if (detach && terminal && !console_socket)
		return err_invalid(err, "a detached container with a terminal needs somebody to "
					"take it: use --console-socket");
	if ((!detach || !terminal) && console_socket)
		return err_invalid(err, "--console-socket is for a detached container with a "
					"terminal");
	return 0;
}

int pid_file_write(const char *path, pid_t pid, struct err *err)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", pid);

	return fd_replace_file_at(AT_FDCWD, path, text, (size_t)len, 0666 & ~022, err);
}

static int listen_fds(int *ret, struct err *err)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint64_t number = 0;
	int r;

	if (!count || !*count)
		return 0;
	/* Meant for another process: it leaked through an environment. */
	if (pid && *pid && strtol(pid, NULL, 10) != getpid())
		return 0;
	r = str_to_u64(count, OPT_INT_MAX, "LISTEN_FDS", &number, err);
	if (r == 0)
		*ret = (int)number;
	return r;
}

int preserved_fds(int wanted, struct strv *env, int *ret, struct err *err)
{
	int listening = 0;
	int r = listen_fds(&listening, err);

	if (r < 0)
		return r;
	if (listening) {
		const char *names = getenv("LISTEN_FDNAMES");

		if (strv_add_owned(env, str_printf("LISTEN_FDS=%d", listening)) < 0 ||
		    strv_add(env, "LISTEN_PID=1") < 0 ||
		    (names && strv_add_owned(env, str_printf("LISTEN_FDNAMES=%s", names)) < 0))
			return err_oom(err);
	}
	for (int fd = FIRST_FD; fd < FIRST_FD + wanted + listening; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return err_invalid(err, "--preserve-fds: descriptor %d is not open", fd);
	*ret = wanted + listening;
	return 0;
}
