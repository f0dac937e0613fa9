/* SPDX-License-Identifier: Apache-2.0 */
/* Leases, names and ports in the store, and which addresses are given out. */
#include "support.h"

#include <netinet/in.h>

#include "base/json.h"
#include "base/str.h"
#include "engine/net/ipam.h"
#include "engine/store/containers.h"
#include "engine/store/networks.h"
#include "engine_root.h"

#define NET_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NET_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BOX_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define BOX_2 "2222222222222222222222222222222222222222222222222222222222222222"

struct fixture {
	char *dir;
	int fd;
	struct store *store;
};

static void add_network(struct store *store, const char *id, const char *name)
{
	struct network_row row = { .name = (char *)name,
				   .driver = (char *)"bridge",
				   .config = (char *)"{}" };
	struct err err;

	memcpy(row.id, id, sizeof(row.id));
	assert_ok(store_network_add(store, &row, &err), &err);
}

static void add_container(struct store *store, const char *id, const char *name)
{
	struct container_row row = { .name = (char *)name,
				     .image = (char *)"img",
				     .image_id = (char *)"",
				     .config = (char *)"{}" };
	struct err err;

	memcpy(row.id, id, sizeof(row.id));
	assert_ok(store_container_add(store, &row, &err), &err);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = temp_root();
	f->fd = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	if (store_open(f->fd, f->dir, &f->store, NULL) < 0)
		return -1;
	add_network(f->store, NET_A, "one");
	add_network(f->store, NET_B, "two");
	add_container(f->store, BOX_1, "first");
	add_container(f->store, BOX_2, "second");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	close(f->fd);
	remove_root(f->dir);
	free(f);
	return 0;
}

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text, &ip));
	return ip;
}

static int lease(struct store *store, const char *network, const char *container, const char *ip4,
		 struct err *err)
{
	struct lease_row row = { .mac = { 2 }, .link = "eth0" };

	memcpy(row.network, network, sizeof(row.network));
	memcpy(row.container, container, sizeof(row.container));
	row.ip4 = ip(ip4);
	return store_lease_add(store, &row, err);
}

static void an_address_is_one_containers(void **state)
{
	struct fixture *f = *state;
	struct lease_row row cleanup_with(lease_row_clear) = { 0 };
	struct ip wanted = ip("10.0.0.2");
	int64_t count;
	struct err err;

	assert_ok(lease(f->store, NET_A, BOX_1, "10.0.0.2", &err), &err);
	assert_int_equal(lease(f->store, NET_A, BOX_2, "10.0.0.2", &err), -EADDRINUSE);
	assert_int_equal(err.class, ERR_CONFLICT);
	assert_string_equal(err.text, "address 10.0.0.2 is in use on network aaaaaaaaaaaa");
	/* of another network it is another address */
	assert_ok(lease(f->store, NET_B, BOX_2, "10.0.0.2", &err), &err);
	assert_int_equal(store_lease_at(f->store, NET_A, &wanted, &row, &err), 1);
	assert_string_equal(row.container, BOX_1);
	assert_int_equal(store_network_remove(f->store, NET_A, &err), -EBUSY);
	assert_ok(store_network_release(f->store, BOX_1, &err), &err);
	assert_ok(store_lease_count(f->store, NET_A, &count, &err), &err);
	assert_int_equal(count, 0);
	assert_ok(store_network_remove(f->store, NET_A, &err), &err);
	/* a container's end takes its rows along */
	assert_ok(store_container_remove(f->store, BOX_2, &err), &err);
	assert_ok(store_lease_count(f->store, NULL, &count, &err), &err);
	assert_int_equal(count, 0);
}

static void names_are_found_by_who_asks(void **state)
{
	struct fixture *f = *state;
	struct lease_row *rows;
	char *name = NULL;
	struct ip at = ip("10.0.0.3");
	struct err err;
	size_t count;

	assert_ok(lease(f->store, NET_A, BOX_1, "10.0.0.2", &err), &err);
	assert_ok(lease(f->store, NET_B, BOX_2, "10.0.0.3", &err), &err);
	assert_ok(store_name_add(f->store, NET_B, "Web", BOX_2, &err), &err);
	assert_ok(store_name_add(f->store, NET_B, "web", BOX_2, &err), &err);
	assert_ok(store_name_find(f->store, BOX_1, "web", &rows, &count, &err), &err);
	assert_int_equal(count, 0);
	lease_list_free(rows, count);
	assert_ok(lease(f->store, NET_B, BOX_1, "10.0.0.4", &err), &err);
	assert_ok(store_name_find(f->store, BOX_1, "WEB", &rows, &count, &err), &err);
	assert_int_equal(count, 1);
	assert_true(ip_equal(&rows[0].ip4, &at));
	lease_list_free(rows, count);
	assert_ok(store_name_of(f->store, BOX_1, &at, &name, &err), &err);
	assert_string_equal(name, "second");
	free(name);
}

static int port(struct store *store, const char *container, const char *host, int proto, int first,
		int last, struct err *err)
{
	struct port_row row = { .proto = proto,
				.host = ip(host),
				.first = (uint16_t)first,
				.last = (uint16_t)last,
				.target = 80 };

	memcpy(row.container, container, sizeof(row.container));
	return store_port_add(store, &row, err);
}

static void ports_that_collide(void **state)
{
	struct fixture *f = *state;
	struct err err;

	assert_ok(port(f->store, BOX_1, "0.0.0.0", IPPROTO_TCP, 80, 80, &err), &err);
	assert_ok(port(f->store, BOX_1, "10.0.0.1", IPPROTO_TCP, 8000, 8999, &err), &err);
	/* any address and one address, single ports and ranges, in both orders */
	assert_int_equal(port(f->store, BOX_2, "10.0.0.1", IPPROTO_TCP, 80, 80, &err), -EADDRINUSE);
	assert_string_equal(err.text,
			    "port 80/tcp on 0.0.0.0 is already published by container first");
	assert_int_equal(port(f->store, BOX_2, "0.0.0.0", IPPROTO_TCP, 1, 100, &err), -EADDRINUSE);
	assert_int_equal(port(f->store, BOX_2, "10.0.0.1", IPPROTO_TCP, 8500, 8500, &err),
			 -EADDRINUSE);
	assert_int_equal(port(f->store, BOX_2, "0.0.0.0", IPPROTO_TCP, 8999, 9100, &err),
			 -EADDRINUSE);
	/* other protocols, families, addresses and numbers do not */
	assert_ok(port(f->store, BOX_2, "0.0.0.0", IPPROTO_UDP, 80, 80, &err), &err);
	assert_ok(port(f->store, BOX_2, "::", IPPROTO_TCP, 80, 80, &err), &err);
	assert_ok(port(f->store, BOX_2, "10.0.0.2", IPPROTO_TCP, 8500, 8500, &err), &err);
	assert_ok(port(f->store, BOX_2, "10.0.0.1", IPPROTO_TCP, 9000, 9000, &err), &err);
}

/* --- addresses -------------------------------------------------------------------------------- */

static struct network make_network(const char *subnet, const char *gateway)
{
	struct network n = { .name = (char *)"one" };

	memcpy(n.id, NET_A, sizeof(n.id));
	assert_true(ip_prefix_parse(subnet, &n.v4.subnet));
	n.v4.range = n.v4.subnet;
	n.v4.gateway = ip(gateway);
	return n;
}

static int take(struct store *store, const struct network *n, const char *container,
		const char *want, char text[IP_TEXT], struct err *err)
{
	struct lease_row row = { .mac = { 2 }, .link = "eth0" };
	struct ip wanted = { 0 };
	int r;

	if (want)
		wanted = ip(want);
	memcpy(row.network, n->id, sizeof(row.network));
	memcpy(row.container, container, sizeof(row.container));
	r = ipam_take(store, n, &wanted, NULL, &row, err);
	ip_format(&row.ip4, text);
	return r < 0 ? r : store_lease_add(store, &row, err);
}

static void addresses_are_given_out_in_turn(void **state)
{
	struct fixture *f = *state;
	struct network n = make_network("10.0.0.0/29", "10.0.0.1");
	char text[IP_TEXT], box[65];
	struct err err;

	assert_ok(take(f->store, &n, BOX_1, NULL, text, &err), &err);
	assert_string_equal(text, "10.0.0.2");
	/* given back, it is not the next */
	assert_ok(store_network_release(f->store, BOX_1, &err), &err);
	assert_ok(take(f->store, &n, BOX_1, NULL, text, &err), &err);
	assert_string_equal(text, "10.0.0.3");
	assert_ok(take(f->store, &n, BOX_2, "10.0.0.4", text, &err), &err);
	for (int i = 5; i <= 7; i++) {
		memset(box, '0' + i, sizeof(box) - 1);
		box[64] = '\0';
		snprintf(text, sizeof(text), "box%d", i);
		add_container(f->store, box, text);
		assert_ok(take(f->store, &n, box, NULL, text, &err), &err);
		/* 5, 6, and then from the beginning: not the network's own, not the last */
		assert_string_equal(text, i == 5 ? "10.0.0.5" : i == 6 ? "10.0.0.6" : "10.0.0.2");
	}
	memset(box, '8', sizeof(box) - 1);
	add_container(f->store, box, "box8");
	assert_int_equal(take(f->store, &n, box, NULL, text, &err), -ENOSPC);
	assert_string_equal(err.text, "no free address in 10.0.0.0/29 of network one");
}

static void addresses_that_nobody_may_have(void **state)
{
	static const char *const refused[][2] = {
		{ "10.0.0.1", "address 10.0.0.1 is the gateway of network one" },
		{ "10.0.0.0", "address 10.0.0.0 means the whole of network one" },
		{ "10.0.0.255", "address 10.0.0.255 means the whole of network one" },
		{ "10.0.1.1", "address 10.0.1.1 is not in the subnet 10.0.0.0/24 of network one" },
		{ "fd00::1", "address fd00::1: network one has no IPv6 subnet" },
	};
	struct network n = make_network("10.0.0.0/24", "10.0.0.1");
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct ip one = ip(refused[i][0]);

		assert_int_equal(ipam_check(&n, &one, &err), -EINVAL);
		assert_string_equal(err.text, refused[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_address_is_one_containers, setup, teardown),
		cmocka_unit_test_setup_teardown(names_are_found_by_who_asks, setup, teardown),
		cmocka_unit_test_setup_teardown(ports_that_collide, setup, teardown),
		cmocka_unit_test_setup_teardown(addresses_are_given_out_in_turn, setup, teardown),
		cmocka_unit_test(addresses_that_nobody_may_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
