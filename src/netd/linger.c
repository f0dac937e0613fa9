/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end. Some seconds after the last lease went, so that runs one after another find everything
 * made, the host gets back what was its own. Under the start lock, and with one more look at the
 * leases, and at when somebody last saw to it that we are here (netd_ensure): who starts a
 * container takes its lease a moment after.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/time.h"
#include "engine/net/rundir.h"
#include "engine/net/shared.h"
#include "engine/store/networks.h"
#include "linux/flock.h"
#include "netd/netd.h"

enum { GRACE_MS = 2000 }; /* netd.h names it */

/* True as well where the store cannot be asked. */
static bool has_leases(struct netd *netd)
{
	struct store *store;
	int64_t count;

	return engine_store(netd->engine, &store, NULL) < 0 ||
	       store_lease_count(store, NULL, &count, NULL) < 0 || count > 0;
}

/* Milliseconds until nobody can count on us any more. The clock may be set at any time: what lies
 * in the future is as good as now. */
static int64_t ms_to_stay(int start_fd)
{
	struct stat st;
	int64_t since;

	if (fstat(start_fd, &st) < 0)
		return 0;
	since = time_now_ns() / 1000000 -
		(st.st_mtim.tv_sec * INT64_C(1000) + st.st_mtim.tv_nsec / 1000000);
	return since < 0 ? GRACE_MS : since < GRACE_MS ? GRACE_MS - since : 0;
}

static void give_back(struct netd *netd)
{
	int lock cleanup_fd = -1;
	struct err err = { 0 };

	if (net_lock(netd->engine, &lock, &err) < 0 || shared_remove_idle(netd->engine, &err) < 0)
		log_warn("give the host back what is its own: %s", err.text);
}

void netd_leave(struct netd *netd, bool always)
{
	int start cleanup_fd = -1;
	struct err err = { 0 };
	int64_t stay;

	if (flock_open(netd->dir_fd, NETD_START, FLOCK_EXCLUSIVE, &start, &err) < 0) {
		log_warn("%s", err.text);
		if (always)
			loop_stop(netd->loop);
		return;
	}
	if (!always && has_leases(netd))
		return;
	stay = always ? 0 : ms_to_stay(start);
	if (stay > 0) {
		loop_set_timer(netd->linger_timer, stay * 1000000);
		return;
	}
	watch_end(netd); /* what we take away ourselves is no loss */
	dns_net_clear(&netd->dns);
	held_clear(&netd->held);
	pool_clear(&netd->pool);
	give_back(netd);
	unlinkat(netd->dir_fd, NETD_SOCKET, 0);
	/* Free before the start lock is: nobody finds it held by who is gone. */
	close_fd(&netd->args.lock_fd);
	loop_stop(netd->loop);
}

static void on_linger(struct loop *loop, void *arg)
{
	netd_leave(arg, false);
}

void linger_consider(struct netd *netd, bool in_use)
{
	if (in_use) {
		loop_remove(take_ptr(&netd->linger_timer));
	} else if (!netd->linger_timer) {
		netd->linger_timer =
		    loop_add_timer(netd->loop, netd->args.linger_ns, on_linger, netd);
	}
}
