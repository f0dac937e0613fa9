/* SPDX-License-Identifier: Apache-2.0 */
/* What clients type, on its way into the container. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/monitor.h"

/* A terminal's master is in the loop for reading: epoll takes a descriptor once, its duplicate is
 * another one. */
void input_init(struct monitor *m)
{
	if (m->args->tty_fd >= 0)
		m->input.fd = fcntl(m->args->tty_fd, F_DUPFD_CLOEXEC, 3);
	else
		m->input.fd = m->args->stdin_fd;
}

bool input_busy(const struct monitor *m)
{
	return m->input.len > 0;
}

static void input_close(struct monitor *m)
{
	struct input *in = &m->input;

	loop_remove(in->source);
	in->source = NULL;
	in->len = 0;
	close_fd(&in->fd);
}

static void on_writable(struct loop *loop, int fd, uint32_t events, void *arg);

/* Writes what is pending; what does not fit waits for room. */
static void input_flush(struct monitor *m)
{
	struct input *in = &m->input;
	ssize_t n;

	while (in->len > 0) {
		n = write(in->fd, in->data + in->at, in->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (!in->source)
				in->source = loop_add_fd(m->loop, in->fd, EPOLLOUT, on_writable, m);
			if (in->source)
				return;
		}
		if (n < 0) {
			input_close(m); /* nobody reads any more */
			break;
		}
		in->at += (size_t)n;
		in->len -= (size_t)n;
	}
	loop_remove(in->source);
	in->source = NULL;
	if (in->close_after)
		input_close(m);
	clients_resume_input(m);
}

static void on_writable(struct loop *loop, int fd, uint32_t events, void *arg)
{
	input_flush(arg);
}

void input_write(struct monitor *m, const char *data, size_t len)
{
	struct input *in = &m->input;

	if (in->fd < 0 || in->close_after || len > sizeof(in->data))
		return;
	memcpy(in->data, data, len);
	in->at = 0;
	in->len = len;
	input_flush(m);
}

/* A terminal has no end of input: its user types one. */
void input_end(struct monitor *m)
{
	if (!m->args->stdin_once || m->args->tty_fd >= 0)
		return;
	m->input.close_after = true;
	if (!input_busy(m))
		input_close(m);
}
