/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/neighbour.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "linux/netns.h"

struct advertisement {
	struct nd_neighbor_advert header;
	struct nd_opt_hdr option;
	uint8_t mac[MAC_LEN];
} __attribute__((packed));

void neighbour_announce(int netns_fd, uint32_t index, const struct ip *ip,
			const uint8_t mac[MAC_LEN])
{
	struct sockaddr_in6 all = { .sin6_family = AF_INET6, .sin6_scope_id = index };
	struct advertisement a = {
		.header.nd_na_hdr.icmp6_type = ND_NEIGHBOR_ADVERT,
		.header.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.option = { .nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1 },
	};
	int sock cleanup_fd = -1, hops = 255, link = (int)index;

	if (netns_socket(netns_fd, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, &sock, NULL) < 0)
		return;
	memcpy(&a.header.nd_na_target, ip->bytes, sizeof(a.header.nd_na_target));
	memcpy(a.mac, mac, MAC_LEN);
	all.sin6_addr.s6_addr[0] = 0xff;
	all.sin6_addr.s6_addr[1] = 0x02;
	all.sin6_addr.s6_addr[15] = 1;
	/* neighbours drop what came through a router: fewer hops left than 255 */
	setsockopt(sock, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops));
	setsockopt(sock, IPPROTO_IPV6, IPV6_MULTICAST_IF, &link, sizeof(link));
	sendto(sock, &a, sizeof(a), MSG_DONTWAIT, (struct sockaddr *)&all, sizeof(all));
}
