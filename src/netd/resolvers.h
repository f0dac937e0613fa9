/* SPDX-License-Identifier: Apache-2.0 */
/* The host's resolvers: the nameserver lines of /etc/resolv.conf (resolv.conf(5)). */
#ifndef CORACLE_NETD_RESOLVERS_H
#define CORACLE_NETD_RESOLVERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { RESOLVERS_MAX = 8 };

struct resolver {
	struct sockaddr_storage address; /* with port 53 */
	socklen_t len;
};

struct resolver_list {
	struct resolver items[RESOLVERS_MAX];
	size_t count;
};

/* Adds a server ("10.0.0.1", "fe80::1%eth0"); what is no address, or one too many, is left out. */
void resolver_add(struct resolver_list *list, const char *text);
/* Of a file's text; without any the machine itself, as in libc. */
void resolvers_parse(const char *text, struct resolver_list *ret);

/*
 * The file is looked at (stat, a microsecond) before each use, in place of being watched: it is
 * often a chain of links into directories that are made and replaced, each of which would have to
 * be watched, and whose events may come after the question that needed them.
 */
struct resolvers {
	const char *path;
	struct stat seen; /* of the file when it was read; st_ino 0: not yet */
	int64_t read_ns;  /* CLOCK_REALTIME */
	struct resolver_list list;
};
const struct resolver_list *resolvers_get(struct resolvers *resolvers);

#endif
