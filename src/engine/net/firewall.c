/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/net/firewall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/engine.h"
#include "engine/net/attach_internal.h"
#include "engine/net/firewall_internal.h"
#include "engine/net/rundir.h"
#include "engine/net/shared.h"
#include "engine/root/root.h"

const char *firewall_table_name(const struct engine *engine)
{
	return engine->root->cgroup_parent;
}

/* --- the whole table ------------------------------------------------------------------------- */

static int put_networks(struct engine *engine, struct nft *t, struct err *err)
{
	struct network **list;
	size_t count;
	int r = network_list(engine, &list, &count, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		if (str_eq(list[i]->driver, "bridge"))
			firewall_put_network(t, list[i]);
	network_list_free(list, count);
	return 0;
}

static int put_container(struct engine *engine, struct nft *t, const struct port_row *ports,
			 size_t count, struct err *err)
{
	struct net_attachment a cleanup_with(attach_clear) = { .netns_fd = -1 };
	struct firewall_target target;
	int r = attach_load(engine, ports[0].container, &a, err);

	if (r == 0 && attach_target(&a, &target, NULL) == 0)
		firewall_put_ports(t, ports, count, &target, false);
	return r;
}

/* Rows of one container lie together. */
static int put_all_ports(struct engine *engine, struct nft *t, struct err *err)
{
	struct port_row *ports cleanup_free = NULL;
	size_t count = 0, first = 0, end;
	struct store *store;
	int r = engine_store(engine, &store, err);

	if (r == 0)
		r = store_port_list(store, NULL, &ports, &count, err);
	for (; r == 0 && first < count; first = end) {
		end = first + 1;
		while (end < count && str_eq(ports[end].container, ports[first].container))
			end++;
		r = put_container(engine, t, &ports[first], end - first, err);
	}
	return r;
}

/* Added before it is deleted: deleting what is not there would be refused. */
int firewall_rebuild(struct engine *engine, struct err *err)
{
	struct nl nl cleanup_nl = NL_NONE;
	struct nft t cleanup_nft = { 0 };
	int r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	nft_begin(&t, firewall_table_name(engine));
	nft_add_table(&t);
	nft_delete_table(&t);
	nft_add_table(&t);
	firewall_put_table(&t, shared_forwarding_is_ours(engine));
	r = put_networks(engine, &t, err);
	if (r == 0)
		r = put_all_ports(engine, &t, err);
	return r < 0 ? r : nft_commit(&nl, &t, err);
}

int firewall_remove(struct engine *engine, struct err *err)
{
	struct nl nl cleanup_nl = NL_NONE;
	struct nft t cleanup_nft = { 0 };
	int r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	nft_begin(&t, firewall_table_name(engine));
	nft_add_table(&t);
	nft_delete_table(&t);
	return nft_commit(&nl, &t, err);
}

static int no_message(void *arg, const struct nlmsghdr *message)
{
	return 0;
}

int firewall_is_there(struct engine *engine, bool *ret, struct err *err)
{
	struct nfgenmsg header = { .nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0 };
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct nl nl cleanup_nl = NL_NONE;
	int r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	nl_begin(&batch, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0, &header, sizeof(header),
		 "look for table inet %s", firewall_table_name(engine));
	nl_put_str(&batch, NFTA_TABLE_NAME, firewall_table_name(engine));
	r = nl_ask(&nl, &batch, no_message, NULL, err);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = r == 0;
	return 0;
}

/* --- elements -------------------------------------------------------------------------------- */

/* What is missing, or holds another value, is no part of what the store says: all of it is made
 * again. */
static int commit_or_rebuild(struct engine *engine, struct nft *t, struct err *err)
{
	struct nl nl cleanup_nl = NL_NONE;
	struct err why = { 0 };
	int r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	r = nft_commit(&nl, t, &why);
	if (r == -ENOENT || r == -EEXIST || r == -EBUSY)
		return firewall_rebuild(engine, err);
	if (r < 0 && err)
		*err = why;
	return r;
}

int firewall_add_network(struct engine *engine, const struct network *network, struct err *err)
{
	struct nft t cleanup_nft = { 0 };

	nft_begin(&t, firewall_table_name(engine));
	firewall_put_network(&t, network);
	return commit_or_rebuild(engine, &t, err);
}

int firewall_add_ports(struct engine *engine, const struct port_row *ports, size_t count,
		       const struct firewall_target *target, struct err *err)
{
	struct nft t cleanup_nft = { 0 };

	nft_begin(&t, firewall_table_name(engine));
	firewall_put_ports(&t, ports, count, target, false);
	return commit_or_rebuild(engine, &t, err);
}

/* One by one where not all of them are there; a missing one is what was wanted. */
static int remove_each(struct engine *engine, struct nl *nl, const struct port_row *ports,
		       size_t count, const struct firewall_target *target, struct err *err)
{
	struct err why = { 0 };
	int r = 0;

	for (size_t i = 0; i < count && (r == 0 || r == -ENOENT); i++) {
		struct nft t cleanup_nft = { 0 };

		nft_begin(&t, firewall_table_name(engine));
		firewall_put_ports(&t, &ports[i], 1, target, true);
		r = nft_commit(nl, &t, &why);
	}
	if (r == 0 || r == -ENOENT)
		return 0;
	if (err)
		*err = why;
	return r;
}

int firewall_remove_ports(struct engine *engine, const struct port_row *ports, size_t count,
			  const struct firewall_target *target, struct err *err)
{
	struct nl nl cleanup_nl = NL_NONE;
	struct nft t cleanup_nft = { 0 };
	struct err why = { 0 };
	int r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	nft_begin(&t, firewall_table_name(engine));
	firewall_put_ports(&t, ports, count, target, true);
	r = nft_commit(&nl, &t, &why);
	if (r == -ENOENT)
		return remove_each(engine, &nl, ports, count, target, err);
	if (r < 0 && err)
		*err = why;
	return r;
}

/* --- watching -------------------------------------------------------------------------------- */

int firewall_watch_open(struct nl *ret, struct err *err)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct nl nl cleanup_nl = NL_NONE;
	int group = NFNLGRP_NFTABLES, r = nl_open(NETLINK_NETFILTER, &nl, err);

	if (r < 0)
		return r;
	/* A socket without a port (0) is taken for the sender, and told nothing. */
	if (bind(nl.fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(nl.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return err_sys(err, errno, "watch the rules of the host");
	*ret = nl;
	nl = NL_NONE;
	return 0;
}

/* Whether this message tells that our table is gone. */
static bool is_loss(const struct engine *engine, const struct nlmsghdr *message)
{
	const struct nlattr *table[NFTA_TABLE_MAX + 1];
	const struct nfgenmsg *header = NLMSG_DATA(message);
	const char *name;

	if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE) ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*header)))
		return false;
	nl_parse(message, sizeof(*header), table, NFTA_TABLE_MAX);
	name = nl_get_str(table[NFTA_TABLE_NAME]);
	return header->nfgen_family == NFPROTO_INET && name &&
	       str_eq(name, firewall_table_name(engine));
}

/* Our own rebuilding deletes the table too, and it is back at once: the last word is the table's.
 */
int firewall_watch_read(struct engine *engine, struct nl *watch, bool *ret_lost, struct err *err)
{
	enum { ROOM = 64 << 10 };
	char *room cleanup_free = malloc(ROOM);
	bool suspect = false, there = true;
	ssize_t len;
	int r = 0;

	if (!room)
		return err_oom(err);
	while ((len = recv(watch->fd, room, ROOM, MSG_DONTWAIT)) >= 0 || errno == EINTR ||
	       errno == ENOBUFS) {
		struct nlmsghdr *message = (struct nlmsghdr *)room;

		if (len < 0) { /* more was told than there was room for */
			suspect = suspect || errno == ENOBUFS;
			continue;
		}
		for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len))
			suspect = suspect || is_loss(engine, message);
	}
	if (suspect)
		r = firewall_is_there(engine, &there, err);
	if (r == 0)
		*ret_lost = !there;
	return r;
}
