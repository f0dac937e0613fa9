/* SPDX-License-Identifier: Apache-2.0 */
/* Subnets for networks whose maker named none. */
#include <errno.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "engine/net/network_internal.h"

/* Docker's, in its order. */
static const struct {
	uint8_t start[4];
	unsigned count, bits;
} pools[] = {
	{ { 172, 17, 0, 0 }, 15, 16 },
	{ { 192, 168, 0, 0 }, 16, 20 },
};

enum { ATTEMPTS6 = 64 };

int network_pool_pick4(const struct taken *taken, struct ip_prefix *ret, struct err *err)
{
	size_t pool;
	unsigned i;

	for (pool = 0; pool < ARRAY_SIZE(pools); pool++) {
		struct ip_prefix p = { .ip.len = 4, .bits = (uint8_t)pools[pool].bits };
		uint64_t step = 1ull << (32 - pools[pool].bits);

		__builtin_memcpy(p.ip.bytes, pools[pool].start, 4);
		for (i = 0; i < pools[pool].count; i++) {
			if (!taken_find(taken, &p)) {
				*ret = p;
				return 0;
			}
			if (!ip_add(&p.ip, step, &p.ip))
				break;
		}
	}
	return err_set(err, ERR_CONFLICT, ENOSPC,
		       "no subnet is left in the pool: 172.17.0.0/16 to 172.31.0.0/16 and "
		       "192.168.0.0/16 overlap with networks or routes of this host; name one "
		       "with --subnet");
}

/* A unique local prefix (RFC 4193): fd, then random bits, so that two hosts that are joined later
 * do not collide. */
int network_pool_pick6(const struct taken *taken, struct ip_prefix *ret, struct err *err)
{
	int i;

	for (i = 0; i < ATTEMPTS6; i++) {
		struct ip_prefix p = { .ip = { .len = 16, .bytes = { 0xfd } }, .bits = 64 };

		if (getrandom(&p.ip.bytes[1], 7, 0) != 7)
			return err_sys(err, EIO, "getrandom");
		if (taken_find(taken, &p))
			continue;
		*ret = p;
		return 0;
	}
	return err_set(err, ERR_CONFLICT, ENOSPC,
		       "no IPv6 subnet is left in fd00::/8: routes of this host cover it; name "
		       "one with --subnet");
}
