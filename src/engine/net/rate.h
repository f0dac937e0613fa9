#ifndef X_RATE
#define X_RATE
#include "linux/netlink.h"
struct net_rate {
	uint64_t rate;
	uint32_t burst;
};
int rate_apply(struct nl *rtnl, const char *host_link, uint32_t index, const struct net_rate *rate,
	       struct err *err);
int rate_remove(struct nl *rtnl, const char *host_link, struct err *err);
#endif
