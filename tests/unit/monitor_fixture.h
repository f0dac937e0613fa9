/* SPDX-License-Identifier: Apache-2.0 */
/* A process with FIFOs or a terminal and a real coracle-monitor beside it, as the starter makes
 * them; without a container, so that it runs anywhere. */
#ifndef CORACLE_TESTS_MONITOR_FIXTURE_H
#define CORACLE_TESTS_MONITOR_FIXTURE_H

#include "support.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

#include "base/time.h"
#include "linux/fds.h"
#include "linux/flock.h"
#include "linux/pidfd.h"
#include "linux/tty.h"
#include "monitor/args.h"
#include "monitor/protocol.h"
#include "monitor/record.h"

struct fixture {
	struct temp_dir dir;
	struct monitor_args args;
	struct err err;
	char *cleanup;	 /* stands for `coracle`: writes down how it was called */
	pid_t monitor;	 /* child of ours */
	int child_fd[3]; /* the container's ends */
};

static inline void fixture_make(struct fixture *f, enum monitor_log log)
{
	cleanup_free char *script = NULL;

	*f = (struct fixture){ .args = MONITOR_ARGS_INIT, .child_fd = { -1, -1, -1 } };
	temp_dir_make(&f->dir);
	assert_true(asprintf(&f->cleanup, "%s/cleanup.sh", f->dir.path) > 0);
	assert_true(asprintf(&script,
			     "#!/bin/sh\necho \"$@\" \"$HOME\" >%s/cleanup.new\n"
			     "mv %s/cleanup.new %s/cleaned\n",
			     f->dir.path, f->dir.path, f->dir.path) > 0);
	put_file(f->dir.fd, "cleanup.sh", script);
	assert_int_equal(chmod(f->cleanup, 0755), 0);
	f->args.coracle = f->cleanup;
	f->args.root = f->dir.path;
	f->args.id = "cafe";
	f->args.home = "/nowhere";
	f->args.run = 7;
	f->args.started_ns = time_now_ns();
	f->args.log = log;
	f->args.log_max_file = 1;
	f->args.run_fd = f->dir.fd;
	f->args.log_fd = log == MONITOR_LOG_NONE ? -1 : f->dir.fd;
	/* Orphans come to us, not to the host's init. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static inline int fixture_open_fifo(struct fixture *f, const char *name, int flags)
{
	int fd = openat(f->dir.fd, name, flags | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static inline void fixture_monitor_ends(struct fixture *f)
{
	f->args.stdout_fd = fixture_open_fifo(f, "stdout", O_RDONLY);
	f->args.stderr_fd = fixture_open_fifo(f, "stderr", O_RDONLY);
}

static inline void fixture_fifos(struct fixture *f, bool with_stdin)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };

	for (int i = 0; i < 3; i++) {
		assert_int_equal(mkfifoat(f->dir.fd, names[i], 0600), 0);
		f->child_fd[i] = fixture_open_fifo(f, names[i], i == 0 ? O_RDONLY : O_RDWR);
		fd_set_nonblock(f->child_fd[i], 0);
	}
	fixture_monitor_ends(f);
	if (with_stdin)
		f->args.stdin_fd = fixture_open_fifo(f, "stdin", O_WRONLY);
}

static inline void fixture_listen(struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" ATTACH_SOCKET,
		 f->dir.fd);
	unlinkat(f->dir.fd, ATTACH_SOCKET, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	f->args.listen_fd = fd;
}

static inline void fixture_terminal(struct fixture *f)
{
	int slave;

	assert_ok(tty_open_pair(-1, &f->args.tty_fd, &slave, NULL, &f->err), &f->err);
	for (int i = 0; i < 3; i++)
		f->child_fd[i] = i == 0 ? slave : dup(slave);
}

/* Runs in the starter: the process, then the monitor in our place. */
static inline void fixture_become_monitor(struct fixture *f)
{
	cleanup_strv struct strv argv = { 0 };
	char *envp[] = { NULL };

	fds_cloexec_from(3);
	int *const fds[] = { &f->args.run_fd,	 &f->args.log_fd,    &f->args.lock_fd,
			     &f->args.pidfd,	 &f->args.listen_fd, &f->args.stdin_fd,
			     &f->args.stdout_fd, &f->args.stderr_fd, &f->args.tty_fd };
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (*fds[i] >= 0)
			fd_set_cloexec(*fds[i], 0);
	if (monitor_args_format(&f->args, &argv, &f->err) < 0)
		_exit(99);
	execve(MONITOR_EXE, argv.items, envp);
	_exit(98);
}

static inline void fixture_start(struct fixture *f, const char *script)
{
	int ready[2];
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	f->monitor = fork();
	assert_true(f->monitor >= 0);
	if (f->monitor == 0) {
		pid = fork();
		if (pid == 0) {
			setsid();
			for (int i = 0; i < 3; i++)
				dup2(f->child_fd[i], i);
			if (f->args.tty_fd >= 0)
				tty_take_control(0, &f->err);
			fds_close_from(3);
			signal(SIGPIPE, SIG_DFL);
			setenv("DIR", f->dir.path, 1);
			execl("/bin/sh", "sh", "-c", script, NULL);
			_exit(97);
		}
		for (int i = 0; i < 3; i++)
			close(f->child_fd[i]);
		f->args.pid = pid;
		if (pidfd_of(pid, &f->args.pidfd, &f->err) < 0 ||
		    flock_open(f->dir.fd, "monitor.lock", FLOCK_EXCLUSIVE, &f->args.lock_fd,
			       &f->err) < 0)
			_exit(96);
		if (write(ready[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(95);
		fixture_become_monitor(f);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &f->args.pid, sizeof(pid_t)), sizeof(pid_t));
	close(ready[0]);
	for (int i = 0; i < 3; i++)
		close_fd(&f->child_fd[i]);
	close_fd(&f->args.stdin_fd);
	close_fd(&f->args.stdout_fd);
	close_fd(&f->args.stderr_fd);
	close_fd(&f->args.tty_fd);
	close_fd(&f->args.listen_fd);
}

/* The next command's part: another monitor for the process that lost its own. Returns when that
 * holds the pipes: what the process writes from then on is not lost. */
static inline void fixture_adopt(struct fixture *f)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	f->args.adopt = true;
	f->monitor = fork();
	assert_true(f->monitor >= 0);
	if (f->monitor == 0) {
		fixture_monitor_ends(f);
		if (pidfd_of(f->args.pid, &f->args.pidfd, &f->err) < 0 ||
		    flock_open(f->dir.fd, "monitor.lock", FLOCK_EXCLUSIVE, &f->args.lock_fd,
			       &f->err) < 0 ||
		    write(ready[1], "r", 1) != 1)
			_exit(96);
		fixture_become_monitor(f);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static inline void fixture_kill_monitor(struct fixture *f)
{
	int status;

	kill(f->monitor, SIGKILL);
	assert_int_equal(waitpid(f->monitor, &status, 0), f->monitor);
}

/* Waits until the log, shorter than a page, has the text. */
static inline void fixture_await_log(struct fixture *f, const char *text)
{
	const char *log;

	do {
		usleep(10000);
		log = get_file(f->dir.fd, "log");
	} while (!log || !strstr(log, text));
}

/* Waits until the monitor has become the clean-up and that has ended; reads the record. */
static inline void fixture_finish(struct fixture *f, struct exit_record *record)
{
	int status;

	assert_int_equal(waitpid(f->monitor, &status, 0), f->monitor);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(record_read(f->dir.fd, record, &f->err), 0);
	assert_int_equal(flock_is_held(f->dir.fd, "monitor.lock"), 0);
}

static inline void fixture_remove(struct fixture *f)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	free(f->cleanup);
	temp_dir_remove(&f->dir);
}

static inline int fixture_connect(struct fixture *f, unsigned char flags)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned char hello[2] = { ATTACH_HELLO, flags };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" ATTACH_SOCKET,
		 f->dir.fd);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, hello, sizeof(hello), MSG_NOSIGNAL), sizeof(hello));
	return fd;
}

/* The next packet's payload after its type byte; -1 at the end. */
static inline ssize_t fixture_recv(int fd, unsigned char *ret_type, char *data, size_t size)
{
	static char packet[ATTACH_PACKET_MAX];
	ssize_t n = recv(fd, packet, sizeof(packet), 0);

	if (n <= 0)
		return -1;
	*ret_type = (unsigned char)packet[0];
	assert_true((size_t)n - 1 <= size);
	memcpy(data, packet + 1, (size_t)n - 1);
	return n - 1;
}

/* All output of one stream until EXIT; returns the status. */
static inline int fixture_collect(int fd, unsigned char type, struct buf *out)
{
	static char data[ATTACH_PACKET_MAX];
	unsigned char got = 0;
	int32_t status;
	ssize_t n;

	for (;;) {
		n = fixture_recv(fd, &got, data, sizeof(data));
		assert_true(n >= 0);
		if (got == type)
			assert_int_equal(buf_add(out, data, (size_t)n), 0);
		if (got == ATTACH_EXIT) {
			assert_int_equal(n, sizeof(status));
			memcpy(&status, data, sizeof(status));
			return status;
		}
	}
}

static inline void fixture_read_file(struct fixture *f, const char *name, struct buf *out)
{
	assert_ok(fd_read_file_at(f->dir.fd, name, out->max, out, &f->err), &f->err);
}

#endif
