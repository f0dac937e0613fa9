/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

bool ip_parse(const char *text, struct ip *ret)
{
	struct ip ip = { 0 };

	if (inet_pton(AF_INET, text, ip.bytes) == 1)
		ip.len = 4;
	else if (inet_pton(AF_INET6, text, ip.bytes) == 1)
		ip.len = 16;
	else
		return false;
	*ret = ip;
	return true;
}

char *ip_format(const struct ip *ip, char out[IP_TEXT])
{
	if (!ip_is_set(ip) || !inet_ntop(ip_family(ip), ip->bytes, out, IP_TEXT))
		*out = '\0';
	return out;
}

bool ip_prefix_parse(const char *text, struct ip_prefix *ret)
{
	const char *slash = strchr(text, '/');
	char address[IP_TEXT];
	struct ip_prefix p;
	uint64_t bits;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (!ip_parse(address, &p.ip))
		return false;
	/* one spelling only: "/08" would be read as octal elsewhere */
	if (slash[1] == '0' && slash[2])
		return false;
	if (str_to_u64(slash + 1, p.ip.len * 8, "prefix", &bits, NULL) < 0)
		return false;
	p.bits = (uint8_t)bits;
	*ret = p;
	return true;
}

char *ip_prefix_format(const struct ip_prefix *prefix, char out[IP_PREFIX_TEXT])
{
	char address[IP_TEXT];

	if (ip_is_set(&prefix->ip))
		snprintf(out, IP_PREFIX_TEXT, "%s/%u", ip_format(&prefix->ip, address),
			 prefix->bits);
	else
		*out = '\0';
	return out;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

int ip_compare(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, a->len);
}

bool ip_add(const struct ip *ip, uint64_t n, struct ip *ret)
{
	struct ip sum = *ip;
	int i;

	for (i = ip->len - 1; i >= 0 && n; i--) {
		n += sum.bytes[i];
		sum.bytes[i] = (uint8_t)n;
		n >>= 8;
	}
	if (n)
		return false;
	*ret = sum;
	return true;
}

/* The mask of byte `at`: its bits that belong to the prefix. */
static uint8_t mask_at(unsigned bits, unsigned at)
{
	if (bits >= (at + 1) * 8)
		return 0xff;
	return bits <= at * 8 ? 0 : (uint8_t)(0xff << (8 - (bits - at * 8)));
}

struct ip ip_first(const struct ip_prefix *prefix)
{
	struct ip ip = prefix->ip;

	for (unsigned i = 0; i < ip.len; i++)
		ip.bytes[i] &= mask_at(prefix->bits, i);
	return ip;
}

struct ip ip_last(const struct ip_prefix *prefix)
{
	struct ip ip = prefix->ip;

	for (unsigned i = 0; i < ip.len; i++)
		ip.bytes[i] |= (uint8_t)~mask_at(prefix->bits, i);
	return ip;
}

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip *ip)
{
	if (prefix->ip.len != ip->len)
		return false;
	for (unsigned i = 0; i < ip->len; i++)
		if ((prefix->ip.bytes[i] ^ ip->bytes[i]) & mask_at(prefix->bits, i))
			return false;
	return true;
}

bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->bits <= b->bits ? ip_prefix_contains(a, &b->ip) : ip_prefix_contains(b, &a->ip);
}

bool ip_prefix_within(const struct ip_prefix *inner, const struct ip_prefix *outer)
{
	return inner->bits >= outer->bits && ip_prefix_contains(outer, &inner->ip);
}

bool ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip->len == 4 ? ip->bytes[0] == 127
			    : ip->len == 16 && memcmp(ip->bytes, one, sizeof(one)) == 0;
}

bool ip_is_any(const struct ip *ip)
{
	static const uint8_t zero[16];

	return ip_is_set(ip) && memcmp(ip->bytes, zero, ip->len) == 0;
}

socklen_t ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	if (ip->len == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip->bytes, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, ip->bytes, 16);
	return sizeof(*v6);
}

bool ip_of_sockaddr(const struct sockaddr_storage *from, struct ip *ret, uint16_t *ret_port)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;

	*ret = (struct ip){ 0 };
	if (from->ss_family == AF_INET) {
		ret->len = 4;
		memcpy(ret->bytes, &v4->sin_addr, 4);
		*ret_port = ntohs(v4->sin_port);
	} else if (from->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		ret->len = 4;
		memcpy(ret->bytes, v6->sin6_addr.s6_addr + 12, 4);
		*ret_port = ntohs(v6->sin6_port);
	} else if (from->ss_family == AF_INET6) {
		ret->len = 16;
		memcpy(ret->bytes, &v6->sin6_addr, 16);
		*ret_port = ntohs(v6->sin6_port);
	} else {
		return false;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool mac_parse(const char *text, uint8_t ret[MAC_LEN])
{
	uint8_t mac[MAC_LEN];

	if (strlen(text) != MAC_TEXT - 1)
		return false;
	for (unsigned i = 0; i < MAC_LEN; i++) {
		int high = hex_digit(text[i * 3]), low = hex_digit(text[i * 3 + 1]);
		char behind = text[i * 3 + 2];

		if (high < 0 || low < 0)
			return false;
		if (i < MAC_LEN - 1 && behind != ':' && behind != '-')
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	if (mac[0] & 1)
		return false;
	memcpy(ret, mac, MAC_LEN);
	return true;
}

char *mac_format(const uint8_t mac[MAC_LEN], char out[MAC_TEXT])
{
	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return out;
}
