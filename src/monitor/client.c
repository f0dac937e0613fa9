/* SPDX-License-Identifier: Apache-2.0 */
/* Attached clients: the monitor's side of protocol.h. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/tty.h"
#include "monitor/monitor.h"

enum { WAITING_EXIT = 1 << 2 }; /* in client.waiting beside the streams' bits */

static bool waited_for(const struct monitor *m, int index)
{
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (m->clients[i].fd >= 0 && m->clients[i].waiting & 1 << index)
			return true;
	return false;
}

/* The chunk is free when nobody is waited for any more. */
static void release_chunk(struct monitor *m, int index)
{
	struct stream *s = &m->streams[index];

	if (s->pending && !waited_for(m, index))
		stream_delivered(s);
}

static void client_drop(struct client *c)
{
	struct monitor *m = c->monitor;
	bool had_input = c->hello && (c->flags & ATTACH_WANT_STDIN);

	loop_remove(c->source);
	c->source = NULL;
	close_fd(&c->fd);
	c->waiting = 0;
	c->hello = c->told = false;
	if (had_input)
		input_end(m);
	for (int i = 0; i < 2; i++)
		release_chunk(m, i); /* a chunk that only it was waiting for is free now */
}

static bool input_paused(const struct client *c)
{
	return c->hello && (c->flags & ATTACH_WANT_STDIN) && input_busy(c->monitor);
}

/* A client that may send input is not read while the last of it is still on its way. EPOLLHUP comes
 * unasked, and then only once: who is gone is noticed when its input is read again. */
static void client_arm(struct client *c)
{
	uint32_t events = (c->waiting ? EPOLLOUT : 0) | (input_paused(c) ? EPOLLONESHOT : EPOLLIN);

	if (events != c->events && loop_set_events(c->source, events) == 0)
		c->events = events;
}

/* 0: sent; -EAGAIN: no room; else it is gone. */
static int client_send(struct client *c, const void *data, size_t len)
{
	ssize_t n;

	do
		n = send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void client_flush(struct client *c)
{
	struct monitor *m = c->monitor;
	int code;

	c->waiting &= (unsigned char)~WAITING_EXIT; /* clients_say_exit() tries again */
	for (int i = 0; i < 2; i++) {
		struct stream *s = &m->streams[i];

		if (!(c->waiting & 1 << i))
			continue;
		stream_packet(s)[0] = i == 0 ? ATTACH_STDOUT : ATTACH_STDERR;
		code = client_send(c, stream_packet(s), 1 + s->pending);
		if (code == -EAGAIN)
			continue;
		c->waiting &= (unsigned char)~(1 << i);
		/* Gone; what it had sent before is still to be read. */
		if (code < 0)
			c->flags &= ATTACH_WANT_STDIN;
	}
	client_arm(c);
}

static bool wants(const struct client *c, int index)
{
	return c->fd >= 0 && c->hello &&
	       (c->flags & (index == 0 ? ATTACH_WANT_STDOUT : ATTACH_WANT_STDERR));
}

bool clients_want(const struct monitor *m, int index)
{
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (wants(&m->clients[i], index))
			return true;
	return false;
}

void clients_offer(struct monitor *m, int index)
{
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (wants(&m->clients[i], index))
			m->clients[i].waiting |= (unsigned char)(1 << index);
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (m->clients[i].fd >= 0 && m->clients[i].waiting & 1 << index)
			client_flush(&m->clients[i]);
	release_chunk(m, index);
}

void clients_resume_input(struct monitor *m)
{
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (m->clients[i].fd >= 0)
			client_arm(&m->clients[i]);
}

static bool take_hello(struct client *c, const unsigned char *packet, size_t len)
{
	static const char ready[1] = { ATTACH_READY };

	if (c->hello || len != 2 || packet[0] != ATTACH_HELLO)
		return false;
	c->flags = packet[1];
	c->hello = true;
	client_send(c, ready, sizeof(ready)); /* the first packet finds room, or nobody */
	monitor_open_streams(c->monitor);
	return true;
}

static bool take_resize(struct monitor *m, const unsigned char *packet, size_t len)
{
	uint16_t size[2];

	if (len != 1 + sizeof(size))
		return false;
	memcpy(size, packet + 1, sizeof(size));
	if (m->args->tty_fd >= 0)
		tty_set_size(m->args->tty_fd, size[0], size[1]);
	return true;
}

/* False for what the protocol does not allow. */
static bool take_packet(struct client *c, const unsigned char *packet, size_t len)
{
	struct monitor *m = c->monitor;

	if (!c->hello)
		return take_hello(c, packet, len);
	switch (packet[0]) {
	case ATTACH_STDIN:
		if (!(c->flags & ATTACH_WANT_STDIN))
			return false;
		if (len > 1)
			input_write(m, (const char *)packet + 1, len - 1);
		return true;
	case ATTACH_EOF:
		if (c->flags & ATTACH_WANT_STDIN)
			input_end(m);
		c->flags &= (unsigned char)~ATTACH_WANT_STDIN;
		return true;
	case ATTACH_RESIZE:
		return take_resize(m, packet, len);
	case ATTACH_DONE:
		if (c->told)
			end_done();
		return false;
	default:
		return false;
	}
}

/* One packet: others get their turn, the loop comes back while there is more. */
static void client_read(struct client *c)
{
	unsigned char packet[ATTACH_PACKET_MAX + 1];
	ssize_t n;

	n = recv(c->fd, packet, sizeof(packet), MSG_DONTWAIT);
	/* ECONNRESET tells once that the peer left our output unread; what it had sent before
	 * follows. */
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
		return;
	if (n <= 0 || n > ATTACH_PACKET_MAX || !take_packet(c, packet, (size_t)n))
		client_drop(c);
	else
		client_arm(c);
}

static void on_client(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct client *c = arg;
	struct monitor *m = c->monitor;

	if (c->events & EPOLLONESHOT)
		c->events = 0; /* has been shot: to be armed again by the next who needs it */
	if (c->waiting && events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		client_flush(c);
	if (events & ~EPOLLOUT && !input_paused(c))
		client_read(c);
	for (int i = 0; i < 2; i++)
		release_chunk(m, i);
	end_continue(m);
}

/* The directory is 0700, so only our own user could connect; a descriptor that was passed on is no
 * reason to trust its new owner. */
static bool may_speak(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static struct client *free_client(struct monitor *m)
{
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (m->clients[i].fd < 0)
			return &m->clients[i];
	return NULL;
}

static bool accept_one(struct monitor *m)
{
	cleanup_fd int fd = -1;
	struct client *c;

	fd = accept4(m->args->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return false;
	c = free_client(m);
	if (!c || !may_speak(fd))
		return true;
	c->source = loop_add_fd(m->loop, fd, EPOLLIN, on_client, c);
	if (!c->source)
		return true;
	c->monitor = m;
	c->fd = take_fd(&fd);
	c->hello = c->told = false;
	c->flags = c->waiting = 0;
	c->events = EPOLLIN;
	return true;
}

static void on_connection(struct loop *loop, int fd, uint32_t events, void *arg)
{
	accept_one(arg);
}

int clients_listen(struct monitor *m)
{
	for (size_t i = 0; i < CLIENT_MAX; i++) {
		m->clients[i].fd = -1;
		m->clients[i].monitor = m;
	}
	if (m->args->listen_fd < 0)
		return 0;
	if (fd_set_nonblock(m->args->listen_fd, 1) < 0)
		return -errno;
	m->listener = loop_add_fd(m->loop, m->args->listen_fd, EPOLLIN, on_connection, m);
	return m->listener ? 0 : -errno;
}

void clients_stop_listening(struct monitor *m)
{
	loop_remove(m->listener);
	m->listener = NULL;
}

void clients_catch_up(struct monitor *m)
{
	if (m->args->listen_fd < 0)
		return;
	while (accept_one(m))
		;
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (m->clients[i].fd >= 0 && !m->clients[i].hello)
			client_read(&m->clients[i]);
}

/* Whether the client has had all that it asked for. */
static bool served(const struct monitor *m, const struct client *c)
{
	for (int i = 0; i < 2; i++)
		if (wants(c, i) && !stream_finished(&m->streams[i]))
			return false;
	return !(c->waiting & ~WAITING_EXIT);
}

/* False when it has to wait for room. */
static bool say_exit(struct client *c, const void *packet, size_t len)
{
	if (c->hello && client_send(c, packet, len) == -EAGAIN) {
		c->waiting |= WAITING_EXIT;
		client_arm(c);
		return false;
	}
	c->told = c->hello && (c->flags & ATTACH_FINISHES);
	if (c->told)
		client_arm(c);
	else
		client_drop(c);
	return true;
}

bool clients_finisher(const struct monitor *m)
{
	for (size_t i = 0; i < CLIENT_MAX; i++)
		if (m->clients[i].fd >= 0 && m->clients[i].told)
			return true;
	return false;
}

unsigned clients_say_exit(struct monitor *m)
{
	char packet[1 + sizeof(int32_t)] = { ATTACH_EXIT };
	int32_t status = m->record.status;
	unsigned left = 0;

	memcpy(packet + 1, &status, sizeof(status));
	for (size_t i = 0; i < CLIENT_MAX; i++) {
		struct client *c = &m->clients[i];

		if (c->fd < 0 || c->told)
			continue;
		if ((c->hello && !served(m, c)) || !say_exit(c, packet, sizeof(packet)))
			left++;
	}
	return left;
}
