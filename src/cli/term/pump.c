/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/term/attach.h"
#include "cli/term/raw.h"
#include "monitor/protocol.h"

/* A pipe that polls as writable takes this much without waiting (PIPE_BUF). */
enum { WRITE_SAFE = 4096 };

/* Where a stream goes. */
struct sink {
	int fd;	     /* the descriptor, or a second way to the same pipe */
	int owned;   /* the latter, to be closed; -1 */
	size_t most; /* bytes that a write may be given */
};

struct packet {
	unsigned char type;
	char data[ATTACH_PACKET_MAX + DETACH_KEYS_MAX];
};

struct pump {
	const struct attach *a;
	int sock, signal_fd;
	struct raw_terminal raw;
	struct detach detach;

	struct packet *in; /* to the monitor; in_len 0: none waits */
	size_t in_len;
	bool in_open; /* our standard input may still give something */
	bool eof_due; /* ATTACH_EOF is to be said */
	bool resize_due;

	struct packet *out;	 /* from the monitor */
	size_t out_at, out_end;	 /* bytes of out.data not written yet */
	struct sink sinks[2];	 /* standard output, standard error */
	const struct sink *sink; /* where out.data goes */

	bool was_reset;

	bool done;
	enum attach_end end;
	int status;
	int deadly; /* a signal to die of once the terminal is restored */
	struct err *err;
};

static int send_packet(struct pump *p, const void *data, size_t len)
{
	ssize_t n = send(p->sock, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return 0;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return 1;
	/* The monitor has gone. What it said last is still to be read: recv tells the end. */
	p->in_open = p->eof_due = p->resize_due = false;
	p->in_len = 0;
	return 0;
}

static void send_resize(struct pump *p)
{
	struct __attribute__((packed)) {
		unsigned char type;
		uint16_t rows, columns;
	} packet = { .type = ATTACH_RESIZE };
	uint16_t rows, columns;

	if (!terminal_size(&rows, &columns)) {
		p->resize_due = false;
		return;
	}
	packet.rows = rows;
	packet.columns = columns;
	if (send_packet(p, &packet, sizeof(packet)) == 0)
		p->resize_due = false;
}

/* Whatever waits to be said, in order: input before its end. */
static void send_pending(struct pump *p)
{
	unsigned char eof = ATTACH_EOF;

	if (p->resize_due)
		send_resize(p);
	if (p->in_len) {
		if (send_packet(p, p->in, 1 + p->in_len) != 0)
			return;
		p->in_len = 0;
	}
	if (p->eof_due && send_packet(p, &eof, 1) == 0)
		p->eof_due = false;
}

static void finish(struct pump *p, enum attach_end end, int status)
{
	p->done = true;
	p->end = end;
	p->status = status;
}

static void read_input(struct pump *p)
{
	char typed[ATTACH_PACKET_MAX - 1 - DETACH_KEYS_MAX];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		p->in_open = false;
		p->eof_due = true;
		return;
	}
	p->in->type = ATTACH_STDIN;
	if (!p->a->tty) {
		memcpy(p->in->data, typed, (size_t)n);
		p->in_len = (size_t)n;
	} else if (detach_filter(&p->detach, typed, (size_t)n, p->in->data, &p->in_len)) {
		send_pending(p);
		finish(p, ATTACH_DETACHED, 0);
	}
}

static void read_socket(struct pump *p)
{
	ssize_t n = recv(p->sock, p->out, ATTACH_PACKET_MAX, MSG_DONTWAIT);
	int32_t status;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A monitor that ended before it read our last packet. The kernel tells that first, once;
	 * what the monitor said comes behind. */
	if (n < 0 && errno == ECONNRESET && !p->was_reset) {
		p->was_reset = true;
		return;
	}
	if (n <= 0) {
		finish(p, ATTACH_LOST, 0);
		return;
	}
	switch (p->out->type) {
	case ATTACH_STDOUT:
	case ATTACH_STDERR:
		p->sink = &p->sinks[p->out->type == ATTACH_STDERR];
		p->out_at = 0;
		p->out_end = (size_t)n - 1;
		break;
	case ATTACH_EXIT:
		if (n < 1 + (ssize_t)sizeof(status))
			break;
		memcpy(&status, p->out->data, sizeof(status));
		finish(p, ATTACH_ENDED, status);
		break;
	}
}

static void write_output(struct pump *p)
{
	size_t len = p->out_end - p->out_at;
	ssize_t n =
	    write(p->sink->fd, p->out->data + p->out_at, len < p->sink->most ? len : p->sink->most);

	if (n >= 0) {
		p->out_at += (size_t)n;
		return;
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	if (errno == EPIPE) {
		/* as any program whose reader has left; the container goes on */
		p->deadly = SIGPIPE;
		p->done = true;
		return;
	}
	if (errno == EBADF || errno == EIO) { /* closed before we began; a terminal that hung up */
		p->out_at = p->out_end;
		return;
	}
	err_sys(p->err, errno, "write the container's output");
	p->done = true;
}

/* Ctrl-Z from outside: the terminal is given back while we are stopped. */
static void stop_and_go_on(struct pump *p)
{
	raw_leave(&p->raw);
	raise(SIGSTOP);
	raw_resume(&p->raw);
	p->resize_due = p->a->tty;
}

static void take_signal(struct pump *p)
{
	struct signalfd_siginfo info;

	while (read(p->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		int signal = (int)info.ssi_signo;

		if (signal == SIGCHLD) {
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		} else if (!p->a->tty) {
			attach_forward_signal(p->a, signal);
		} else if (signal == SIGWINCH) {
			p->resize_due = true;
		} else if (signal == SIGTSTP) {
			stop_and_go_on(p);
		} else {
			p->deadly = signal;
			p->done = true;
		}
	}
}

static int poll_once(struct pump *p)
{
	bool output = p->out_at < p->out_end;
	bool pending = p->in_len || p->eof_due || p->resize_due;
	struct pollfd fds[] = {
		{ p->signal_fd, POLLIN, 0 },
		{ p->sock, (short)((output ? 0 : POLLIN) | (pending ? POLLOUT : 0)), 0 },
		{ p->in_open && !p->in_len ? STDIN_FILENO : -1, POLLIN, 0 },
		{ output ? p->sink->fd : -1, POLLOUT, 0 },
	};

	if (!fds[1].events)
		fds[1].fd = -1; /* its hang-up is not news while we still have something to write */
	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno == EINTR ? 0 : err_sys(p->err, errno, "poll");
	if (fds[0].revents)
		take_signal(p);
	if (!p->done && fds[3].revents)
		write_output(p);
	if (!p->done && (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) && !output)
		read_socket(p);
	if (!p->done && fds[2].revents)
		read_input(p);
	if (!p->done && (p->in_len || p->eof_due || p->resize_due))
		send_pending(p);
	return 0;
}

/*
 * Our standard output may be shared with programs that do not expect it to be non-blocking. A pipe
 * is opened a second time instead: the flag is then ours alone.
 */
static void sink_open(struct sink *sink, int fd)
{
	char path[32];
	struct stat st;

	*sink = (struct sink){ .fd = fd, .owned = -1, .most = WRITE_SAFE };
	if (fstat(fd, &st) < 0)
		return;
	if (S_ISREG(st.st_mode))
		sink->most = SIZE_MAX;
	if (!S_ISFIFO(st.st_mode))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	sink->owned = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (sink->owned < 0)
		return;
	sink->fd = sink->owned;
	sink->most = SIZE_MAX;
}

static int pump_loop(struct pump *p)
{
	int r = 0;

	while (r == 0 && !p->done && (!p->err || p->err->code == 0))
		r = poll_once(p);
	return r < 0 ? r : p->err && p->err->code ? -p->err->code : 0;
}

/* With the terminal restored and the signal mask as it was, the signal does what it always does. */
static void die_of(int signal)
{
	sigset_t set;

	fflush(NULL);
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signal);
}

int attach_pump(const struct attach *a, int sock, enum attach_end *ret_end, int *ret_status,
		struct err *err)
{
	struct err local = { 0 };
	/* Their pages are touched by what is in them, and one session is all that a command has. */
	static struct packet in, out;
	struct pump p = { .a = a,
			  .in = &in,
			  .out = &out,
			  .sock = sock,
			  .raw = RAW_TERMINAL_NONE,
			  .detach = a->detach,
			  .in_open = a->in,
			  .resize_due = a->tty,
			  .err = &local };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, pipe_before;
	int signal_fd cleanup_fd = -1, r = 0;
	sigset_t before;

	signal_fd = attach_signal_fd(a, &before, err);
	if (signal_fd < 0)
		return signal_fd;
	p.signal_fd = signal_fd;
	sink_open(&p.sinks[0], STDOUT_FILENO);
	sink_open(&p.sinks[1], STDERR_FILENO);
	sigaction(SIGPIPE, &ignore, &pipe_before);
	if (a->tty && a->in && isatty(STDIN_FILENO))
		r = raw_enter(&p.raw, STDIN_FILENO, &local);
	if (r == 0)
		r = pump_loop(&p);
	raw_leave(&p.raw);
	close_fd(&p.sinks[0].owned);
	close_fd(&p.sinks[1].owned);
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (p.deadly) {
		die_of(p.deadly);
		return err_set(err, ERR_ENGINE, EPIPE, "left the container: %s",
			       strsignal(p.deadly)); /* whoever started us ignores it */
	}
	if (r < 0) {
		*err = local;
		return r;
	}
	*ret_end = p.end;
	*ret_status = p.status;
	return 0;
}
