/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that reached a held socket, relayed by splice(2): the bytes stay in the kernel. Each
 * direction ends on its own, so that a client may close its half and still read the answer.
 *
 * Descriptors are watched edge-triggered for everything, and each event moves what can be moved in
 * both directions: nothing has to be switched on and off, and a hang-up is reported once.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "netd/held.h"

enum {
	PIPE_BYTES = 65536, /* a pipe's size unless changed */
	TURNS = 16,	    /* of 64 KiB, before others have theirs */
	CONNECT_TRIES = 3,  /* SYNs: some 15 seconds */
};

struct flow {
	int pipe[2];
	size_t held;	  /* bytes in the pipe */
	bool ended, told; /* its source is at its end; its sink was told so */
};

struct proxy_tcp {
	struct proxy_tcp *next;
	struct held_set *set;
	const struct held *held;
	int fd[2]; /* the client, the container */
	struct loop_source *source[2];
	struct flow flow[2]; /* flow[i] comes from fd[i] */
	bool connected, again;
};

static void proxy_free(struct proxy_tcp *p)
{
	struct proxy_tcp **at = &p->set->tcp;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at) {
		*at = p->next;
		p->set->tcp_count--;
	}
	for (int i = 0; i < 2; i++) {
		loop_remove(p->source[i]);
		close_fd(&p->fd[i]);
		close_fd(&p->flow[i].pipe[0]);
		close_fd(&p->flow[i].pipe[1]);
	}
	free(p);
}

/* 1: something was moved; 0: nothing to be done now; negative: over. */
static int fill(struct flow *flow, int from)
{
	ssize_t n;

	if (flow->ended || flow->held == PIPE_BYTES)
		return 0;
	n = splice(from, NULL, flow->pipe[1], NULL, PIPE_BYTES - flow->held,
		   SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	flow->held += (size_t)n;
	flow->ended = n == 0;
	return 1;
}

static int drain(struct flow *flow, int to)
{
	ssize_t n;

	if (flow->held == 0) {
		if (!flow->ended || flow->told)
			return 0;
		flow->told = true;
		return shutdown(to, SHUT_WR) < 0 ? -errno : 1;
	}
	n = splice(flow->pipe[0], NULL, to, NULL, flow->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	flow->held -= (size_t)n;
	return n > 0;
}

static int move(struct proxy_tcp *p)
{
	int moved = 0, r;

	for (int i = 0; i < 2; i++) {
		r = fill(&p->flow[i], p->fd[i]);
		if (r < 0)
			return r;
		moved |= r;
		r = drain(&p->flow[i], p->fd[!i]);
		if (r < 0)
			return r;
		moved |= r;
	}
	return moved;
}

/* Not yet, or refused (negative). */
static int look_connected(struct proxy_tcp *p)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer), size = sizeof(int);
	int failed = 0;

	if (getsockopt(p->fd[1], SOL_SOCKET, SO_ERROR, &failed, &size) < 0 || failed)
		return -ECONNREFUSED;
	p->connected = getpeername(p->fd[1], (struct sockaddr *)&peer, &len) == 0;
	return 0;
}

static void pump(struct proxy_tcp *p)
{
	int r = p->connected ? 0 : look_connected(p);

	p->again = false;
	if (r == 0 && !p->connected)
		return;
	for (int i = 0; r >= 0; i++) {
		r = move(p);
		if (r <= 0)
			break;
		if (i == TURNS) {
			p->again = true;
			loop_set_timer(p->set->tcp_timer, 0);
			break;
		}
	}
	if (r < 0 || (p->flow[0].told && p->flow[1].told))
		proxy_free(p);
}

static void on_event(struct loop *loop, int fd, uint32_t events, void *arg)
{
	/* A reset: what is still to come in the other direction has no reader, or no writer. */
	if (events & EPOLLERR)
		proxy_free(arg);
	else
		pump(arg);
}

static void on_again(struct loop *loop, void *arg)
{
	struct held_set *set = arg;
	struct proxy_tcp *p, *next;

	for (p = set->tcp; p; p = next) {
		next = p->next;
		if (p->again)
			pump(p);
	}
}

/* --- beginning and end -------------------------------------------------------------------------
 */

static int connect_to(const struct held *held, int *ret_fd)
{
	struct sockaddr_storage target;
	int fd cleanup_fd = -1, tries = CONNECT_TRIES, one = 1;
	socklen_t len;

	if (!held_target(held, &target, &len))
		return -EHOSTUNREACH;
	fd = socket(target.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &tries, sizeof(tries));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&target, len) < 0 && errno != EINPROGRESS)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int watch(struct proxy_tcp *p)
{
	int one = 1;

	for (int i = 0; i < 2; i++) {
		/* who has gone without a word is found out some day */
		setsockopt(p->fd[i], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		if (pipe2(p->flow[i].pipe, O_CLOEXEC | O_NONBLOCK) < 0)
			return -errno;
		p->source[i] =
		    loop_add_fd(p->set->loop, p->fd[i], EPOLLIN | EPOLLOUT | EPOLLET, on_event, p);
		if (!p->source[i])
			return -errno;
	}
	return 0;
}

static int begin(struct held *held, int *client)
{
	struct held_set *set = held->set;
	struct proxy_tcp *p;
	int one = 1;

	if (set->tcp_count >= PROXY_TCP_MAX)
		return -EMFILE;
	if (!set->tcp_timer)
		set->tcp_timer = loop_add_timer(set->loop, -1, on_again, set);
	p = set->tcp_timer ? calloc(1, sizeof(*p)) : NULL;
	if (!p)
		return -ENOMEM;
	*p = (struct proxy_tcp){ .next = set->tcp,
				 .set = set,
				 .held = held,
				 .fd = { take_fd(client), -1 },
				 .flow = { { .pipe = { -1, -1 } }, { .pipe = { -1, -1 } } } };
	set->tcp = p;
	set->tcp_count++;
	setsockopt(p->fd[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect_to(held, &p->fd[1]) < 0 || watch(p) < 0)
		proxy_free(p);
	return 0;
}

void proxy_tcp_accept(struct held *held)
{
	int client cleanup_fd = accept4(held->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client >= 0)
		begin(held, &client);
}

void proxy_tcp_close(struct held_set *set, const struct held *held)
{
	struct proxy_tcp *p, *next;

	for (p = set->tcp; p; p = next) {
		next = p->next;
		if (p->held == held)
			proxy_free(p);
	}
}
