/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/rate.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/container/member.h"
#include "linux/rtnl.h"
#include "linux/tc.h"

#define RATE_MAX INT64_C(1000000000000) /* a terabit */

enum { RATE_MIN = 8000, BURST_MIN = 16 << 10, BURST_MAX = 1 << 30 };

int rate_read(const json_t *host, struct net_rate *ret, struct err *err)
{
	const json_t *wanted = json_object_get(host, "NetRate");
	int64_t rate = member_int(wanted, "Rate"), burst = member_int(wanted, "Burst");

	*ret = (struct net_rate){ 0 };
	if (!json_is_object(wanted) || (rate == 0 && burst == 0))
		return 0;
	if (rate < RATE_MIN || rate > RATE_MAX)
		return err_invalid(err,
				   "network rate %lld bit/s: from 8 kbit to 1 tbit are possible",
				   (long long)rate);
	if (burst == 0)
		burst = rate / 8 / 100 > BURST_MIN ? rate / 8 / 100 : BURST_MIN;
	/* a packet that is larger than the bucket never passes */
	if (burst < 2048 || burst > BURST_MAX)
		return err_invalid(err,
				   "network burst %lld bytes: from 2 KiB to 1 GiB are possible",
				   (long long)burst);
	*ret = (struct net_rate){ .rate = (uint64_t)rate / 8, .burst = (uint32_t)burst };
	return 0;
}

/* "veth1a2b3c4d" has "ifb1a2b3c4d". */
static void ifb_name(const char *host_link, char ret[IFNAMSIZ])
{
	snprintf(ret, IFNAMSIZ, "ifb%s", host_link + strlen("veth"));
}

int rate_apply(struct nl *host, const char *host_link, const char *alias,
	       const struct net_rate *rate, struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	uint32_t veth, ifb;
	char name[IFNAMSIZ];
	int r = rtnl_index(host, host_link, &veth, err);

	if (r < 0)
		return r;
	ifb_name(host_link, name);
	rtnl_add_ifb(&batch, name);
	rtnl_set_alias(&batch, name, alias);
	r = nl_send(host, &batch, err);
	if (r == 0)
		r = rtnl_index(host, name, &ifb, err);
	if (r < 0)
		return r;
	tc_put_bucket(&batch, veth, rate->rate, rate->burst, host_link);
	tc_put_bucket(&batch, ifb, rate->rate, rate->burst, name);
	tc_put_redirect(&batch, veth, ifb, host_link);
	return nl_send(host, &batch, err);
}

int rate_remove(struct nl *host, const char *host_link, struct err *err)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	char name[IFNAMSIZ];
	struct err why = { 0 };
	int r;

	ifb_name(host_link, name);
	rtnl_delete(&batch, name);
	r = nl_send(host, &batch, &why);
	if (r < 0 && r != -ENODEV && err)
		*err = why;
	return r == -ENODEV ? 0 : r;
}
