/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/syscalls.h"

int pidfd_of(pid_t pid, int *ret_fd, struct err *err)
{
	int fd = pidfd_open(pid, 0);

	if (fd < 0 && errno == ESRCH)
		return err_set(err, ERR_NOT_FOUND, ESRCH, "no process %d", (int)pid);
	if (fd < 0)
		return err_sys(err, errno, "pidfd_open of process %d", (int)pid);
	*ret_fd = fd;
	return 0;
}

int pidfd_of_started(pid_t pid, uint64_t start_time, int *ret_fd, struct err *err)
{
	int fd cleanup_fd = -1, r = pidfd_of(pid, &fd, err);
	uint64_t started = 0;

	if (r < 0)
		return r;
	/* In this order: the descriptor pins the process; what the pid names afterwards, as long as
	 * its start time is the one recorded, is the process that the descriptor holds. */
	r = process_start_time(pid, &started);
	if (r == -ESRCH || (r == 0 && started != start_time))
		return err_set(err, ERR_NOT_FOUND, ESRCH, "process %d is not the one recorded",
			       (int)pid);
	if (r < 0)
		return err_sys(err, r, "read /proc/%d/stat", (int)pid);
	*ret_fd = take_fd(&fd);
	return 0;
}

int pidfd_signal(int pidfd, int signal)
{
	return pidfd_send_signal(pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int pidfd_exited(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n = poll(&p, 1, timeout_ms);

	return n < 0 ? -errno : n;
}

int pidfd_wait(int pidfd, bool no_hang, int *ret_status, struct err *err)
{
	siginfo_t info;
	int r;

	do {
		info.si_pid = 0;
		r = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL | (no_hang ? WNOHANG : 0));
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, errno, "wait for a process");
	if (info.si_pid == 0)
		return 1;
	if (info.si_code == CLD_EXITED)
		*ret_status = (info.si_status & 0xff) << 8;
	else
		*ret_status = info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
	return 0;
}

int pidfd_reaped_status(int pidfd, int *ret_status)
{
	struct pidfd_info_v0 info = { .mask = PIDFD_HAS_EXIT };

	if (ioctl(pidfd, PIDFD_GET_INFO_V0, &info) < 0) {
		/* ESRCH: a reaped process on 6.13 or 6.14, which know the call and not the status
		 */
		if (errno == ENOTTY || errno == EINVAL || errno == ENOSYS || errno == ESRCH)
			return -EOPNOTSUPP;
		return -errno;
	}
	if (info.mask & PIDFD_HAS_EXIT) {
		*ret_status = info.exit_code;
		return 0;
	}
	return info.mask & PIDFD_HAS_PID ? -EAGAIN : -ENODATA;
}

int pidfd_pid(int pidfd, pid_t *ret_pid)
{
	char name[40], *at;
	struct buf text cleanup_buf = BUF_INIT(4096);
	long pid;
	int r;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", pidfd);
	r = fd_read_file_at(AT_FDCWD, name, 4096, &text, NULL);
	if (r < 0)
		return r;
	at = strstr(buf_str(&text), "\nPid:");
	if (!at)
		return -EBADF;
	pid = strtol(at + 5, NULL, 10);
	if (pid <= 0) /* -1: reaped; 0: not in our PID namespace */
		return -ESRCH;
	*ret_pid = (pid_t)pid;
	return 0;
}

/* Field 2, the command's name, may hold spaces and parentheses: the last ')' ends it. */
static int parse_stat(const char *text, struct process_stat *ret)
{
	const char *p = strrchr(text, ')');
	struct process_stat s = { 0 };
	int ppid, pgrp, session, at = 0;

	if (!p || sscanf(p + 1, " %c %d %d %d", &s.state, &ppid, &pgrp, &session) != 4)
		return -EIO;
	s.ppid = ppid;
	s.pgrp = pgrp;
	s.session = session;
	/* Blanks separate the fields from 3 on: p stands before field 3 + at. */
	for (p++; *p == ' '; p += strcspn(p + 1, " \n") + 1, at++) {
		if (3 + at == 22)
			s.start_time = strtoull(p + 1, NULL, 10);
		else if (3 + at == 52)
			s.exit_status = (int)strtol(p + 1, NULL, 10);
	}
	if (3 + at <= 22)
		return -EIO;
	*ret = s;
	return 0;
}

int process_stat(pid_t pid, struct process_stat *ret)
{
	char name[32], text[1024];
	int fd cleanup_fd = -1;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, sizeof(text) - 1); /* one read is one consistent record */
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return parse_stat(text, ret);
}

int process_start_time(pid_t pid, uint64_t *ret)
{
	struct process_stat s = { 0 };
	int r = process_stat(pid, &s);

	if (r == 0)
		*ret = s.start_time;
	return r;
}

enum process_life process_life(pid_t pid, uint64_t start_time)
{
	struct process_stat s = { 0 };

	if (process_stat(pid, &s) < 0 || s.start_time != start_time)
		return PROCESS_GONE;
	return s.state == 'Z' || s.state == 'X' ? PROCESS_ZOMBIE : PROCESS_ALIVE;
}
