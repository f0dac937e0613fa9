/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams that reached a held socket: each client gets a socket of its own, connected to the
 * container, so that answers find their way back. What the client sent to is kept with it: the
 * answer comes from there, also where the port is published on all addresses.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "netd/held.h"

enum {
	DATAGRAM_MAX = 65535,
	BATCH = 64,
	SWEEP_S = 10,
};

struct proxy_udp {
	struct proxy_udp *next;
	struct held *held;
	struct sockaddr_storage client;
	socklen_t client_len;
	struct in6_pktinfo to6; /* where the client sent to */
	struct in_pktinfo to4;
	int fd;
	struct loop_source *source;
	int64_t used_ns;
};

/* Both ways through here, one at a time. */
static uint8_t datagram[DATAGRAM_MAX];

union control {
	char data[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr align;
};

int proxy_udp_prepare(const struct held *held)
{
	int one = 1;
	int r = held->ip.len == 4
		    ? setsockopt(held->fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one))
		    : setsockopt(held->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));

	return r < 0 ? -errno : 0;
}

static void proxy_free(struct held_set *set, struct proxy_udp *p)
{
	struct proxy_udp **at = &set->udp;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at) {
		*at = p->next;
		set->udp_count--;
	}
	loop_remove(p->source);
	close_fd(&p->fd);
	free(p);
}

/* --- back --------------------------------------------------------------------------------------
 */

static void add_source(const struct proxy_udp *p, struct msghdr *msg)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(msg);
	bool is6 = p->held->ip.len == 16;
	size_t len = is6 ? sizeof(p->to6) : sizeof(p->to4);

	h->cmsg_level = is6 ? IPPROTO_IPV6 : IPPROTO_IP;
	h->cmsg_type = is6 ? IPV6_PKTINFO : IP_PKTINFO;
	h->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(h), is6 ? (const void *)&p->to6 : (const void *)&p->to4, len);
	msg->msg_controllen = CMSG_SPACE(len);
}

static void on_answer(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct proxy_udp *p = arg;
	union control control = { 0 };
	struct iovec iov = { .iov_base = datagram };
	struct msghdr msg = { .msg_name = &p->client,
			      .msg_namelen = p->client_len,
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n;

	add_source(p, &msg);
	for (int i = 0; i < BATCH; i++) {
		n = recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT);
		if (n < 0)
			return; /* also "refused": the client finds out by silence */
		p->used_ns = time_monotonic_ns();
		iov.iov_len = (size_t)n;
		(void)sendmsg(p->held->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

/* --- clients -----------------------------------------------------------------------------------
 */

static void on_sweep(struct loop *loop, void *arg)
{
	struct held_set *set = arg;
	struct proxy_udp *p, *next;
	int64_t now = time_monotonic_ns();

	for (p = set->udp; p; p = next) {
		next = p->next;
		if (now - p->used_ns > PROXY_UDP_IDLE_S * INT64_C(1000000000))
			proxy_free(set, p);
	}
	if (set->udp)
		loop_set_timer(set->udp_timer, SWEEP_S * INT64_C(1000000000));
}

static int open_socket(struct proxy_udp *p)
{
	struct sockaddr_storage target;
	socklen_t len;

	if (!held_target(p->held, &target, &len))
		return -EHOSTUNREACH;
	p->fd = socket(target.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&target, len) < 0)
		return -errno;
	p->source = loop_add_fd(p->held->set->loop, p->fd, EPOLLIN, on_answer, p);
	return p->source ? 0 : -errno;
}

static struct proxy_udp *find(const struct held *held, const struct proxy_udp *like)
{
	struct proxy_udp *p = held->set->udp;

	while (p && (p->held != held || p->client_len != like->client_len ||
		     memcmp(&p->client, &like->client, p->client_len) != 0))
		p = p->next;
	return p;
}

static struct proxy_udp *add(struct held *held, const struct proxy_udp *like)
{
	struct held_set *set = held->set;
	struct proxy_udp *p;

	if (set->udp_count >= PROXY_UDP_MAX)
		return NULL;
	if (!set->udp_timer)
		set->udp_timer = loop_add_timer(set->loop, -1, on_sweep, set);
	p = set->udp_timer ? malloc(sizeof(*p)) : NULL;
	if (!p)
		return NULL;
	*p = *like;
	p->held = held;
	if (open_socket(p) < 0) {
		proxy_free(set, p);
		return NULL;
	}
	if (!set->udp)
		loop_set_timer(set->udp_timer, SWEEP_S * INT64_C(1000000000));
	p->next = set->udp;
	set->udp = p;
	set->udp_count++;
	return p;
}

/* As a source of an answer it names the address alone: the interface is the route's choice. */
static void keep_destination(struct proxy_udp *p, struct msghdr *msg)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO) {
			memcpy(&p->to4, CMSG_DATA(h), sizeof(p->to4));
			p->to4.ipi_spec_dst = p->to4.ipi_addr;
			p->to4.ipi_ifindex = 0;
		} else if (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_PKTINFO) {
			memcpy(&p->to6, CMSG_DATA(h), sizeof(p->to6));
			if (!IN6_IS_ADDR_LINKLOCAL(&p->to6.ipi6_addr))
				p->to6.ipi6_ifindex = 0;
		}
	}
}

static ssize_t receive(const struct held *held, struct proxy_udp *ret)
{
	union control control;
	struct iovec iov = { .iov_base = datagram, .iov_len = sizeof(datagram) };
	struct msghdr msg = { .msg_name = &ret->client,
			      .msg_namelen = sizeof(ret->client),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(held->fd, &msg, MSG_DONTWAIT);

	if (n >= 0) {
		ret->client_len = msg.msg_namelen;
		keep_destination(ret, &msg);
	}
	return n;
}

void proxy_udp_receive(struct held *held)
{
	struct proxy_udp *p;
	ssize_t n;

	for (int i = 0; i < BATCH; i++) {
		struct proxy_udp from = { .fd = -1 };

		n = receive(held, &from);
		if (n < 0)
			return;
		p = find(held, &from);
		if (!p)
			p = add(held, &from);
		if (!p)
			continue; /* full, or nobody to send to: lost, as datagrams may be */
		p->used_ns = time_monotonic_ns();
		(void)send(p->fd, datagram, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

void proxy_udp_close(struct held_set *set, const struct held *held)
{
	struct proxy_udp *p, *next;

	for (p = set->udp; p; p = next) {
		next = p->next;
		if (p->held == held)
			proxy_free(set, p);
	}
}
