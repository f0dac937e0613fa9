/* SPDX-License-Identifier: Apache-2.0 */
/* Held ports: what reaches their sockets is relayed to the container's address. Here the container
 * is a listener on 127.0.0.2 in a network namespace of the test's own. Needs root. */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "engine/store/networks.h"
#include "engine_fixture.h"
#include "netd/held.h"

#define NET "a000000000000000000000000000000000000000000000000000000000000000"

enum { PUBLISHED = 8080, TARGET = 80, BIG = 8 << 20 };

struct proxy {
	struct engine_fixture *f;
	struct container *c;
	int inside[2]; /* TCP and UDP sockets of the container */
	pid_t pid;     /* the relay */
};

static void bring_lo_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

static int open_at(const char *text, uint16_t port, int type, bool listening)
{
	struct sockaddr_storage address;
	int fd, one = 1;
	socklen_t len;
	struct ip ip;

	assert_true(ip_parse(text, &ip));
	len = ip_sockaddr(&ip, port, &address);
	fd = socket(ip_family(&ip), type | SOCK_CLOEXEC, 0);
	if (!listening) {
		assert_int_equal(connect(fd, (struct sockaddr *)&address, len), 0);
		return fd;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ip.len == 16)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static void add_port(struct store *store, const char *id, int proto, const char *host)
{
	struct port_row row = {
		.proto = proto, .first = PUBLISHED, .last = PUBLISHED + 1, .target = TARGET
	};

	memcpy(row.container, id, sizeof(row.container));
	assert_true(ip_parse(host, &row.host));
	assert_int_equal(store_port_add(store, &row, NULL), 0);
}

static void fill_store(struct proxy *p)
{
	struct network_row network = { .name = (char *)"front",
				       .driver = (char *)"bridge",
				       .config = (char *)"{}" };
	struct lease_row lease = { .ip4 = { .len = 4, .bytes = { 127, 0, 0, 2 } } };
	struct store *store;

	memcpy(network.id, NET, sizeof(network.id));
	memcpy(lease.network, NET, sizeof(lease.network));
	memcpy(lease.container, p->c->id, sizeof(lease.container));
	memset(lease.endpoint, 'e', 64);
	lease.mac[0] = 2;
	assert_int_equal(engine_store(p->f->engine, &store, NULL), 0);
	assert_int_equal(store_network_add(store, &network, NULL), 0);
	assert_int_equal(store_lease_add(store, &lease, NULL), 0);
	add_port(store, p->c->id, IPPROTO_TCP, "::");
	add_port(store, p->c->id, IPPROTO_TCP, "127.0.0.1");
	add_port(store, p->c->id, IPPROTO_UDP, "::");
}

static void on_look(struct loop *loop, void *arg)
{
	held_look(arg);
}

/* The relay, as netd runs it: it gets the sockets and the store, and a moment of quiet each 100 ms
 * to look at the ports. */
static void relay(struct proxy *p, const int *fds, size_t count)
{
	struct held_set set = { .loop = loop_new() };
	char *lib = str_printf("%s/lib", p->f->dir);

	if (engine_open(lib, &set.engine, NULL) < 0)
		_exit(1);
	held_take(&set, p->c->id, fds, count);
	loop_add_timer(set.loop, 300000000, on_look, &set);
	loop_run(set.loop);
	_exit(0);
}

static int setup(void **state)
{
	struct proxy *p = calloc(1, sizeof(*p));
	int fds[4];

	if (engine_setup(state) < 0)
		return -1;
	p->f = *state;
	*state = p;
	assert_int_equal(create(p->f, "one", "{}", &p->c, NULL), 0);
	fill_store(p);
	p->inside[0] = open_at("127.0.0.2", TARGET, SOCK_STREAM, true);
	p->inside[1] = open_at("127.0.0.2", TARGET, SOCK_DGRAM, true);
	fds[0] = open_at("::", PUBLISHED, SOCK_STREAM, true);
	fds[1] = open_at("127.0.0.1", PUBLISHED, SOCK_STREAM, true);
	fds[2] = open_at("::", PUBLISHED, SOCK_DGRAM, true);
	fds[3] = open_at("127.0.0.1", 9999, SOCK_STREAM, true); /* nobody's port */
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0) {
		close(p->inside[0]);
		close(p->inside[1]);
		relay(p, fds, 4);
	}
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	return 0;
}

static int teardown(void **state)
{
	struct proxy *p = *state;
	int status;

	kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	close(p->inside[0]);
	close(p->inside[1]);
	container_free(p->c);
	*state = p->f;
	free(p);
	return engine_teardown(state);
}

static void expect_text(int fd, const char *text)
{
	char got[64] = "";
	size_t len = strlen(text), n = 0;
	ssize_t r;

	while (n < len && (r = recv(fd, got + n, len - n, 0)) > 0)
		n += (size_t)r;
	assert_string_equal(got, text);
}

static void converse(struct proxy *p, const char *host)
{
	int client = open_at(host, PUBLISHED, SOCK_STREAM, false);
	int server = accept4(p->inside[0], NULL, NULL, SOCK_CLOEXEC);
	char byte;

	assert_true(server >= 0);
	assert_int_equal(send(client, "question", 8, 0), 8);
	/* its half closed, a client still reads */
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	expect_text(server, "question");
	assert_int_equal(recv(server, &byte, 1, 0), 0);
	assert_int_equal(send(server, "answer", 6, 0), 6);
	expect_text(client, "answer");
	close(server);
	assert_int_equal(recv(client, &byte, 1, 0), 0);
	close(client);
}

static void test_tcp(void **state)
{
	converse(*state, "::1");
	converse(*state, "127.0.0.1");
}

static void *pattern(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	return data;
}

/* More than pipes and buffers hold, while nobody reads at first. */
static void test_much(void **state)
{
	struct proxy *p = *state;
	uint8_t *sent cleanup_free = pattern(malloc(BIG), BIG), *got cleanup_free = malloc(BIG);
	int client = open_at("::1", PUBLISHED, SOCK_STREAM, false), status;
	int server = accept4(p->inside[0], NULL, NULL, SOCK_CLOEXEC);
	size_t n = 0;
	pid_t writer;
	ssize_t r;

	fflush(stdout);
	writer = fork();
	if (writer == 0)
		_exit(fd_write_all(client, sent, BIG) < 0);
	close(client);
	poll(NULL, 0, 100);
	while ((r = recv(server, got + n, BIG - n, 0)) > 0)
		n += (size_t)r;
	assert_int_equal(n, BIG);
	assert_memory_equal(sent, got, BIG);
	close(server);
	waitpid(writer, &status, 0);
	assert_int_equal(status, 0);
}

/* Nobody listens in the container: the client hears it. */
static void test_refused(void **state)
{
	struct proxy *p = *state;
	int client;
	char byte;

	close(p->inside[0]);
	p->inside[0] = -1;
	client = open_at("::1", PUBLISHED, SOCK_STREAM, false);
	assert_true(recv(client, &byte, 1, 0) <= 0);
	close(client);
}

static void test_reset(void **state)
{
	struct proxy *p = *state;
	int client = open_at("::1", PUBLISHED, SOCK_STREAM, false);
	int server = accept4(p->inside[0], NULL, NULL, SOCK_CLOEXEC);
	struct linger now = { .l_onoff = 1 };
	char byte;

	setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(client);
	assert_true(recv(server, &byte, 1, 0) <= 0);
	close(server);
	converse(p, "::1");
}

static void test_udp(void **state)
{
	struct proxy *p = *state;
	int a = open_at("::1", PUBLISHED, SOCK_DGRAM, false);
	int b = open_at("::1", PUBLISHED, SOCK_DGRAM, false);
	struct sockaddr_storage from[2];
	socklen_t len;
	char text[8];

	/* each client is another to the container, and gets its own answers */
	assert_int_equal(send(a, "a", 1, 0), 1);
	len = sizeof(from[0]);
	assert_int_equal(recvfrom(p->inside[1], text, 8, 0, (struct sockaddr *)&from[0], &len), 1);
	assert_int_equal(send(b, "bb", 2, 0), 2);
	len = sizeof(from[1]);
	assert_int_equal(recvfrom(p->inside[1], text, 8, 0, (struct sockaddr *)&from[1], &len), 2);
	assert_int_equal(sendto(p->inside[1], "to b", 4, 0, (struct sockaddr *)&from[1], len), 4);
	assert_int_equal(sendto(p->inside[1], "to a", 4, 0, (struct sockaddr *)&from[0], len), 4);
	/* connected: what came from another address would not be heard */
	expect_text(a, "to a");
	expect_text(b, "to b");
	close(a);
	close(b);
}

/* A socket that is none of the container's ports is not kept. */
static void test_foreign_socket(void **state)
{
	poll(NULL, 0, 100);
	close(open_at("127.0.0.1", 9999, SOCK_STREAM, true));
}

/* The container's end: its ports are free, and connections through them over. */
static void test_released(void **state)
{
	struct proxy *p = *state;
	int client = open_at("::1", PUBLISHED, SOCK_STREAM, false);
	struct store *store;
	char byte;

	assert_int_equal(engine_store(p->f->engine, &store, NULL), 0);
	assert_int_equal(store_network_release(store, p->c->id, NULL), 0);
	assert_true(recv(client, &byte, 1, 0) <= 0);
	close(client);
	poll(NULL, 0, 50);
	close(open_at("::", PUBLISHED, SOCK_DGRAM, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_tcp), TEST(test_much),	   TEST(test_refused),	TEST(test_reset),
		TEST(test_udp), TEST(test_foreign_socket), TEST(test_released),
	};

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		return 77;
	bring_lo_up();
	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
