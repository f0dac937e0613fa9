/* SPDX-License-Identifier: Apache-2.0 */
/* Network namespaces by descriptor: the calling thread visits one and is back when the call
 * returns.
 */
#ifndef CORACLE_LINUX_NETNS_H
#define CORACLE_LINUX_NETNS_H

#include "linux/netlink.h"

/* A new one, with a NETLINK_ROUTE socket in it. Nothing is mounted: it lives as long as the
 * descriptors. */
int netns_make(int *ret_fd, struct nl *ret_rtnl, struct err *err);

/* A socket (socket(2)'s arguments; SOCK_CLOEXEC is added) of the namespace `netns_fd`. */
int netns_socket(int netns_fd, int domain, int type, int protocol, int *ret_fd, struct err *err);
int netns_rtnl(int netns_fd, struct nl *ret, struct err *err);

#endif
