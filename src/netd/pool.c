/* SPDX-License-Identifier: Apache-2.0 */
#include "netd/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "engine/net/netd_protocol.h"
#include "engine/net/shared.h"

enum {
	/* The start that has taken one, or needed one, has the processors to itself meanwhile. */
	AFTER_MS = 25,
	BETWEEN_MS = 5,
	NICE = 15,
};

struct pool_entry {
	struct pool_entry *next;
	char network[65];
	unsigned ifindex; /* of the bridge that it is in */
	int netns_fd;
	struct nl inner;
	char host_link[IFNAMSIZ];
};

static void entry_free(struct pool_entry *entry)
{
	if (!entry)
		return;
	nl_close(&entry->inner);
	close_fd(&entry->netns_fd);
	free(entry);
}

static struct pool_network *find(struct pool *pool, const char *id)
{
	for (size_t i = 0; i < pool->network_count; i++)
		if (strcmp(pool->networks[i].id, id) == 0)
			return &pool->networks[i];
	return NULL;
}

/* --- looking -----------------------------------------------------------------------------------
 */

static void on_timer(struct loop *loop, void *arg);

void pool_look_begin(struct pool *pool)
{
	for (size_t i = 0; i < pool->network_count; i++)
		pool->networks[i].seen = false;
}

void pool_look_at(struct pool *pool, const struct network *network, bool in_use)
{
	struct pool_network *n = find(pool, network->id);

	if (!n) {
		if (!in_use || pool->network_count == POOL_NETWORKS_MAX)
			return;
		n = &pool->networks[pool->network_count++];
		memcpy(n->id, network->id, sizeof(n->id));
		memcpy(n->link, network->link, sizeof(n->link));
	}
	n->ifindex = if_nametoindex(n->link);
	n->seen = true;
}

static bool is_good(struct pool *pool, const struct pool_entry *entry)
{
	const struct pool_network *n = find(pool, entry->network);

	return n && n->ifindex == entry->ifindex;
}

static void drop_stale(struct pool *pool)
{
	struct pool_entry **at = &pool->first, *entry;

	while ((entry = *at)) {
		if (is_good(pool, entry)) {
			at = &entry->next;
			continue;
		}
		*at = entry->next;
		entry_free(entry);
	}
}

static void refill_later(struct pool *pool, int ms)
{
	if (pool->size == 0)
		return;
	if (!pool->timer)
		pool->timer = loop_add_timer(pool->loop, -1, on_timer, pool);
	if (pool->timer)
		loop_set_timer(pool->timer, ms * INT64_C(1000000));
}

void pool_look_end(struct pool *pool)
{
	for (size_t i = pool->network_count; i > 0; i--)
		if (!pool->networks[i - 1].seen)
			pool->networks[i - 1] = pool->networks[--pool->network_count];
	drop_stale(pool);
	refill_later(pool, AFTER_MS);
}

/* --- filling -----------------------------------------------------------------------------------
 */

static unsigned count_of(const struct pool *pool, const char *network)
{
	unsigned count = 0;

	for (const struct pool_entry *e = pool->first; e; e = e->next)
		count += strcmp(e->network, network) == 0;
	return count;
}

static struct pool_network *find_wanting(struct pool *pool)
{
	for (size_t i = 0; i < pool->network_count; i++)
		if (pool->networks[i].ifindex && count_of(pool, pool->networks[i].id) < pool->size)
			return &pool->networks[i];
	return NULL;
}

static int make_one(struct pool *pool, const struct pool_network *n, struct err *err)
{
	struct network *network cleanup_network = NULL;
	struct nl host cleanup_nl = NL_NONE;
	struct pool_entry *entry;
	int r = network_find(pool->engine, n->id, &network, err);

	if (r == 0)
		r = nl_open(NETLINK_ROUTE, &host, err);
	if (r < 0)
		return r;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return err_oom(err);
	*entry = (struct pool_entry){ .netns_fd = -1, .inner = NL_NONE, .ifindex = n->ifindex };
	memcpy(entry->network, n->id, sizeof(entry->network));
	r = shared_make_pooled(pool->engine, &host, network, &entry->netns_fd, &entry->inner,
			       entry->host_link, err);
	if (r < 0) {
		entry_free(entry);
		return r;
	}
	entry->next = pool->first;
	pool->first = entry;
	return 0;
}

/* One at a time, so that names and ports are served in between. */
static void on_timer(struct loop *loop, void *arg)
{
	struct pool *pool = arg;
	struct pool_network *n = find_wanting(pool);
	struct err err = { 0 };
	int r;

	if (!n)
		return;
	setpriority(PRIO_PROCESS, 0, NICE);
	r = make_one(pool, n, &err);
	setpriority(PRIO_PROCESS, 0, 0);
	if (r < 0) { /* again when something has changed */
		log_warn("a network namespace for the pool: %s", err.text);
		n->ifindex = 0;
	} else if (find_wanting(pool)) {
		refill_later(pool, BETWEEN_MS);
	}
}

/* --- giving ------------------------------------------------------------------------------------
 */

/* Somebody may have removed the bridge or the link by hand since it was made. */
static bool is_whole(const struct pool *pool, const struct pool_entry *entry,
		     const struct pool_network *n)
{
	return if_nametoindex(n->link) == entry->ifindex && if_nametoindex(entry->host_link) != 0;
}

static struct pool_entry *take(struct pool *pool, const char *network)
{
	struct pool_network *n = find(pool, network);
	struct pool_entry **at = &pool->first, *entry;

	while (n && (entry = *at)) {
		if (strcmp(entry->network, network) != 0) {
			at = &entry->next;
			continue;
		}
		*at = entry->next;
		if (is_whole(pool, entry, n))
			return entry;
		entry_free(entry);
	}
	return NULL;
}

void pool_give(struct pool *pool, const char *network, int sock)
{
	struct netd_answer answer = { .code = -EAGAIN };
	struct pool_entry *entry = take(pool, network);

	if (!entry) {
		(void)fd_send_fds(sock, &answer, sizeof(answer), NULL, 0);
		return;
	}
	answer.code = 0;
	memcpy(answer.host_link, entry->host_link, sizeof(answer.host_link));
	if (fd_send_fds(sock, &answer, sizeof(answer), (int[]){ entry->netns_fd, entry->inner.fd },
			2) < 0) {
		/* who asked did not wait for it: it is as good as new */
		entry->next = pool->first;
		pool->first = entry;
		return;
	}
	entry_free(entry);
	refill_later(pool, AFTER_MS);
}

void pool_clear(struct pool *pool)
{
	struct pool_entry *entry;

	while ((entry = pool->first)) {
		pool->first = entry->next;
		entry_free(entry);
	}
	loop_remove(take_ptr(&pool->timer));
	pool->network_count = 0;
}
