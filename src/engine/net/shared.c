/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/net/firewall.h"

#include "engine/net/rundir.h"
#include "engine/root/root.h"
#include "engine/store/networks.h"

/* --- marks ----------------------------------------------------------------------------------- */

void shared_alias(const char *owner, const struct network *network, char ret[RTNL_ALIAS_MAX])
{
	snprintf(ret, RTNL_ALIAS_MAX, "%s %s", owner, network->id);
}

bool shared_is_ready(const struct engine *engine, const struct network *network,
		     const struct rtnl_link *link)
{
	char alias[RTNL_ALIAS_MAX];

	shared_alias(engine->root->cgroup_parent, network, alias);
	return str_eq(link->alias, alias);
}

/* The network that a link of ours belongs to; NULL: it is not ours. */
static const char *network_of(const struct engine *engine, const struct rtnl_link *link)
{
	size_t len = strlen(engine->root->cgroup_parent);

	if (strncmp(link->alias, engine->root->cgroup_parent, len) != 0 || link->alias[len] != ' ')
		return NULL;
	return link->alias + len + 1;
}

/* --- forwarding ------------------------------------------------------------------------------ */

#define FORWARDING "forwarding" /* in run/net: a line per setting that was off before us */

static const char *const forwarding_paths[] = {
	"/proc/sys/net/ipv4/ip_forward",
	"/proc/sys/net/ipv6/conf/all/forwarding",
};

static bool is_off(const char *path)
{
	struct buf text cleanup_buf = BUF_INIT(64);

	return fd_read_file_at(AT_FDCWD, path, 64, &text, NULL) == 0 && *buf_str(&text) == '0';
}

static int write_down(struct engine *engine, const char *path, struct err *err)
{
	int dir cleanup_fd = -1, fd cleanup_fd = -1, r = net_rundir(engine, &dir, err);

	if (r < 0)
		return r;
	fd = openat(dir, FORWARDING, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || (r = fd_write_all(fd, path, strlen(path))) < 0 ||
	    (r = fd_write_all(fd, "\n", 1)) < 0)
		return err_sys(err, fd < 0 ? errno : -r, "write %s/net/" FORWARDING,
			       engine->root->run);
	return 0;
}

/* Written down first, then the table that makes the host no router for strangers, then the
 * switch. */
int shared_forwarding(struct engine *engine, bool v4, bool v6, struct err *err)
{
	const bool wanted[] = { v4, v6 };
	bool change = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(wanted); i++) {
		if (!wanted[i] || !is_off(forwarding_paths[i]))
			continue;
		change = true;
		r = write_down(engine, forwarding_paths[i], err);
	}
	if (!change)
		return 0;
	if (r == 0)
		r = firewall_rebuild(engine, err);
	for (i = 0; r == 0 && i < ARRAY_SIZE(wanted); i++)
		if (wanted[i] && is_off(forwarding_paths[i]))
			r = fd_write_file_at(AT_FDCWD, forwarding_paths[i], "1", err);
	return r;
}

bool shared_forwarding_is_ours(struct engine *engine)
{
	int dir cleanup_fd = -1;

	return net_rundir(engine, &dir, NULL) == 0 &&
	       faccessat(dir, FORWARDING, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Only settings of the list above are believed: the file is ours, but a line of it may be half
 * written. */
static void restore_forwarding(struct engine *engine)
{
	struct buf text cleanup_buf = BUF_INIT(1 << 16);
	int dir cleanup_fd = -1;

	if (net_rundir(engine, &dir, NULL) < 0 ||
	    fd_read_file_at(dir, FORWARDING, 1 << 16, &text, NULL) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(forwarding_paths); i++)
		if (strstr(buf_str(&text), forwarding_paths[i]))
			fd_write_file_at(AT_FDCWD, forwarding_paths[i], "0", NULL);
	unlinkat(dir, FORWARDING, 0);
}

/* --- removing -------------------------------------------------------------------------------- */

struct sweep {
	struct engine *engine;
	struct store *store;
	struct nl_batch batch;
	size_t count, kept;
};

static int look(void *arg, const struct rtnl_link *link)
{
	struct sweep *sweep = arg;
	const char *network = network_of(sweep->engine, link);
	int64_t leases = 0;

	if (!network)
		return 0;
	if (store_lease_count(sweep->store, network, &leases, NULL) < 0 || leases > 0) {
		sweep->kept++;
		return 0;
	}
	rtnl_delete(&sweep->batch, link->name);
	sweep->count++;
	return 0;
}

static int remove_links(struct engine *engine, struct store *store, size_t *ret_kept,
			struct err *err)
{
	struct sweep sweep = { .engine = engine, .store = store, .batch = NL_BATCH_INIT };
	struct nl host cleanup_nl = NL_NONE;
	int r = nl_open(NETLINK_ROUTE, &host, err);

	if (r == 0)
		r = rtnl_each(&host, look, &sweep, err);
	if (r == 0 && sweep.count > 0)
		r = nl_send(&host, &sweep.batch, err);
	nl_batch_free(&sweep.batch);
	*ret_kept = sweep.kept;
	return r == -ENODEV ? 0 : r;
}

int shared_remove_idle(struct engine *engine, struct err *err)
{
	struct store *store;
	int64_t leases = 0;
	size_t kept = 0;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = remove_links(engine, store, &kept, err);
	if (r == 0)
		r = store_lease_count(store, NULL, &leases, err);
	if (r < 0)
		return r;
	if (leases > 0 || kept > 0)
		return 0;
	restore_forwarding(engine);
	return firewall_remove(engine, err);
}
