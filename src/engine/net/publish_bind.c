/* SPDX-License-Identifier: Apache-2.0 */
/* Holding numbers: sockets, and a look at who else has them. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "engine/net/publish.h"
#include "engine/net/publish_internal.h"
#include "linux/netlink.h"

enum { BACKLOG = 128, LISTENING = 1 << TCP_LISTEN, BOUND = 1 << TCP_CLOSE };

static int refuse(int proto, const struct ip *host, uint16_t port, struct err *err)
{
	char text[IP_TEXT];

	return err_set(err, ERR_CONFLICT, EADDRINUSE,
		       "port %u/%s on %s is in use by another program", port,
		       publish_proto_name(proto), ip_format(host, text));
}

static int make(int proto, const struct ip *host, struct err *err)
{
	int type = proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, on = 1;
	int fd = socket(ip_family(host), type | SOCK_CLOEXEC | SOCK_NONBLOCK, proto);

	if (fd < 0 && errno == EPROTONOSUPPORT)
		return err_set(err, ERR_UNSUPPORTED, EPROTONOSUPPORT, "this kernel has no %s",
			       publish_proto_name(proto));
	if (fd < 0)
		return err_sys(err, errno, "%s socket", publish_proto_name(proto));
	/* 0.0.0.0 and :: are published apart; and connections of a run before, in TIME_WAIT, are
	 * nobody's listener */
	if (host->len == 16)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (proto != IPPROTO_UDP)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd;
}

int publish_bind(int proto, const struct ip *host, uint16_t port, int *ret_fd, struct err *err)
{
	struct sockaddr_storage address;
	socklen_t len = ip_sockaddr(host, port, &address);
	int fd cleanup_fd = make(proto, host, err);
	char text[IP_TEXT];

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, len) == 0 &&
	    (proto == IPPROTO_UDP || listen(fd, BACKLOG) == 0)) {
		*ret_fd = take_fd(&fd);
		return 0;
	}
	if (errno == EADDRINUSE)
		return refuse(proto, host, port, err);
	if (errno == EADDRNOTAVAIL)
		return err_set(err, ERR_INVALID, EADDRNOTAVAIL,
			       "port %u/%s: %s is not an address of this host", port,
			       publish_proto_name(proto), ip_format(host, text));
	return err_sys(err, errno, "port %u/%s on %s", port, publish_proto_name(proto),
		       ip_format(host, text));
}

uint16_t publish_bound_port(int fd)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	uint16_t port = 0;
	struct ip ip;

	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0)
		ip_of_sockaddr(&address, &ip, &port);
	return port;
}

/* --- many ports: a look at the kernel's tables -------------------------------------------------
 */

struct search {
	const struct port_row *row;
	uint16_t found;
};

static int look(void *arg, const struct nlmsghdr *message)
{
	const struct inet_diag_msg *m = NLMSG_DATA(message);
	struct search *search = arg;
	struct ip ip = { .len = m->idiag_family == AF_INET ? 4 : 16 };
	uint16_t port;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return 0;
	memcpy(ip.bytes, m->id.idiag_src, ip.len);
	port = ntohs(m->id.idiag_sport);
	if (port < search->row->first || port > search->row->last || search->found)
		return 0;
	if (ip_equal(&ip, &search->row->host) || ip_is_any(&ip) || ip_is_any(&search->row->host))
		search->found = port;
	return 0;
}

int publish_look(const struct port_row *row, struct err *err)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = (uint8_t)ip_family(&row->host),
		.sdiag_protocol = (uint8_t)row->proto,
		.idiag_states = row->proto == IPPROTO_UDP ? BOUND : LISTENING,
	};
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct search search = { .row = row };
	struct nl nl cleanup_nl = NL_NONE;
	int r = nl_open(NETLINK_SOCK_DIAG, &nl, err);

	if (r < 0)
		return r;
	nl_begin(&batch, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, sizeof(request),
		 "list the sockets of the host");
	r = nl_ask(&nl, &batch, look, &search, err);
	if (r == -ENOENT) /* a kernel without such sockets: nobody has any */
		r = 0;
	if (r < 0 || !search.found)
		return r;
	return refuse(row->proto, &row->host, search.found, err);
}
