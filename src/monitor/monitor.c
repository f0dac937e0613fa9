/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/fds.h"

enum { FD_MAX = 16 };

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What the starter had open besides is no business of ours for the life of a container: its
 * database, its locks, its caller's pipes. */
static int keep_only_ours(const struct monitor_args *args, struct err *err)
{
	int fds[FD_MAX] = {
		args->run_fd,
		args->log_fd,
		args->lock_fd,
		args->pidfd,
		args->listen_fd,
		args->stdin_fd,
		args->stdout_fd,
		args->stderr_fd,
		args->tty_fd,
		args->oom_fd,
		args->hold_fd[0],
		args->hold_fd[1],
		args->hold_fd[2],
		args->hold_fd[3],
		-1,
		-1,
	};
	int code;

	qsort(fds, FD_MAX, sizeof(fds[0]), compare_fds);
	code = fds_close_except(3, fds, FD_MAX);
	if (code == 0)
		code = fds_cloexec_from(3);
	return code < 0 ? err_sys(err, code, "close descriptors") : 0;
}

static int open_pipes(struct monitor *m, struct err *err)
{
	const struct monitor_args *args = m->args;
	bool terminal = args->tty_fd >= 0;

	if (pipe2(m->peek, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys(err, errno, "pipe");
	stream_init(m, 0, terminal ? args->tty_fd : args->stdout_fd, terminal);
	stream_init(m, 1, terminal ? -1 : args->stderr_fd, false);
	if (terminal) {
		fd_set_nonblock(args->tty_fd, 1);
		m->slave = ioctl(args->tty_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	}
	input_init(m);
	return 0;
}

/* A container goes on without its log where that cannot be opened: what is lost is counted. */
static void open_log(struct monitor *m)
{
	const struct monitor_args *args = m->args;

	logfile_open(&m->log, args, NULL);
	if (args->log == MONITOR_LOG_NONE)
		return;
	if (args->tty_fd < 0)
		m->progress = progress_open(args->run_fd, !args->adopt);
	if (args->adopt)
		fifo_resume(m);
}

void monitor_open_streams(struct monitor *m)
{
	if (m->open)
		return;
	m->open = true;
	loop_remove(m->patience);
	m->patience = NULL;
	for (int i = 0; i < 2; i++)
		stream_arm(&m->streams[i]);
}

static void on_patience_end(struct loop *loop, void *arg)
{
	struct monitor *m = arg;

	monitor_open_streams(m);
	end_continue(m);
}

static int start(struct monitor *m, struct err *err)
{
	int code;

	code = open_pipes(m, err);
	if (code < 0)
		return code;
	open_log(m);
	code = clients_listen(m);
	if (code < 0)
		return err_sys(err, code, "listen on " ATTACH_SOCKET);
	code = end_watch(m, err);
	if (code < 0)
		return code;
	if (!m->args->wait_client) {
		monitor_open_streams(m);
		return 0;
	}
	m->patience =
	    loop_add_timer(m->loop, HELLO_WAIT_S * INT64_C(1000000000), on_patience_end, m);
	return m->patience ? 0 : err_oom(err);
}

int monitor_run(const struct monitor_args *args, struct err *err)
{
	struct monitor *m;
	int code;

	code = keep_only_ours(args, err);
	if (code < 0)
		return code;
	umask(077);
	if (chdir("/") < 0)
		return err_sys(err, errno, "chdir /");
	signal(SIGPIPE, SIG_IGN); /* a container that closes its input */
	/* Lives as long as the process. Mapped, because calloc(3) would touch all of it: a
	 * container without clients and output pays for no buffer. */
	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		return err_oom(err);
	m->args = args;
	m->slave = -1;
	m->loop = loop_new();
	if (!m->loop)
		return err_sys(err, errno, "event loop");
	code = start(m, err);
	if (code < 0)
		return code;
	code = loop_run(m->loop);
	return err_sys(err, code, "event loop");
}
