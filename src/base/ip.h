/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 and IPv6 addresses and prefixes as numbers of 4 or 16 bytes, most significant first. */
#ifndef CORACLE_BASE_IP_H
#define CORACLE_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

struct ip {
	uint8_t len; /* 0: none; 4; 16 */
	uint8_t bytes[16];
};

struct ip_prefix {
	struct ip ip; /* with the bits behind the prefix as they were given */
	uint8_t bits;
};

enum { IP_TEXT = 46, IP_PREFIX_TEXT = 50, MAC_LEN = 6, MAC_TEXT = 18 };

static inline bool ip_is_set(const struct ip *ip)
{
	return ip->len != 0;
}
/* AF_INET or AF_INET6. */
static inline int ip_family(const struct ip *ip)
{
	return ip->len == 4 ? AF_INET : AF_INET6;
}

/* Text as inet_pton(3) takes it; false else, and *ret is untouched. An IPv6 zone is refused. */
bool ip_parse(const char *text, struct ip *ret);
/* As inet_ntop(3) writes it; "" for none. Returns `out`. */
char *ip_format(const struct ip *ip, char out[IP_TEXT]);

/* "10.0.0.0/8": an address, a slash, 0 to 32 or 128. */
bool ip_prefix_parse(const char *text, struct ip_prefix *ret);
char *ip_prefix_format(const struct ip_prefix *prefix, char out[IP_PREFIX_TEXT]);

bool ip_equal(const struct ip *a, const struct ip *b);
/* Like memcmp, of one family. */
int ip_compare(const struct ip *a, const struct ip *b);
/* ip + n; false where the number would not fit. */
bool ip_add(const struct ip *ip, uint64_t n, struct ip *ret);

/* The lowest and the highest address of a prefix (network and broadcast address of IPv4). */
struct ip ip_first(const struct ip_prefix *prefix);
struct ip ip_last(const struct ip_prefix *prefix);
/* False for another family. */
bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip *ip);
bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b);
/* Whether `inner` lies in `outer` as a whole. */
bool ip_prefix_within(const struct ip_prefix *inner, const struct ip_prefix *outer);

bool ip_is_loopback(const struct ip *ip);
/* 0.0.0.0 or ::. */
bool ip_is_any(const struct ip *ip);

/* A socket address; returns its length. */
socklen_t ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *ret);
/* The address of a socket address; an IPv4-mapped IPv6 one becomes IPv4. */
bool ip_of_sockaddr(const struct sockaddr_storage *from, struct ip *ret, uint16_t *ret_port);

/* "02:42:ac:11:00:02", either case, ':' or '-' between; a multicast address is refused. */
bool mac_parse(const char *text, uint8_t ret[MAC_LEN]);
char *mac_format(const uint8_t mac[MAC_LEN], char out[MAC_TEXT]);

#endif
