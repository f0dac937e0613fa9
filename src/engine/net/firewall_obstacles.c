/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of others that stand in the packets' way. */
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/net/firewall.h"
#include "linux/nftables.h"

struct look {
	const char *own;
	json_t *found;
};

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	default:
		return NULL;
	}
}

static const char *hook_name(uint32_t hook)
{
	return hook == NF_INET_LOCAL_IN ? "input" : hook == NF_INET_FORWARD ? "forward" : NULL;
}

static int take_chain(void *arg, const struct nlmsghdr *message)
{
	const struct nlattr *chain[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];
	const struct nfgenmsg *header = NLMSG_DATA(message);
	const char *family = family_name(header->nfgen_family), *table, *name, *where;
	uint32_t policy, rules;
	struct look *look = arg;

	nl_parse(message, sizeof(*header), chain, NFTA_CHAIN_MAX);
	table = nl_get_str(chain[NFTA_CHAIN_TABLE]);
	name = nl_get_str(chain[NFTA_CHAIN_NAME]);
	if (!family || !table || !name || !chain[NFTA_CHAIN_HOOK] || str_eq(table, look->own))
		return 0;
	nl_parse_nested(chain[NFTA_CHAIN_HOOK], hook, NFTA_HOOK_MAX);
	where = hook_name(nl_get_be32(hook[NFTA_HOOK_HOOKNUM]));
	policy = chain[NFTA_CHAIN_POLICY] ? nl_get_be32(chain[NFTA_CHAIN_POLICY]) : NF_ACCEPT;
	rules = nl_get_be32(chain[NFTA_CHAIN_USE]);
	if (!where || (policy == NF_ACCEPT && rules == 0))
		return 0;
	json_array_append_new(
	    look->found, json_pack("{ss ss ss ss ss si}", "Family", family, "Table", table, "Chain",
				   name, "Hook", where, "Policy",
				   policy == NF_DROP ? "drop" : "accept", "Rules", (int)rules));
	return 0;
}

int firewall_obstacles(struct engine *engine, json_t **ret, struct err *err)
{
	struct nfgenmsg header = { .nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0 };
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	json_t *found cleanup_json = json_array();
	struct look look = { firewall_table_name(engine), found };
	struct nl nl cleanup_nl = NL_NONE;
	int r;

	if (!found)
		return err_oom(err);
	r = nl_open(NETLINK_NETFILTER, &nl, err);
	if (r < 0)
		return r;
	nl_begin(&batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, NLM_F_DUMP, &header,
		 sizeof(header), "list the chains of the host");
	r = nl_ask(&nl, &batch, take_chain, &look, err);
	if (r == 0)
		*ret = take_ptr(&found);
	return r;
}
