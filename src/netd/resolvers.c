/* SPDX-License-Identifier: Apache-2.0 */
#include "netd/resolvers.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/ip.h"
#include "base/time.h"

enum {
	FILE_MAX = 64 << 10,
	DNS_PORT = 53,
	/* File times move in steps of up to 10 ms: one written that shortly before it was read may
	 * have been written again with the same time. */
	SETTLED_NS = 100000000,
};

void resolver_add(struct resolver_list *list, const char *text)
{
	char copy[IP_TEXT + IF_NAMESIZE + 1], *zone;
	struct resolver *r = &list->items[list->count];
	struct ip ip;

	if (list->count == RESOLVERS_MAX || strlen(text) >= sizeof(copy))
		return;
	strcpy(copy, text);
	zone = strchr(copy, '%');
	if (zone)
		*zone++ = '\0';
	if (!ip_parse(copy, &ip))
		return;
	r->len = ip_sockaddr(&ip, DNS_PORT, &r->address);
	if (zone && ip.len == 16)
		((struct sockaddr_in6 *)&r->address)->sin6_scope_id = if_nametoindex(zone);
	list->count++;
}

void resolvers_parse(const char *text, struct resolver_list *ret)
{
	static const char word[] = "nameserver";
	char line[256], *address, *rest;
	size_t len;

	*ret = (struct resolver_list){ 0 };
	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len >= sizeof(line) || len < sizeof(word) ||
		    strncmp(text, word, sizeof(word) - 1) != 0)
			continue;
		memcpy(line, text, len);
		line[len] = '\0';
		address = line + sizeof(word) - 1;
		if (*address != ' ' && *address != '\t')
			continue;
		address = strtok_r(address, " \t\r", &rest);
		if (address)
			resolver_add(ret, address);
	}
	if (ret->count == 0)
		resolver_add(ret, "127.0.0.1");
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool has_settled(const struct resolvers *r)
{
	int64_t changed = r->seen.st_ctim.tv_sec * INT64_C(1000000000) + r->seen.st_ctim.tv_nsec;

	return r->read_ns - changed > SETTLED_NS;
}

/* Links are followed: it is the host's own file, and commonly is one. */
static int read_it(const char *path, struct buf *text, struct stat *ret)
{
	int fd cleanup_fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, ret) < 0)
		return -errno;
	return S_ISREG(ret->st_mode) ? fd_read_all(fd, text) : -EINVAL;
}

const struct resolver_list *resolvers_get(struct resolvers *r)
{
	struct buf text cleanup_buf = BUF_INIT(FILE_MAX);
	struct stat now = { 0 };

	if (stat(r->path, &now) == 0 && same_file(&now, &r->seen) && has_settled(r))
		return &r->list;
	r->read_ns = time_now_ns();
	if (read_it(r->path, &text, &now) == 0) {
		r->seen = now;
		resolvers_parse(buf_str(&text), &r->list);
	} else if (r->list.count == 0) {
		/* one that is being replaced leaves the list as it was */
		resolvers_parse("", &r->list);
	}
	return &r->list;
}
