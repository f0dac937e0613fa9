/* SPDX-License-Identifier: Apache-2.0 */
/* Links, rules, forwarding, and who else has rules. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/container/member.h"
#include "engine/doctor/doctor.h"
#include "engine/engine.h"
#include "engine/net/firewall.h"
#include "engine/net/firewall_internal.h"
#include "engine/root/root.h"
#include "linux/netns.h"
#include "linux/rtnl.h"

/* An ordinary user's containers have no use for it. */
static enum finding_status needed(const struct doctor *d)
{
	return d->engine->root->system ? FINDING_MISSING : FINDING_WARN;
}

static bool cannot_try(const struct doctor *d, struct finding *ret)
{
	if (d->inner)
		return false;
	ret->status = needed(d);
	SAY(is, "not tried: no network namespace can be made");
	return true;
}

static void namespaces(const struct doctor *d, struct finding *ret)
{
	if (cannot_try(d, ret))
		SAY(follows, "containers have the host's network or none");
	else
		SAY(is, "there");
}

static void bridges(const struct doctor *d, struct finding *ret)
{
	static const uint8_t mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct rtnl_veth veth = { .name = "veth0", .netns_fd = d->netns_fd, .peer = "veth1" };
	struct err err;
	int r;

	if (cannot_try(d, ret))
		return;
	rtnl_add_bridge(&batch, "br0", mac, 0);
	r = nl_send(d->inner, &batch, &err);
	if (r == 0)
		r = rtnl_index(d->inner, "br0", &veth.master, &err);
	if (r == 0) {
		rtnl_add_veth(&batch, &veth);
		r = nl_send(d->inner, &batch, &err);
	}
	if (r == 0) {
		SAY(is, "there");
		return;
	}
	ret->status = needed(d);
	SAY(is, "%.200s", err.text);
	SAY(follows, "no bridge networks");
	SAY(mend, "a kernel with CONFIG_BRIDGE and CONFIG_VETH (modules bridge, veth)");
}

static bool has_kind(const struct doctor *d, const char *kind, char why[256])
{
	struct nl_batch batch cleanup_nl_batch = NL_BATCH_INIT;
	struct rtnl_vlan vlan = { .kind = kind, .name = "try0", .netns_fd = d->netns_fd };
	struct err err;
	int r;

	if (str_eq(kind, "ifb")) {
		rtnl_add_ifb(&batch, "try0");
	} else {
		if (rtnl_index(d->inner, "veth1", &vlan.parent, NULL) < 0)
			return false;
		vlan.mode = str_eq(kind, "macvlan") ? MACVLAN_MODE_BRIDGE : IPVLAN_MODE_L2;
		rtnl_add_vlan(&batch, &vlan);
	}
	r = nl_send(d->inner, &batch, &err);
	snprintf(why, 256, "%.200s", r < 0 ? err.text : "there");
	if (r == 0) {
		rtnl_delete(&batch, "try0");
		nl_send(d->inner, &batch, NULL);
	}
	return r == 0;
}

static void kind(const struct doctor *d, const char *name, const char *follows, struct finding *ret)
{
	if (!d->inner) {
		ret->status = FINDING_WARN;
		SAY(is, "not tried");
	} else if (!has_kind(d, name, ret->is)) {
		ret->status = FINDING_WARN;
		SAY(follows, "%s", follows);
		SAY(mend, "a kernel with it (module %s)", name);
	}
}

static void macvlan(const struct doctor *d, struct finding *ret)
{
	kind(d, "macvlan", "no networks of the driver macvlan", ret);
}

static void ipvlan(const struct doctor *d, struct finding *ret)
{
	kind(d, "ipvlan", "no networks of the driver ipvlan", ret);
}

static void ifb(const struct doctor *d, struct finding *ret)
{
	kind(d, "ifb", "no --net-rate", ret);
}

/* Our own table, in the throw-away namespace. */
static void rules(const struct doctor *d, struct finding *ret)
{
	struct nft t cleanup_nft = { 0 };
	struct err err;
	struct nl nl cleanup_nl = NL_NONE;
	int fd, r;

	if (cannot_try(d, ret))
		return;
	r = netns_socket(d->netns_fd, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, &fd, &err);
	if (r == 0) {
		nl = nl_take(fd);
		nft_begin(&t, "coracle");
		nft_add_table(&t);
		firewall_put_table(&t, true);
		r = nft_commit(&nl, &t, &err);
	}
	if (r == 0) {
		SAY(is, "all that our table needs");
		return;
	}
	ret->status = needed(d);
	SAY(is, "%.200s", err.text);
	SAY(follows, "no bridge networks");
	SAY(mend, "a kernel with nf_tables (inet, nat, masquerade, fib)");
}

static void protocol(const char *what, int family, int type, int proto, const char *follows,
		     struct finding *ret)
{
	int fd cleanup_fd = socket(family, type | SOCK_CLOEXEC, proto);

	if (fd >= 0) {
		SAY(is, "there");
		return;
	}
	ret->status = FINDING_WARN;
	SAY(is, "%s: %s", what, strerror(errno));
	SAY(follows, "%s", follows);
}

static void ipv6(const struct doctor *d, struct finding *ret)
{
	protocol("IPv6", AF_INET6, SOCK_DGRAM, 0, "networks have IPv4 alone", ret);
}

static void sctp(const struct doctor *d, struct finding *ret)
{
	protocol("SCTP", AF_INET, SOCK_STREAM, IPPROTO_SCTP, "no ports of sctp can be published",
		 ret);
}

static bool is_on(const char *path)
{
	struct buf text cleanup_buf = BUF_INIT(16);

	return fd_read_file_at(AT_FDCWD, path, 16, &text, NULL) == 0 && *buf_str(&text) == '1';
}

static void forwarding(const struct doctor *d, struct finding *ret)
{
	if (is_on("/proc/sys/net/ipv4/ip_forward")) {
		SAY(is, "on");
		return;
	}
	SAY(is, "off");
	SAY(follows, "it is switched on while containers are on bridges, for their packets alone, "
		     "and off again");
}

static void br_netfilter(const struct doctor *d, struct finding *ret)
{
	if (!is_on("/proc/sys/net/bridge/bridge-nf-call-iptables")) {
		SAY(is, "off");
		return;
	}
	ret->status = FINDING_WARN;
	SAY(is, "on: bridges pass each packet through the rules of IP once more");
	SAY(follows, "a few per cent less throughput; the host's forward rules see packets between "
		     "containers of one network");
	SAY(mend, "sysctl net.bridge.bridge-nf-call-iptables=0, where nobody needs it");
}

/* What rules do is not judged; a policy is plain. */
static void firewalls(const struct doctor *d, struct finding *ret)
{
	json_t *list cleanup_json = NULL, *chain;
	unsigned drops = 0, others = 0;
	struct err err;
	size_t i;

	if (!d->engine->root->system || firewall_obstacles(d->engine, &list, &err) < 0) {
		SAY(is, "%.200s", d->engine->root->system ? err.text : "only root can look");
		return;
	}
	json_array_foreach (list, i, chain) {
		if (!str_eq(member_str(chain, "Policy"), "drop")) {
			others++;
			continue;
		}
		if (drops++ == 0)
			SAY(is, "chain %.60s %.60s %.60s drops in %.16s what no rule accepts",
			    member_str(chain, "Family"), member_str(chain, "Table"),
			    member_str(chain, "Chain"), member_str(chain, "Hook"));
	}
	if (drops == 0) {
		SAY(is, "%u chains of others have rules, none drops by policy", others);
		return;
	}
	ret->status = FINDING_WARN;
	SAY(follows, "forward: containers do not reach the outside; input: nor our names on the "
		     "bridge's address, nor ports at [::1]");
	SAY(mend,
	    "accept there what comes from and goes to the bridges (coracle0, cr-*); we do not "
	    "change others' rules");
}

static void resolvers(const struct doctor *d, struct finding *ret)
{
	struct buf text cleanup_buf = BUF_INIT(1 << 16);
	int fd cleanup_fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && fd_read_all(fd, &text) == 0 &&
	    (str_starts(buf_str(&text), "nameserver") || strstr(buf_str(&text), "\nnameserver"))) {
		SAY(is, "in /etc/resolv.conf");
		return;
	}
	ret->status = FINDING_WARN;
	SAY(is, "/etc/resolv.conf names none");
	SAY(follows, "containers find each other's names, and no others");
	SAY(mend, "a line nameserver ADDRESS, or --dns");
}

const struct doctor_check doctor_network[] = {
	{ "network namespaces", namespaces },
	{ "bridges", bridges },
	{ "nftables", rules },
	{ "macvlan", macvlan },
	{ "ipvlan", ipvlan },
	{ "ifb", ifb },
	{ "IPv6", ipv6 },
	{ "SCTP", sctp },
	{ "forwarding", forwarding },
	{ "br_netfilter", br_netfilter },
	{ "other firewalls", firewalls },
	{ "resolvers", resolvers },
	{ 0 },
};
