/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, links and rules: in a network namespace of the test's own. */
#include "support.h"

#include <linux/rtnetlink.h>
#include <sched.h>

#include "base/str.h"
#include "linux/netlink.h"
#include "linux/netns.h"
#include "linux/nftables.h"
#include "linux/rtnl.h"

static int setup(void **state)
{
	struct nl *nl = calloc(1, sizeof(*nl));

	*state = nl;
	*nl = NL_NONE;
	if (!is_privileged())
		return 0;
	return unshare(CLONE_NEWNET) < 0 ? -1 : nl_open(NETLINK_ROUTE, nl, NULL);
}

static int teardown(void **state)
{
	nl_close(*state);
	free(*state);
	return 0;
}

/* CVE-2021-43784: a length that does not fit 16 bits must not become another. */
static void an_attribute_does_not_wrap(void **state)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	char *large cleanup_free = calloc(1, 70000);
	struct ifinfomsg header = { 0 };
	struct nl nl = NL_NONE;
	struct err err;

	nl_begin(&batch, RTM_NEWLINK, 0, &header, sizeof(header), "too much");
	nl_put(&batch, IFLA_IFALIAS, large, 70000);
	nl_put_u32(&batch, IFLA_MTU, 1500);
	assert_int_equal(nl_send(&nl, &batch, &err), -E2BIG);
	assert_string_equal(err.text, "too much: the request is too large for netlink");
	/* the same in a nest of many small ones */
	nl_begin(&batch, RTM_NEWLINK, 0, &header, sizeof(header), "too many");
	size_t nest = nl_nest(&batch, IFLA_AF_SPEC);
	for (int i = 0; i < 9000; i++)
		nl_put_u32(&batch, 1, 1);
	nl_nest_end(&batch, nest);
	assert_int_equal(nl_send(&nl, &batch, &err), -E2BIG);
}

static void foreign_lengths_are_not_believed(void **state)
{
	const struct nlattr *table[IFLA_MAX + 1];
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct nlattr first, second;
		char room[8];
	} m = { .header = { .nlmsg_len = sizeof(m) },
		.first = { .nla_len = 4, .nla_type = IFLA_IFNAME },
		.second = { .nla_len = 4000, .nla_type = IFLA_MTU } };

	nl_parse(&m.header, sizeof(m.info), table, IFLA_MAX);
	assert_non_null(table[IFLA_IFNAME]);
	assert_null(nl_get_str(table[IFLA_IFNAME])); /* no NUL in it */
	assert_null(table[IFLA_MTU]);
	m.first.nla_len = 0;
	nl_parse(&m.header, sizeof(m.info), table, IFLA_MAX);
	assert_null(table[IFLA_IFNAME]);
	m.header.nlmsg_len = 4;
	nl_parse(&m.header, sizeof(m.info), table, IFLA_MAX);
	assert_null(table[IFLA_IFNAME]);
}

static void a_refusal_names_object_and_reason(void **state)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct ip_prefix p;
	struct err err;

	need_privileges();
	assert_true(ip_prefix_parse("10.0.0.1/24", &p));
	rtnl_add_address(&batch, 4711, &p, "eth7");
	assert_int_equal(nl_send(*state, &batch, &err), -ENODEV);
	assert_non_null(strstr(err.text, "give eth7 the address 10.0.0.1/24"));
	assert_non_null(strstr(err.text, "No such device"));
	/* of several messages the one that failed */
	rtnl_add_bridge(&batch, "br0", (const uint8_t[]){ 2, 0, 0, 0, 0, 1 }, 0);
	rtnl_add_bridge(&batch, "br0", (const uint8_t[]){ 2, 0, 0, 0, 0, 1 }, 0);
	rtnl_delete(&batch, "nowhere");
	assert_int_equal(nl_send(*state, &batch, &err), -EEXIST);
	assert_non_null(strstr(err.text, "make bridge br0"));
}

static void links_are_made_and_found(void **state)
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct nl inner cleanup_nl = NL_NONE;
	struct rtnl_link bridge, peer;
	int netns cleanup_fd = -1;
	struct err err;

	need_privileges();
	assert_int_equal(rtnl_get(*state, "br1", &bridge, &err), 0);
	rtnl_add_bridge(&batch, "br1", (const uint8_t[]){ 2, 0, 0, 0, 0, 1 }, 1400);
	rtnl_set_alias(&batch, "br1", "ours");
	assert_ok(nl_send(*state, &batch, &err), &err);
	assert_int_equal(rtnl_get(*state, "br1", &bridge, &err), 1);
	assert_string_equal(bridge.kind, "bridge");
	assert_string_equal(bridge.alias, "ours");
	assert_int_equal(bridge.mtu, 1400);
	assert_ok(netns_make(&netns, &inner, &err), &err);
	rtnl_add_veth(&batch, &(struct rtnl_veth){ .name = "veth7",
						   .master = bridge.index,
						   .isolated = true,
						   .hairpin = true,
						   .mtu = 1400,
						   .netns_fd = netns,
						   .peer = "eth0",
						   .peer_mac = (const uint8_t[MAC_LEN]){ 2, 7 } });
	assert_ok(nl_send(*state, &batch, &err), &err);
	assert_int_equal(rtnl_get(&inner, "eth0", &peer, &err), 1);
	assert_int_equal(peer.mac[1], 7);
	assert_int_equal(peer.mtu, 1400);
	/* the visitor is at home again */
	assert_int_equal(rtnl_get(*state, "eth0", &peer, &err), 0);
}

static void rules_are_all_or_nothing(void **state)
{
	struct nl nl cleanup_nl = NL_NONE;
	struct nft t cleanup_nft = { 0 };
	struct err err;

	need_real_kernel("NETLINK_NETFILTER");
	need_privileges();
	assert_ok(nl_open(NETLINK_NETFILTER, &nl, &err), &err);
	nft_begin(&t, "test");
	nft_add_table(&t);
	nft_rule(&t, "nowhere");
	nft_verdict(&t, NF_DROP);
	nft_rule_end(&t);
	assert_int_equal(nft_commit(&nl, &t, &err), -ENOENT);
	assert_non_null(strstr(err.text, "add rule inet test nowhere"));
	nft_begin(&t, "test");
	nft_delete_table(&t);
	assert_int_equal(nft_commit(&nl, &t, &err), -ENOENT);
	assert_non_null(strstr(err.text, "delete table inet test"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attribute_does_not_wrap),
		cmocka_unit_test(foreign_lengths_are_not_believed),
		cmocka_unit_test_setup_teardown(a_refusal_names_object_and_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(links_are_made_and_found, setup, teardown),
		cmocka_unit_test_setup_teardown(rules_are_all_or_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
