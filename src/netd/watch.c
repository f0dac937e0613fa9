/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's rules are flushed by hand, by a firewall's restart, by a tool that knows only its own:
 * the kernel tells, and our table is made again from the store. At once the first time; who
 * deletes it over and over is answered at growing intervals, so that two who disagree do not take
 * the processors from all others.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/time.h"
#include "engine/net/firewall.h"
#include "engine/net/rundir.h"
#include "engine/store/networks.h"
#include "netd/netd.h"

enum {
	PAUSE_MS = 100,	  /* after the second loss in a row; doubled by each */
	PAUSES = 7,	  /* 6.4 seconds at most */
	QUIET_MS = 30000, /* after that long without a loss the next one is a first one */
	RETRY_MS = 1000,  /* after what failed for another reason */
};

static bool is_wanted(struct netd *netd)
{
	struct store *store;
	int64_t count = 0;

	return engine_store(netd->engine, &store, NULL) == 0 &&
	       store_lease_count(store, NULL, &count, NULL) == 0 && count > 0;
}

/* Under the lock of those who take the table away when nobody needs it: it is not made again behind
 * their backs. 1: it was made. */
static int rebuild(struct netd *netd, struct err *err)
{
	int lock cleanup_fd = -1;
	bool there = false;
	int r = net_lock(netd->engine, &lock, err);

	if (r < 0 || !is_wanted(netd))
		return r;
	r = firewall_is_there(netd->engine, &there, err);
	if (r == 0 && !there) {
		r = firewall_rebuild(netd->engine, err);
		r = r < 0 ? r : 1;
	}
	return r;
}

static void on_timer(struct loop *loop, void *arg)
{
	struct netd *netd = arg;
	struct err err = { 0 };
	int r = rebuild(netd, &err);

	if (r < 0) {
		log_warn("the table of rules is gone, and cannot be made again: %s", err.text);
		loop_set_timer(netd->watch.timer, RETRY_MS * INT64_C(1000000));
		return;
	}
	netd->watch.pending = false;
	if (r > 0) {
		netd->watch.made_ns = time_monotonic_ns();
		log_info("the table of rules was gone, and is made again");
	}
}

static void restore_soon(struct netd *netd)
{
	struct watch *watch = &netd->watch;
	int64_t since = time_monotonic_ns() - watch->made_ns, wait = 0;

	if (watch->pending)
		return;
	if (!watch->made_ns || since > QUIET_MS * INT64_C(1000000))
		watch->losses = 0;
	if (watch->losses > 0) {
		wait = (PAUSE_MS * INT64_C(1000000)) << (watch->losses - 1);
		wait = wait > since ? wait - since : 0;
	}
	if (watch->losses < PAUSES)
		watch->losses++;
	watch->pending = true;
	loop_set_timer(watch->timer, wait);
}

static void on_event(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct netd *netd = arg;
	struct err err = { 0 };
	bool lost = false;

	if (firewall_watch_read(netd->engine, &netd->watch.nl, &lost, &err) < 0)
		log_warn("the host's rules: %s", err.text);
	else if (lost)
		restore_soon(netd);
}

/* Before the first look: what went before somebody watched is made again too. */
int watch_begin(struct netd *netd, struct err *err)
{
	int r = firewall_watch_open(&netd->watch.nl, err);

	if (r < 0)
		return r;
	netd->watch.source = loop_add_fd(netd->loop, netd->watch.nl.fd, EPOLLIN, on_event, netd);
	netd->watch.timer = loop_add_timer(netd->loop, 0, on_timer, netd);
	return netd->watch.source && netd->watch.timer ? 0 : err_oom(err);
}

void watch_end(struct netd *netd)
{
	loop_remove(take_ptr(&netd->watch.source));
	loop_remove(take_ptr(&netd->watch.timer));
	nl_close(&netd->watch.nl);
}
