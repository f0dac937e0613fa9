#ifndef X_HR
#define X_HR
#include "base/ip.h"
int host_overlaps(const struct ip_prefix *prefix, const char *own_link, struct ip_prefix *ret_found,
		  struct err *err);
#endif
