/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, prefixes, names of networks, their subnets, and the pool: without the kernel. */
#include "support.h"

#include "base/json.h"
#include "base/str.h"
#include "engine/net/network_internal.h"

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	if (!ip_prefix_parse(text, &p))
		fail_msg("%s is no prefix", text);
	return p;
}

static struct ip address(const char *text)
{
	struct ip ip;

	if (!ip_parse(text, &ip))
		fail_msg("%s is no address", text);
	return ip;
}

static void expect_ip(const struct ip *ip, const char *text)
{
	char room[IP_TEXT];

	assert_string_equal(ip_format(ip, room), text);
}

static void test_parse(void **state)
{
	static const char *const bad_ips[] = { "",	   "1.2.3",	 "1.2.3.256", "1.2.3.4 ",
					       " 1.2.3.4", "fe80::1%lo", "::g",	      "1.2.3.4/8" };
	static const char *const bad_prefixes[] = { "10.0.0.0",	   "10.0.0.0/",	  "10.0.0.0/33",
						    "10.0.0.0/08", "10.0.0.0/-1", "fd00::/129",
						    "10.0.0.0/8 ", "/8",	  "10.0.0.0/8/8" };
	char room[IP_PREFIX_TEXT];
	struct ip_prefix p;
	struct ip ip;

	for (size_t i = 0; i < ARRAY_SIZE(bad_ips); i++)
		assert_false(ip_parse(bad_ips[i], &ip));
	for (size_t i = 0; i < ARRAY_SIZE(bad_prefixes); i++)
		assert_false(ip_prefix_parse(bad_prefixes[i], &p));
	p = prefix("10.1.2.3/8");
	ip = ip_first(&p);
	expect_ip(&ip, "10.0.0.0");
	ip = ip_last(&p);
	expect_ip(&ip, "10.255.255.255");
	p = prefix("FD00:0::1/64");
	assert_string_equal(ip_prefix_format(&p, room), "fd00::1/64");
	ip = ip_last(&p);
	expect_ip(&ip, "fd00::ffff:ffff:ffff:ffff");
}

static void test_arithmetic(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlaps, within;
	} rows[] = {
		{ "10.0.0.0/8", "10.1.0.0/16", true, false },
		{ "10.1.0.0/16", "10.0.0.0/8", true, true },
		{ "10.1.0.0/16", "10.1.9.9/16", true, true },
		{ "10.1.0.0/16", "10.2.0.0/16", false, false },
		{ "0.0.0.0/0", "10.2.0.0/16", true, false },
		{ "fd00::/64", "fd00:0:0:1::/64", false, false },
		{ "::/0", "10.0.0.0/8", false, false },
	};
	struct ip ip = address("10.0.0.255"), edge = address("255.255.255.255");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ip_prefix a = prefix(rows[i].a), b = prefix(rows[i].b);

		assert_int_equal(ip_prefix_overlaps(&a, &b), rows[i].overlaps);
		assert_int_equal(ip_prefix_overlaps(&b, &a), rows[i].overlaps);
		assert_int_equal(ip_prefix_within(&a, &b), rows[i].within);
	}
	assert_true(ip_add(&ip, 1, &ip));
	expect_ip(&ip, "10.0.1.0");
	assert_false(ip_add(&edge, 1, &ip));
	ip = address("::ffff:ffff:ffff:ffff");
	assert_true(ip_add(&ip, 1, &ip));
	expect_ip(&ip, "0:0:0:1::");
}

static void test_macs(void **state)
{
	static const char *const bad[] = { "",
					   "02:42:ac:11:00",
					   "02:42:ac:11:00:02:03",
					   "02:42:ac:11:00:0g",
					   "01:00:00:00:00:01",
					   "0242ac110002",
					   "02:42:ac:11:00:02 " };
	uint8_t mac[MAC_LEN];
	char room[MAC_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(mac_parse(bad[i], mac));
	assert_true(mac_parse("02-42-AC-11-00-02", mac));
	assert_string_equal(mac_format(mac, room), "02:42:ac:11:00:02");
}

static void test_names(void **state)
{
	static const char *const bad[] = { "",	  "-x", ".x",	"a b",	"a/b",	   "a\nb",
					   "a:b", "é",	"Host", "none", "default", "container" };
	struct err err;
	char name[257];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(network_name_check(bad[i], &err) < 0);
	assert_ok(network_name_check("front_1.a-b", &err), &err);
	memset(name, 'a', 256);
	name[256] = '\0';
	assert_true(network_name_check(name, &err) < 0);
	assert_ok(network_name_check(name + 1, &err), &err);
}

/* --- subnets ---------------------------------------------------------------------------------- */

static int parse(const char *config, struct network_subnet *v4, struct network_subnet *v6,
		 struct err *err)
{
	char *text cleanup_free = str_printf("{\"Config\":[%s]}", config);
	json_t *ipam cleanup_json = json_loads(text, 0, NULL);
	int r;

	assert_non_null(ipam);
	r = network_ipam_parse(ipam, v4, v6, err);
	if (r == 0)
		r = network_ipam_complete(v4, err);
	return r == 0 ? network_ipam_complete(v6, err) : r;
}

static void test_ipam(void **state)
{
	struct network_subnet v4 cleanup_network_subnet = { 0 };
	struct network_subnet v6 cleanup_network_subnet = { 0 };
	struct err err;

	assert_ok(parse("{\"Subnet\":\"10.7.0.0/24\",\"AuxiliaryAddresses\":{\"a\":\"10.7.0.1\"}},"
			"{\"Subnet\":\"fd00:7::/64\",\"Gateway\":\"fd00:7::99\"}",
			&v4, &v6, &err),
		  &err);
	/* the lowest that nobody wants */
	expect_ip(&v4.gateway, "10.7.0.2");
	assert_int_equal(v4.range.bits, 24);
	expect_ip(&v6.gateway, "fd00:7::99");
}

static void test_ipam_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"Gateway\":\"10.0.0.1\"}",
		  "a range, a gateway or an auxiliary address needs a subnet given with it" },
		{ "{\"Subnet\":\"10.0.0.0/24\",\"Gateway\":\"10.0.1.1\"}",
		  "gateway 10.0.1.1 is outside the subnet 10.0.0.0/24" },
		{ "{\"Subnet\":\"10.0.0.0/24\",\"Gateway\":\"10.0.0.255\"}",
		  "gateway 10.0.0.255 is the network's or the broadcast address of 10.0.0.0/24" },
		{ "{\"Subnet\":\"10.0.0.0/24\",\"IPRange\":\"10.0.0.0/23\"}",
		  "IP range 10.0.0.0/23 is outside the subnet 10.0.0.0/24" },
		{ "{\"Subnet\":\"127.0.0.0/24\"}",
		  "subnet 127.0.0.0/24 cannot be used for containers" },
		{ "{\"Subnet\":\"0.0.0.0/0\"}", "subnet 0.0.0.0/0 cannot be used for containers" },
		{ "{\"Subnet\":\"224.0.0.0/8\"}",
		  "subnet 224.0.0.0/8 cannot be used for containers" },
		{ "{\"Subnet\":\"fe80::/64\"}", "subnet fe80::/64 cannot be used for containers" },
		{ "{\"Subnet\":\"10.0.0.0/24\"},{\"Subnet\":\"10.1.0.0/24\"}",
		  "more than one IPv4 subnet: a network has one of each family at most" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct network_subnet v4 cleanup_network_subnet = { 0 };
		struct network_subnet v6 cleanup_network_subnet = { 0 };
		struct err err;

		assert_true(parse(rows[i][0], &v4, &v6, &err) < 0);
		assert_string_equal(err.text, rows[i][1]);
	}
}

static void test_pool(void **state)
{
	struct taken taken cleanup_taken = { 0 };
	struct ip_prefix p = prefix("172.17.200.0/24");
	char room[IP_PREFIX_TEXT];
	struct err err;
	int picked = 0;

	/* a part of it in use is enough */
	assert_ok(taken_add(&taken, &p, NULL, &err), &err);
	assert_ok(network_pool_pick4(&taken, &p, &err), &err);
	assert_string_equal(ip_prefix_format(&p, room), "172.18.0.0/16");
	while (network_pool_pick4(&taken, &p, &err) == 0) {
		assert_null(taken_find(&taken, &p));
		assert_ok(taken_add(&taken, &p, "n", &err), &err);
		assert_true(++picked < 100);
	}
	/* 172.18 to 172.31, and 192.168 in parts of /20 */
	assert_int_equal(picked, 14 + 16);
	assert_int_equal(err.class, ERR_CONFLICT);
	assert_true(str_starts(err.text, "no subnet is left in the pool"));
	p = prefix("fd00::/8");
	assert_ok(network_pool_pick6(&taken, &p, &err), &err);
	assert_int_equal(p.bits, 64);
	assert_int_equal(p.ip.bytes[0], 0xfd);
	p = prefix("fd00::/8");
	assert_ok(taken_add(&taken, &p, NULL, &err), &err);
	assert_true(network_pool_pick6(&taken, &p, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse), cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_macs),  cmocka_unit_test(test_names),
		cmocka_unit_test(test_ipam),  cmocka_unit_test(test_ipam_refused),
		cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
