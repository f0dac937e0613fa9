/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define OWN "/proc/thread-self/ns/net"

static int open_own(int *ret, struct err *err)
{
	*ret = open(OWN, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? err_sys(err, errno, "open %s", OWN) : 0;
}

/* Everything that follows would happen in the wrong network. */
static void go_back(int home)
{
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
}

int netns_make(int *ret_fd, struct nl *ret_rtnl, struct err *err)
{
	int home cleanup_fd = -1, made cleanup_fd = -1, r;
	struct nl rtnl = NL_NONE;

	r = open_own(&home, err);
	if (r < 0)
		return r;
	if (unshare(CLONE_NEWNET) < 0)
		return err_sys(err, errno, "make a network namespace");
	r = open_own(&made, err);
	if (r == 0)
		r = nl_open(NETLINK_ROUTE, &rtnl, err);
	go_back(home);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&made);
	*ret_rtnl = rtnl;
	return 0;
}

static int visit(int netns_fd, int *ret_home, struct err *err)
{
	int home cleanup_fd = -1, r = open_own(&home, err);

	if (r < 0)
		return r;
	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return err_sys(err, errno, "enter the network namespace");
	*ret_home = take_fd(&home);
	return 0;
}

int netns_socket(int netns_fd, int domain, int type, int protocol, int *ret_fd, struct err *err)
{
	int home cleanup_fd = -1, fd, saved, r = visit(netns_fd, &home, err);

	if (r < 0)
		return r;
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	saved = errno;
	go_back(home);
	if (fd < 0)
		return err_sys(err, saved, "socket in the network namespace");
	*ret_fd = fd;
	return 0;
}

int netns_rtnl(int netns_fd, struct nl *ret, struct err *err)
{
	int fd, r = netns_socket(netns_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &fd, err);

	if (r == 0)
		*ret = nl_take(fd);
	return r;
}
