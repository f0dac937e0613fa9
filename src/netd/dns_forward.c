/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that are not ours, passed on as they came but for the id: each over a socket of its own
 * with a random port, connected, so that the kernel lets only the asked one answer. The next
 * resolver is asked when one is silent, refuses, or fails.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "engine/store/containers.h"
#include "netd/dns_net.h"

enum {
	/* Clients ask again after 5 seconds: three resolvers have had their turn by then. */
	TRY_MS = 1600,
	TRIES_LEAST = 2, /* a lone resolver is asked again: the packet may be lost */
	TRIES_MOST = 3,
};

struct dns_forward {
	struct dns_forward *next;
	struct dns_net *net;
	struct dns_client client;
	char asker[65];
	struct resolver_list resolvers;
	size_t tries;
	uint8_t *request; /* with two bytes of length in front, for TCP; owned */
	size_t len;	  /* without them */
	size_t question_end;
	uint8_t client_id[2];
	int fd;
	struct loop_source *source, *timer;
	size_t sent;	 /* TCP: of len + 2 */
	uint8_t *answer; /* TCP: with its two bytes of length */
	size_t got;
};

static void close_try(struct dns_forward *f)
{
	loop_remove(take_ptr(&f->source));
	close_fd(&f->fd);
	free(take_ptr(&f->answer));
	f->got = f->sent = 0;
}

static void forward_free(struct dns_forward *f)
{
	struct dns_forward **at = &f->net->forwards;

	while (*at && *at != f)
		at = &(*at)->next;
	if (*at) {
		*at = f->next;
		f->net->forward_count--;
	}
	close_try(f);
	loop_remove(f->timer);
	free(f->request);
	free(f);
}

void dns_forward_cancel(struct dns_net *net, const struct dns_server *server,
			const struct dns_conn *conn)
{
	struct dns_forward *f = net->forwards, *next;

	for (; f; f = next) {
		next = f->next;
		if ((server && f->client.server == server) || (conn && f->client.conn == conn))
			forward_free(f);
	}
}

/* The client is told last: its connection may be closed by that. */
static void finish(struct dns_forward *f, uint8_t *answer, size_t len)
{
	struct dns_client client = f->client;

	memcpy(answer, f->client_id, 2);
	f->client.conn = NULL;
	dns_reply(&client, answer, len);
	forward_free(f);
}

static void fail(struct dns_forward *f)
{
	struct dns_message message cleanup_with(dns_message_clear) = { 0 };

	if (dns_build_error(f->request + 2, f->len, DNS_SERVFAIL, &message) == 0)
		finish(f, message.data, message.len);
	else
		forward_free(f);
}

static void try_next(struct dns_forward *f);

static bool is_last(const struct dns_forward *f)
{
	size_t most = f->resolvers.count;

	most = most < TRIES_LEAST ? TRIES_LEAST : most > TRIES_MOST ? TRIES_MOST : most;
	return f->tries >= most;
}

/* What the last one says is handed on, be it a refusal. */
static void take_answer(struct dns_forward *f, uint8_t *data, size_t len)
{
	int rcode;

	if (!dns_answers(f->request + 2, f->question_end, data, len))
		return;
	rcode = dns_rcode(data);
	if ((rcode == DNS_SERVFAIL || rcode == DNS_REFUSED || rcode == DNS_NOTIMP) && !is_last(f))
		try_next(f);
	else
		finish(f, data, len);
}

/* --- UDP ---------------------------------------------------------------------------------------
 */

static void on_udp(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct dns_forward *f = arg;
	ssize_t n = recv(fd, f->net->buffer, sizeof(f->net->buffer), MSG_DONTWAIT);

	if (n >= 0)
		take_answer(f, f->net->buffer, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR) /* nobody is there: ICMP */
		try_next(f);
}

static bool start_udp(struct dns_forward *f)
{
	if (send(f->fd, f->request + 2, f->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	f->source = loop_add_fd(f->net->loop, f->fd, EPOLLIN, on_udp, f);
	return f->source != NULL;
}

/* --- TCP ---------------------------------------------------------------------------------------
 */

/* 1: complete; 0: more to come; negative: over. */
static int read_tcp(struct dns_forward *f)
{
	size_t want;
	ssize_t n;

	for (;;) {
		want = f->got < 2 ? 2 : 2 + (size_t)(f->answer[0] << 8 | f->answer[1]);
		if (f->got >= 2 && f->got == want)
			return 1;
		n = recv(f->fd, f->answer + f->got, want - f->got, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n == 0)
			return -EPIPE;
		f->got += (size_t)n;
	}
}

static int write_tcp(struct dns_forward *f)
{
	ssize_t n;

	while (f->sent < f->len + 2) {
		n = send(f->fd, f->request + f->sent, f->len + 2 - f->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		f->sent += (size_t)n;
	}
	return loop_set_events(f->source, EPOLLIN);
}

static void on_tcp(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct dns_forward *f = arg;
	int r = f->sent < f->len + 2 ? write_tcp(f) : read_tcp(f);

	if (r < 0) {
		try_next(f);
	} else if (r == 1) {
		uint8_t *answer = f->answer;

		/* an answer to something else over a connection of our own: a broken resolver */
		if (!dns_answers(f->request + 2, f->question_end, answer + 2, f->got - 2))
			try_next(f);
		else
			take_answer(f, answer + 2, f->got - 2);
	}
}

static bool start_tcp(struct dns_forward *f)
{
	f->answer = malloc(2 + DNS_MESSAGE_MAX);
	if (!f->answer)
		return false;
	f->source = loop_add_fd(f->net->loop, f->fd, EPOLLOUT, on_tcp, f);
	return f->source != NULL;
}

/* --- tries -------------------------------------------------------------------------------------
 */

static bool start_try(struct dns_forward *f, const struct resolver *to)
{
	int type = f->client.conn ? SOCK_STREAM : SOCK_DGRAM;

	if (getrandom(f->request + 2, 2, GRND_NONBLOCK) != 2)
		return false;
	f->fd = socket(to->address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (f->fd < 0)
		return false;
	if (connect(f->fd, (const struct sockaddr *)&to->address, to->len) < 0 &&
	    errno != EINPROGRESS)
		return false;
	loop_set_timer(f->timer, TRY_MS * INT64_C(1000000));
	return f->client.conn ? start_tcp(f) : start_udp(f);
}

static void try_next(struct dns_forward *f)
{
	while (!is_last(f)) {
		const struct resolver *to = &f->resolvers.items[f->tries % f->resolvers.count];

		close_try(f);
		f->tries++;
		if (start_try(f, to))
			return;
	}
	fail(f);
}

static void on_timeout(struct loop *loop, void *arg)
{
	try_next(arg);
}

/* --- beginning ---------------------------------------------------------------------------------
 */

/* The container's own (--dns), else the host's. */
static void choose_resolvers(struct dns_net *net, const char *asker, struct resolver_list *ret)
{
	struct container_row row cleanup_with(container_row_clear) = { 0 };
	json_t *config cleanup_json = NULL, *list, *item;
	struct store *store;
	size_t i;

	*ret = (struct resolver_list){ 0 };
	if (engine_store(net->engine, &store, NULL) == 0 &&
	    store_container_find(store, asker, &row, NULL) == 0 &&
	    js_parse(row.config, strlen(row.config), "the container", &config, NULL) == 0) {
		list = json_object_get(json_object_get(config, "HostConfig"), "Dns");
		json_array_foreach (list, i, item) {
			if (json_is_string(item))
				resolver_add(ret, json_string_value(item));
		}
	}
	if (ret->count == 0)
		*ret = *resolvers_get(&net->host);
}

static bool has_room(const struct dns_net *net, const char *asker)
{
	size_t own = 0;

	for (const struct dns_forward *f = net->forwards; f; f = f->next)
		own += strcmp(f->asker, asker) == 0;
	return net->forward_count < DNS_FORWARDS_MAX && own < DNS_FORWARDS_PER_ASKER;
}

static struct dns_forward *forward_new(const struct dns_client *client,
				       const struct dns_outcome *outcome, const uint8_t *wire,
				       size_t len)
{
	struct dns_net *net = client->server->net;
	struct dns_forward *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	*f = (struct dns_forward){ .net = net,
				   .client = *client,
				   .len = len,
				   .question_end = outcome->request.question_end,
				   .fd = -1 };
	memcpy(f->asker, outcome->asker, sizeof(f->asker));
	memcpy(f->client_id, wire, 2);
	f->request = malloc(len + 2);
	f->timer = loop_add_timer(net->loop, -1, on_timeout, f);
	if (!f->request || !f->timer) {
		forward_free(f);
		return NULL;
	}
	f->request[0] = (uint8_t)(len >> 8);
	f->request[1] = (uint8_t)len;
	memcpy(f->request + 2, wire, len);
	f->next = net->forwards;
	net->forwards = f;
	net->forward_count++;
	return f;
}

void dns_forward(const struct dns_client *client, const struct dns_outcome *outcome,
		 const uint8_t *wire, size_t len)
{
	struct dns_net *net = client->server->net;
	struct dns_forward *f = NULL;

	if (has_room(net, outcome->asker))
		f = forward_new(client, outcome, wire, len);
	if (!f) {
		dns_reply_error(client, wire, len, DNS_SERVFAIL);
		return;
	}
	choose_resolvers(net, outcome->asker, &f->resolvers);
	try_next(f);
}
