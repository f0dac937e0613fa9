/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/container/life.h"
#include "engine/net/network.h"
#include "engine/net/rundir.h"
#include "engine/root/root.h"
#include "engine/store/networks.h"
#include "netd/netd.h"

enum {
	LOOK_MS = 2,   /* commands that come together are looked at together */
	RETRY_MS = 10, /* a bridge that is being made; doubled each time */
	RETRIES = 9,   /* five seconds in all */
	SWEEP_MS = 30000,
	LOG_MAX = 1 << 20,
};

/* --- looking -----------------------------------------------------------------------------------
 */

struct places {
	struct dns_place *items;
	size_t count;
};

static void places_free(struct places *places)
{
	free(places->items);
}

static int add_place(struct places *places, const struct network *network, const struct ip *ip)
{
	struct dns_place *items;

	if (!ip_is_set(ip))
		return 0;
	items = reallocarray(places->items, places->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	places->items = items;
	items += places->count++;
	*items = (struct dns_place){ .ip = *ip, .ifindex = if_nametoindex(network->link) };
	memcpy(items->network, network->id, sizeof(items->network));
	memcpy(items->link, network->link, sizeof(items->link));
	return 0;
}

/* The default network too: it has no names, but its containers ask here where the host's resolvers
 * are on the host's loopback (127.0.0.53), out of their reach. */
static int look_at(struct netd *netd, const struct network_row *row, bool in_use,
		   struct places *places, struct err *err)
{
	struct network *network cleanup_network = NULL;
	int r = network_find(netd->engine, row->id, &network, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	pool_look_at(&netd->pool, network, in_use);
	if (!in_use)
		return 0;
	if (add_place(places, network, &network->v4.gateway) < 0 ||
	    add_place(places, network, &network->v6.gateway) < 0)
		return err_oom(err);
	return 0;
}

static int look_at_all(struct netd *netd, struct places *places, bool *ret_in_use, struct err *err)
{
	struct network_row *rows = NULL;
	struct store *store;
	size_t count = 0;
	int64_t leases = 0;
	int r = engine_store(netd->engine, &store, err);

	if (r == 0)
		r = store_network_list(store, &rows, &count, err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = store_lease_count(store, rows[i].id, &leases, err);
		if (leases > 0)
			*ret_in_use = true;
		if (r == 0 && str_eq(rows[i].driver, "bridge"))
			r = look_at(netd, &rows[i], leases > 0, places, err);
	}
	for (size_t i = 0; i < count; i++)
		network_row_clear(&rows[i]);
	free(rows);
	return r;
}

static void look(struct netd *netd)
{
	struct places places cleanup_with(places_free) = { 0 };
	struct err err = { 0 };
	bool in_use = false;

	/* the root was removed, or the run tree alone: the next netd is another's */
	if (!root_is_there(netd->args.root) ||
	    faccessat(netd->dir_fd, NETD_LOCK, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		netd_leave(netd, true);
		return;
	}
	pool_look_begin(&netd->pool);
	if (look_at_all(netd, &places, &in_use, &err) < 0) {
		log_warn("look at the networks: %s", err.text);
		return;
	}
	linger_consider(netd, in_use);
	held_look(&netd->held);
	pool_look_end(&netd->pool);
	if (dns_net_set(&netd->dns, places.items, places.count))
		netd->look_tries = 0;
	else if (netd->look_tries < RETRIES)
		loop_set_timer(netd->look_timer,
			       ((int64_t)RETRY_MS << netd->look_tries++) * 1000000);
}

static void on_look(struct loop *loop, void *arg)
{
	look(arg);
}

void netd_look_soon(struct netd *netd)
{
	netd->look_tries = 0;
	loop_set_timer(netd->look_timer, LOOK_MS * INT64_C(1000000));
}

/* --- sweeping ----------------------------------------------------------------------------------
 */

static void bound_log(const struct netd *netd)
{
	struct stat st;

	if (fstat(netd->args.log_fd, &st) == 0 && st.st_size > LOG_MAX &&
	    ftruncate(netd->args.log_fd, 0) == 0)
		log_info("the log was full, and begins anew");
}

static void on_sweep(struct loop *loop, void *arg)
{
	struct netd *netd = arg;

	bound_log(netd);
	leases_sweep(netd);
	if (!netd->restored)
		held_restore(&netd->held);
	netd->restored = true;
	look(netd);
	loop_set_timer(netd->sweep_timer, SWEEP_MS * INT64_C(1000000));
}

/* --- beginning ---------------------------------------------------------------------------------
 */

/* SIGTERM: what no container needs is given back now, not after the linger time. */
static void on_end(struct loop *loop, int fd, uint32_t events, void *arg)
{
	netd_leave(arg, true);
}

static int watch_end_signal(struct netd *netd, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	netd->end_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (netd->end_fd < 0)
		return err_sys(err, errno, "signalfd");
	netd->end_source = loop_add_fd(netd->loop, netd->end_fd, EPOLLIN, on_end, netd);
	return netd->end_source ? 0 : err_oom(err);
}

static int begin(struct netd *netd, struct err *err)
{
	int r = engine_open(netd->args.root, &netd->engine, err);

	if (r < 0)
		return r;
	/* Monitors that are replaced from here, and restarts, execute it. */
	free(netd->engine->self);
	netd->engine->self = strdup(netd->args.coracle);
	netd->loop = loop_new();
	if (!netd->engine->self || !netd->loop)
		return err_oom(err);
	r = net_rundir(netd->engine, &netd->dir_fd, err);
	if (r == 0)
		r = requests_begin(netd, err);
	if (r == 0)
		r = watch_begin(netd, err);
	if (r == 0)
		r = watch_end_signal(netd, err);
	if (r < 0)
		return r;
	netd->dns.loop = netd->held.loop = netd->pool.loop = netd->loop;
	netd->dns.engine = netd->held.engine = netd->pool.engine = netd->engine;
	netd->pool.size = netd->args.pool;
	netd->dns.host.path = "/etc/resolv.conf";
	netd->look_timer = loop_add_timer(netd->loop, 0, on_look, netd);
	netd->sweep_timer = loop_add_timer(netd->loop, 0, on_sweep, netd);
	return netd->look_timer && netd->sweep_timer ? 0 : err_oom(err);
}

static void end(struct netd *netd)
{
	dns_net_clear(&netd->dns);
	held_clear(&netd->held);
	pool_clear(&netd->pool);
	watch_end(netd);
	if (netd->engine && netd->engine->root->system)
		monitors_group_leave_last(netd->engine);
	loop_free(netd->loop);
	close_fd(&netd->dir_fd);
	close_fd(&netd->end_fd);
	close_fd(&netd->args.lock_fd);
	close_fd(&netd->args.listen_fd);
	engine_close(netd->engine);
}

static int run(const struct netd_args *args)
{
	struct netd *netd = calloc(1, sizeof(*netd));
	struct err err = { 0 };
	int r;

	if (!netd)
		return 1;
	netd->args = *args;
	netd->dir_fd = -1;
	netd->end_fd = -1;
	netd->watch.nl = NL_NONE;
	r = begin(netd, &err);
	if (r == 0)
		r = loop_run(netd->loop);
	if (r < 0)
		log_error("%s", err.code ? err.text : strerror(-r));
	end(netd);
	free(netd);
	return r < 0;
}

/* A relayed connection takes six descriptors, and there may be a thousand. */
void netd_own_limit(bool own)
{
	static struct rlimit given;
	struct rlimit limit;

	if (!given.rlim_max && getrlimit(RLIMIT_NOFILE, &given) < 0)
		return;
	limit = given;
	if (own)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int netd_main(int argc, char **argv)
{
	struct netd_args args;

	fd_fill_standard();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* monitors that we replace are init's from the beginning */
	umask(077);
	netd_own_limit(true);
	if (netd_args_parse(argc, argv, &args, NULL) < 0)
		return 125;
	log_open(args.log_fd, LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	return run(&args);
}
