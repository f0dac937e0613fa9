/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/tc.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <sys/socket.h>

enum { WAIT_MS = 50, ROOT_HANDLE = 0x10000, INGRESS_HANDLE = 0xffff0000, PRIORITY = 1 };

void tc_put_bucket(struct nl_batch *batch, uint32_t index, uint64_t rate, uint32_t burst,
		   const char *what)
{
	struct tcmsg header = { .tcm_family = AF_UNSPEC,
				.tcm_ifindex = (int)index,
				.tcm_handle = ROOT_HANDLE,
				.tcm_parent = TC_H_ROOT };
	uint64_t limit = burst + rate * WAIT_MS / 1000;
	/* a link layer that is known needs no table of transmission times */
	struct tc_tbf_qopt options = {
		.rate = { .linklayer = TC_LINKLAYER_ETHERNET,
			  .rate = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate },
		.limit = limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit,
	};
	size_t nest;

	nl_begin(batch, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header),
		 "limit the rate of link %s", what);
	nl_put_str(batch, TCA_KIND, "tbf");
	nest = nl_nest(batch, TCA_OPTIONS);
	nl_put(batch, TCA_TBF_PARMS, &options, sizeof(options));
	nl_put_u32(batch, TCA_TBF_BURST, burst);
	nl_put_u64(batch, TCA_TBF_RATE64, rate);
	nl_nest_end(batch, nest);
}

/* One key that compares nothing: every packet matches. */
static void put_filter(struct nl_batch *batch, uint32_t from, uint32_t to, const char *what)
{
	struct tcmsg header = { .tcm_family = AF_UNSPEC,
				.tcm_ifindex = (int)from,
				.tcm_parent = INGRESS_HANDLE,
				.tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_ALL)) };
	struct {
		struct tc_u32_sel selector;
		struct tc_u32_key key;
	} match = { .selector = { .flags = TC_U32_TERMINAL, .nkeys = 1 } };
	struct tc_mirred mirred = { .action = TC_ACT_STOLEN,
				    .eaction = TCA_EGRESS_REDIR,
				    .ifindex = to };
	size_t options, actions, action, parameters;

	nl_begin(batch, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header),
		 "redirect what comes in by link %s", what);
	nl_put_str(batch, TCA_KIND, "u32");
	options = nl_nest(batch, TCA_OPTIONS);
	nl_put(batch, TCA_U32_SEL, &match, sizeof(match));
	actions = nl_nest(batch, TCA_U32_ACT);
	action = nl_nest(batch, 1);
	nl_put_str(batch, TCA_ACT_KIND, "mirred");
	parameters = nl_nest(batch, NLA_F_NESTED | TCA_ACT_OPTIONS);
	nl_put(batch, TCA_MIRRED_PARMS, &mirred, sizeof(mirred));
	nl_nest_end(batch, parameters);
	nl_nest_end(batch, action);
	nl_nest_end(batch, actions);
	nl_nest_end(batch, options);
}

void tc_put_redirect(struct nl_batch *batch, uint32_t from, uint32_t to, const char *what)
{
	struct tcmsg header = { .tcm_family = AF_UNSPEC,
				.tcm_ifindex = (int)from,
				.tcm_handle = INGRESS_HANDLE,
				.tcm_parent = TC_H_INGRESS };

	nl_begin(batch, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header),
		 "watch what comes in by link %s", what);
	nl_put_str(batch, TCA_KIND, "ingress");
	put_filter(batch, from, to, what);
}
