/* SPDX-License-Identifier: Apache-2.0 */
/* Names: who asks decides what is answered, and packets that are not what they say. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "engine/store/containers.h"
#include "engine/store/networks.h"
#include "engine_root.h"
#include "netd/dns.h"
#include "netd/resolvers.h"

#define NET_A "a000000000000000000000000000000000000000000000000000000000000000"
#define NET_B "b000000000000000000000000000000000000000000000000000000000000000"
#define NET_I "1000000000000000000000000000000000000000000000000000000000000000"
#define WEB "c100000000000000000000000000000000000000000000000000000000000000"
#define BOTH "c200000000000000000000000000000000000000000000000000000000000000"
#define DB "c300000000000000000000000000000000000000000000000000000000000000"
#define SHUT "c400000000000000000000000000000000000000000000000000000000000000"

enum { A = 1, PTR = 12, MX = 15, AAAA = 28, HTTPS = 65, ANY = 255 };

struct fixture {
	char *dir;
	int fd;
	struct store *store;
};

static void add_network(struct store *store, const char *id, const char *name, const char *subnet,
			bool internal)
{
	char *config cleanup_free =
	    str_printf("{\"Internal\":%s,\"IPAM\":{\"Config\":[{\"Subnet\":\"%s\"}]}}",
		       internal ? "true" : "false", subnet);
	struct network_row row = { .name = (char *)name,
				   .driver = (char *)"bridge",
				   .config = config };

	memcpy(row.id, id, sizeof(row.id));
	assert_int_equal(store_network_add(store, &row, NULL), 0);
}

static void add_container(struct store *store, const char *id, const char *name)
{
	struct container_row row = { .name = (char *)name,
				     .image = (char *)"img",
				     .image_id = (char *)"",
				     .config = (char *)"{}" };

	memcpy(row.id, id, sizeof(row.id));
	assert_int_equal(store_container_add(store, &row, NULL), 0);
}

static void add_lease(struct store *store, const char *network, const char *container,
		      const char *ip4, const char *ip6, const char *name)
{
	struct lease_row row = { 0 };
	static uint8_t number;

	memcpy(row.network, network, sizeof(row.network));
	memcpy(row.container, container, sizeof(row.container));
	assert_true(ip_parse(ip4, &row.ip4));
	if (ip6)
		assert_true(ip_parse(ip6, &row.ip6));
	memcpy(row.mac, (uint8_t[]){ 2, 0, 0, 0, 0, ++number }, MAC_LEN);
	snprintf(row.endpoint, sizeof(row.endpoint), "%064d", number);
	snprintf(row.link, sizeof(row.link), "eth0");
	assert_int_equal(store_lease_add(store, &row, NULL), 0);
	assert_int_equal(store_name_add(store, network, name, container, NULL), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = temp_root();
	f->fd = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	assert_int_equal(store_open(f->fd, f->dir, &f->store, NULL), 0);
	add_network(f->store, NET_A, "front", "172.18.0.0/16", false);
	add_network(f->store, NET_B, "back", "172.19.0.0/16", false);
	add_network(f->store, NET_I, "shut", "172.20.0.0/16", true);
	add_container(f->store, WEB, "web");
	add_container(f->store, BOTH, "both");
	add_container(f->store, DB, "db");
	add_container(f->store, SHUT, "prisoner");
	add_lease(f->store, NET_A, WEB, "172.18.0.2", "fd00::2", "web");
	add_lease(f->store, NET_A, BOTH, "172.18.0.3", NULL, "both");
	add_lease(f->store, NET_B, BOTH, "172.19.0.3", NULL, "both");
	add_lease(f->store, NET_B, DB, "172.19.0.2", NULL, "db");
	add_lease(f->store, NET_I, SHUT, "172.20.0.2", NULL, "prisoner");
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

/* --- packets -----------------------------------------------------------------------------------
 */

struct packet {
	uint8_t data[DNS_REQUEST_MAX + 1024];
	size_t len;
};

static void put16(struct packet *p, unsigned value)
{
	p->data[p->len++] = (uint8_t)(value >> 8);
	p->data[p->len++] = (uint8_t)value;
}

static void put_name(struct packet *p, const char *name)
{
	while (*name) {
		size_t label = strcspn(name, ".");

		p->data[p->len++] = (uint8_t)label;
		memcpy(p->data + p->len, name, label);
		p->len += label;
		name += label + (name[label] == '.');
	}
	p->data[p->len++] = 0;
}

static void begin(struct packet *p, unsigned flags, unsigned questions, unsigned additional)
{
	*p = (struct packet){ 0 };
	put16(p, 0xbeef);
	put16(p, flags);
	put16(p, questions);
	put16(p, 0);
	put16(p, 0);
	put16(p, additional);
}

static struct packet question(const char *name, unsigned type)
{
	struct packet p;

	begin(&p, 0x0100, 1, 0);
	put_name(&p, name);
	put16(&p, type);
	put16(&p, 1);
	return p;
}

static void add_opt(struct packet *p, unsigned size)
{
	p->data[11]++;
	p->data[p->len++] = 0;
	put16(p, 41);
	put16(p, size);
	memset(p->data + p->len, 0, 6);
	p->len += 6;
}

static unsigned get16(const struct dns_message *m, size_t at)
{
	assert_true(at + 2 <= m->len);
	return (unsigned)m->data[at] << 8 | m->data[at + 1];
}

static struct dns_outcome ask(void **state, const char *network, const char *from,
			      const struct packet *p)
{
	struct fixture *f = *state;
	struct dns_outcome ret;
	struct ip ip;

	assert_true(ip_parse(from, &ip));
	assert_int_equal(dns_resolve(f->store, network, &ip, p->data, p->len, 0, &ret, NULL), 0);
	if (ret.verdict == DNS_ANSWER) {
		assert_true(ret.message.len >= DNS_HEADER);
		assert_int_equal(get16(&ret.message, 0), p->data[0] << 8 | p->data[1]);
		assert_true(ret.message.data[2] & 0x80);
	}
	return ret;
}

/* "rcode answers [last bytes of the last record]". */
static void expect(void **state, const char *network, const char *from, const char *name,
		   unsigned type, int rcode, unsigned answers, const char *address)
{
	struct packet p = question(name, type);
	struct dns_outcome o = ask(state, network, from, &p);
	struct ip ip;

	assert_int_equal(o.verdict, DNS_ANSWER);
	assert_int_equal(dns_rcode(o.message.data), rcode);
	assert_int_equal(get16(&o.message, 4), 1);
	assert_int_equal(get16(&o.message, 6), answers);
	/* the question is there as it was */
	assert_memory_equal(o.message.data + DNS_HEADER, p.data + DNS_HEADER, p.len - DNS_HEADER);
	if (address) {
		assert_true(ip_parse(address, &ip));
		assert_memory_equal(o.message.data + o.message.len - ip.len, ip.bytes, ip.len);
	}
	dns_message_clear(&o.message);
}

static void expect_forward(void **state, const char *network, const char *from, const char *name,
			   unsigned type, const char *asker)
{
	struct packet p = question(name, type);
	struct dns_outcome o = ask(state, network, from, &p);

	assert_int_equal(o.verdict, DNS_FORWARD);
	assert_string_equal(o.asker, asker);
	assert_int_equal(o.request.question_end, p.len);
}

/* --- who asks ----------------------------------------------------------------------------------
 */

static void test_names(void **state)
{
	expect(state, NET_A, "172.18.0.2", "both", A, DNS_NOERROR, 1, "172.18.0.3");
	expect(state, NET_A, "172.18.0.3", "web", A, DNS_NOERROR, 1, "172.18.0.2");
	expect(state, NET_A, "172.18.0.3", "web", AAAA, DNS_NOERROR, 1, "fd00::2");
	expect(state, NET_A, "172.18.0.3", "WeB", A, DNS_NOERROR, 1, "172.18.0.2");
	expect(state, NET_A, "fd00::2", "web", ANY, DNS_NOERROR, 2, NULL);
	/* over one network also the names of the other */
	expect(state, NET_A, "172.18.0.3", "db", A, DNS_NOERROR, 1, "172.19.0.2");
	expect(state, NET_B, "172.19.0.3", "web", A, DNS_NOERROR, 1, "172.18.0.2");
	/* one's own, on both */
	expect(state, NET_A, "172.18.0.3", "both", A, DNS_NOERROR, 2, NULL);
	expect(state, NET_A, "172.18.0.3", "both.back", A, DNS_NOERROR, 1, "172.19.0.3");
	expect(state, NET_A, "172.18.0.3", "web.front", A, DNS_NOERROR, 1, "172.18.0.2");
}

/* A name that has no address of the wanted family is there all the same. */
static void test_no_data(void **state)
{
	expect(state, NET_B, "172.19.0.3", "db", AAAA, DNS_NOERROR, 0, NULL);
	expect(state, NET_B, "172.19.0.3", "db", HTTPS, DNS_NOERROR, 0, NULL);
	expect(state, NET_B, "172.19.0.3", "db", MX, DNS_NOERROR, 0, NULL);
}

static void test_other_networks(void **state)
{
	expect_forward(state, NET_A, "172.18.0.2", "db", A, WEB);
	expect_forward(state, NET_A, "172.18.0.2", "db.back", A, WEB);
	expect_forward(state, NET_B, "172.19.0.2", "web", A, DB);
	expect_forward(state, NET_A, "172.18.0.2", "example.org", MX, WEB);
	expect_forward(state, NET_A, "172.18.0.2", "", A, WEB);
	expect_forward(state, NET_A, "172.18.0.2", "web.b0", A, WEB);
}

static void test_strangers(void **state)
{
	expect(state, NET_A, "172.18.0.77", "web", A, DNS_REFUSED, 0, NULL);
	/* a lease of another network, and the host */
	expect(state, NET_A, "172.19.0.2", "web", A, DNS_REFUSED, 0, NULL);
	expect(state, NET_A, "172.18.0.1", "example.org", A, DNS_REFUSED, 0, NULL);
	expect(state, NET_A, "fd00::3", "web", A, DNS_REFUSED, 0, NULL);
}

static void test_internal(void **state)
{
	struct fixture *f = *state;

	expect(state, NET_I, "172.20.0.2", "prisoner", A, DNS_NOERROR, 1, "172.20.0.2");
	expect(state, NET_I, "172.20.0.2", "secret.example.org", A, DNS_SERVFAIL, 0, NULL);
	expect(state, NET_I, "172.20.0.2", "1.2.3.4.in-addr.arpa", PTR, DNS_SERVFAIL, 0, NULL);
	/* connected to another network it has an upstream, and disconnected none again */
	add_lease(f->store, NET_A, SHUT, "172.18.0.9", NULL, "prisoner");
	expect_forward(state, NET_I, "172.20.0.2", "secret.example.org", A, SHUT);
	assert_int_equal(store_lease_remove(f->store, NET_A, SHUT, NULL), 0);
	expect(state, NET_I, "172.20.0.2", "secret.example.org", A, DNS_SERVFAIL, 0, NULL);
}

static void test_reverse(void **state)
{
	const char ip6[] =
	    "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa";

	expect(state, NET_A, "172.18.0.3", "2.0.18.172.in-addr.arpa", PTR, DNS_NOERROR, 1, NULL);
	expect(state, NET_A, "172.18.0.3", ip6, PTR, DNS_NOERROR, 1, NULL);
	/* ours, and nobody's; another network's; the world's */
	expect(state, NET_A, "172.18.0.3", "9.9.18.172.in-addr.arpa", PTR, DNS_NXDOMAIN, 0, NULL);
	expect_forward(state, NET_A, "172.18.0.2", "2.0.19.172.in-addr.arpa", PTR, WEB);
	expect_forward(state, NET_A, "172.18.0.2", "8.8.8.8.in-addr.arpa", PTR, WEB);
	/* no addresses */
	expect_forward(state, NET_A, "172.18.0.2", "256.0.18.172.in-addr.arpa", PTR, WEB);
	expect_forward(state, NET_A, "172.18.0.2", "18.172.in-addr.arpa", PTR, WEB);
	expect_forward(state, NET_A, "172.18.0.2", ip6 + 2, PTR, WEB);
}

/* --- sizes -------------------------------------------------------------------------------------
 */

static void test_truncation(void **state)
{
	struct fixture *f = *state;
	struct packet p = question("many", A);
	struct dns_outcome o;
	char id[65], name[16], address[IP_TEXT];

	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "d%063d", i);
		snprintf(name, sizeof(name), "m%d", i);
		snprintf(address, sizeof(address), "172.18.1.%d", i + 1);
		add_container(f->store, id, name);
		add_lease(f->store, NET_A, id, address, NULL, "many");
	}
	o = ask(state, NET_A, "172.18.0.2", &p);
	assert_true(o.message.len <= DNS_PLAIN_MAX);
	assert_true(o.message.data[2] & 2); /* TC */
	assert_in_range(get16(&o.message, 6), 20, 40);
	dns_message_clear(&o.message);

	add_opt(&p, 4096);
	o = ask(state, NET_A, "172.18.0.2", &p);
	assert_false(o.message.data[2] & 2);
	assert_int_equal(get16(&o.message, 6), 100);
	assert_int_equal(get16(&o.message, 10), 1);
	dns_message_clear(&o.message);
}

static void test_edns_sizes(void **state)
{
	struct packet p = question("web", A);
	struct dns_request request;

	assert_int_equal(dns_request_parse(p.data, p.len, &request), DNS_NOERROR);
	assert_int_equal(dns_request_limit(&request), DNS_PLAIN_MAX);
	add_opt(&p, 65535);
	assert_int_equal(dns_request_parse(p.data, p.len, &request), DNS_NOERROR);
	assert_int_equal(dns_request_limit(&request), DNS_UDP_MAX);
	add_opt(&p, 1232); /* two of them */
	assert_int_equal(dns_request_parse(p.data, p.len, &request), DNS_FORMERR);
	p = question("web", A);
	add_opt(&p, 1);
	assert_int_equal(dns_request_parse(p.data, p.len, &request), DNS_NOERROR);
	assert_int_equal(dns_request_limit(&request), DNS_PLAIN_MAX);
}

/* --- hostile -----------------------------------------------------------------------------------
 */

static void expect_error(void **state, const struct packet *p, int rcode)
{
	struct dns_outcome o = ask(state, NET_A, "172.18.0.2", p);

	assert_int_equal(o.verdict, DNS_ANSWER);
	assert_int_equal(dns_rcode(o.message.data), rcode);
	assert_int_equal(get16(&o.message, 6), 0);
	dns_message_clear(&o.message);
}

static void test_cut_off(void **state)
{
	struct packet whole = question("web", A), p;
	struct dns_outcome o;

	add_opt(&whole, 1232);
	for (p = whole, p.len = 0; p.len < DNS_HEADER; p.len++) {
		o = ask(state, NET_A, "172.18.0.2", &p);
		assert_int_equal(o.verdict, DNS_DROP);
	}
	for (; p.len < whole.len; p.len++)
		expect_error(state, &p, DNS_FORMERR);
	expect(state, NET_A, "172.18.0.2", "web", A, DNS_NOERROR, 1, NULL);
}

static void test_loops(void **state)
{
	struct packet p;

	/* a name that is a pointer to itself, into the header, behind the end */
	for (unsigned at = 0; at < 64; at++) {
		begin(&p, 0x0100, 1, 0);
		put16(&p, 0xc000 | at);
		put16(&p, A);
		put16(&p, 1);
		expect_error(state, &p, DNS_FORMERR);
	}
	/* a label, then a pointer to it */
	begin(&p, 0x0100, 1, 0);
	p.data[p.len++] = 1;
	p.data[p.len++] = 'a';
	put16(&p, 0xc00c);
	put16(&p, A);
	put16(&p, 1);
	expect_error(state, &p, DNS_FORMERR);
	/* in the owner of OPT */
	p = question("web", A);
	p.data[11] = 1;
	put16(&p, 0xc000 | (unsigned)p.len);
	put16(&p, 41);
	put16(&p, 1232);
	memset(p.data + p.len, 0, 6);
	p.len += 6;
	expect_error(state, &p, DNS_FORMERR);
}

static void test_counts(void **state)
{
	struct packet p;
	struct dns_outcome o;

	for (int at = 4; at < 12; at++) {
		p = question("web", A);
		p.data[at] = 0xff;
		expect_error(state, &p, DNS_FORMERR);
	}
	p = question("web", A);
	p.data[5] = 0;
	expect_error(state, &p, DNS_FORMERR);
	begin(&p, 0x0100, 200, 0);
	for (int i = 0; i < 200; i++) {
		put_name(&p, "web");
		put16(&p, A);
		put16(&p, 1);
	}
	expect_error(state, &p, DNS_FORMERR);
	/* an answer is no request: two of us would talk for ever */
	p = question("web", A);
	p.data[2] |= 0x80;
	o = ask(state, NET_A, "172.18.0.2", &p);
	assert_int_equal(o.verdict, DNS_DROP);
	/* update, notify */
	p = question("web", A);
	p.data[2] |= 5 << 3;
	expect_error(state, &p, DNS_NOTIMP);
}

static void test_long_names(void **state)
{
	char name[512], label[65];
	struct packet p;
	struct dns_request request;

	memset(label, 'x', 63);
	label[63] = '\0';
	snprintf(name, sizeof(name), "%s.%s.%s.%.61s", label, label, label, label);
	p = question(name, A); /* 255 bytes, the most */
	assert_int_equal(dns_request_parse(p.data, p.len, &request), DNS_NOERROR);
	assert_string_equal(request.name, name);
	snprintf(name, sizeof(name), "%s.%s.%s.%.62s", label, label, label, label);
	p = question(name, A);
	assert_int_equal(dns_request_parse(p.data, p.len, &request), DNS_FORMERR);
}

/* A dot in a label, a NUL, and what a terminal or a database would mind: none of our names. */
static void test_odd_names(void **state)
{
	const char *const labels[] = { "web.front", "we b", "we\033b", "web'--", "w%b", "w_b*" };
	struct dns_outcome o;
	struct packet p;

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		begin(&p, 0x0100, 1, 0);
		p.data[p.len++] = (uint8_t)strlen(labels[i]);
		memcpy(p.data + p.len, labels[i], strlen(labels[i]));
		p.len += strlen(labels[i]);
		p.data[p.len++] = 0;
		put16(&p, A);
		put16(&p, 1);
		o = ask(state, NET_A, "172.18.0.3", &p);
		assert_int_equal(o.verdict, DNS_FORWARD);
	}
	p = question("web", A);
	p.data[14] = '\0';
	o = ask(state, NET_A, "172.18.0.3", &p);
	assert_int_equal(o.verdict, DNS_FORWARD);
}

/* --- upstreams ---------------------------------------------------------------------------------
 */

static void test_answers(void **state)
{
	struct packet q = question("Example.org", HTTPS), a = q;

	a.data[2] = 0x81;
	assert_true(dns_answers(q.data, q.len, a.data, a.len));
	a.data[13] = 'e';
	assert_true(dns_answers(q.data, q.len, a.data, a.len));
	a.data[14] = 'y';
	assert_false(dns_answers(q.data, q.len, a.data, a.len));
	a = q;
	assert_false(dns_answers(q.data, q.len, a.data, a.len)); /* no answer */
	a.data[2] = 0x81;
	a.data[0] ^= 1;
	assert_false(dns_answers(q.data, q.len, a.data, a.len));
	a = q;
	a.data[2] = 0x81;
	a.data[q.len - 3] ^= 0x20; /* 65 and 97 are types, no letters */
	assert_false(dns_answers(q.data, q.len, a.data, a.len));
	a = q;
	a.data[2] = 0x81;
	for (size_t len = 0; len < q.len; len++)
		assert_false(dns_answers(q.data, q.len, a.data, len));
	/* a refusal without the question; success without it is none */
	a.data[5] = 0;
	assert_false(dns_answers(q.data, q.len, a.data, DNS_HEADER));
	a.data[3] = DNS_REFUSED;
	assert_true(dns_answers(q.data, q.len, a.data, DNS_HEADER));
}

static void test_resolv_conf(void **state)
{
	struct resolver_list list;
	struct ip ip;
	uint16_t port;

	resolvers_parse("# nameserver 1.1.1.1\nsearch a\nnameserver 9.9.9.9\n"
			"nameserver\t2620:fe::9 # c\nnameserver fe80::1%lo\nnameserver nonsense\n"
			"nameserver\nnameservers 8.8.8.8\nnameserver 10.0.0.1",
			&list);
	assert_int_equal(list.count, 4);
	assert_true(ip_of_sockaddr(&list.items[3].address, &ip, &port));
	assert_int_equal(port, 53);
	assert_int_equal(ip.bytes[0], 10);
	resolvers_parse("", &list);
	assert_int_equal(list.count, 1);
	resolvers_parse("nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\n"
			"nameserver 1.1.1.4\nnameserver 1.1.1.5\nnameserver 1.1.1.6\n"
			"nameserver 1.1.1.7\nnameserver 1.1.1.8\nnameserver 1.1.1.9\n",
			&list);
	assert_int_equal(list.count, RESOLVERS_MAX);
}

static void expect_resolver(struct resolvers *r, uint8_t last)
{
	struct ip ip;
	uint16_t port;

	assert_true(ip_of_sockaddr(&resolvers_get(r)->items[0].address, &ip, &port));
	assert_int_equal(ip.bytes[3], last);
}

static void test_resolv_conf_changes(void **state)
{
	struct fixture *f = *state;
	char *path cleanup_free = str_printf("%s/resolv.conf", f->dir);
	char *other cleanup_free = str_printf("%s/other", f->dir);
	struct resolvers r = { .path = path };

	write_text(f->dir, "resolv.conf", "nameserver 10.0.0.1\n");
	expect_resolver(&r, 1);
	write_text(f->dir, "resolv.conf", "nameserver 10.0.0.2\n"); /* at the same moment */
	expect_resolver(&r, 2);
	write_text(f->dir, "other", "nameserver 10.0.0.3\n");
	assert_int_equal(rename(other, path), 0);
	expect_resolver(&r, 3);
	assert_int_equal(unlink(path), 0);
	expect_resolver(&r, 3);
	write_text(f->dir, "other", "nameserver 10.0.0.4\n");
	assert_int_equal(symlink("other", path), 0);
	expect_resolver(&r, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_names),	   TEST(test_no_data),
		TEST(test_other_networks), TEST(test_strangers),
		TEST(test_internal),	   TEST(test_reverse),
		TEST(test_truncation),	   TEST(test_edns_sizes),
		TEST(test_cut_off),	   TEST(test_loops),
		TEST(test_counts),	   TEST(test_long_names),
		TEST(test_odd_names),	   TEST(test_answers),
		TEST(test_resolv_conf),	   TEST(test_resolv_conf_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
