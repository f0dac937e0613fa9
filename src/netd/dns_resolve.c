/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks decides what a name means: the sender's address is a lease, the lease a container, and
 * the container sees the names of all networks that it is on at this moment.
 */
#include <errno.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "engine/store/networks.h"
#include "netd/dns.h"

enum { ADDRESSES_MAX = 512 };

struct lookup {
	struct store *store;
	const char *asker;
	const uint8_t *wire;
	const struct dns_request *request;
	size_t limit;
	struct dns_outcome *ret;
};

static int answer(const struct lookup *l, int rcode, const struct dns_records *records,
		  struct err *err)
{
	l->ret->verdict = DNS_ANSWER;
	if (dns_build(l->wire, l->request, rcode, records, l->limit, &l->ret->message) < 0)
		return err_oom(err);
	return 0;
}

static bool wants(const struct dns_request *request, const struct ip *ip)
{
	if (!ip_is_set(ip))
		return false;
	return request->type == LDNS_RR_TYPE_ANY ||
	       request->type == (ip->len == 4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA);
}

/* An alias may be several containers': each answer begins with another, as clients take the first.
 */
static void rotate(struct ip *ips, size_t count)
{
	struct ip copy[ADDRESSES_MAX];
	uint32_t by = 0;

	if (count < 2 || getrandom(&by, sizeof(by), GRND_NONBLOCK) != sizeof(by))
		return;
	memcpy(copy, ips, count * sizeof(*ips));
	for (size_t i = 0; i < count; i++)
		ips[i] = copy[(i + by) % count];
}

/* A name that exists and has no record of the wanted type is an empty answer, not NXDOMAIN (which
 * would deny its other types), and is not asked for upstream. */
static int answer_leases(const struct lookup *l, const struct lease_row *leases, size_t count,
			 const char *network, struct err *err)
{
	struct ip ips[ADDRESSES_MAX];
	struct dns_records records = { .addresses = ips };
	size_t matching = 0;

	for (size_t i = 0; i < count && records.count + 2 <= ADDRESSES_MAX; i++) {
		if (network && !str_eq(leases[i].network, network))
			continue;
		matching++;
		if (wants(l->request, &leases[i].ip4))
			ips[records.count++] = leases[i].ip4;
		if (wants(l->request, &leases[i].ip6))
			ips[records.count++] = leases[i].ip6;
	}
	if (matching == 0)
		return 1;
	rotate(ips, records.count);
	return answer(l, DNS_NOERROR, &records, err);
}

/* 1: nobody has the name (on `network`, an id; NULL: on any of the asker's). */
static int try_name(const struct lookup *l, const char *name, const char *network, struct err *err)
{
	struct lease_row *leases = NULL;
	size_t count = 0;
	int r = store_name_find(l->store, l->asker, name, &leases, &count, err);

	if (r == 0)
		r = answer_leases(l, leases, count, network, err);
	lease_list_free(leases, count);
	return r;
}

/* "web.backend": the name on the network of that name. */
static int try_qualified(const struct lookup *l, struct err *err)
{
	struct network_row row cleanup_with(network_row_clear) = { 0 };
	char name[256], *dot;
	int r;

	snprintf(name, sizeof(name), "%s", l->request->name);
	dot = strrchr(name, '.');
	if (!dot)
		return 1;
	*dot = '\0';
	r = store_network_find(l->store, dot + 1, &row, err);
	if (r == -ENOENT || r == -EINVAL) /* none, or the prefix of several ids */
		return 1;
	if (r < 0)
		return r;
	/* not by a prefix of its id */
	return strcasecmp(row.name, dot + 1) == 0 ? try_name(l, name, row.id, err) : 1;
}

static int network_doc(struct store *store, const char *id, json_t **ret, struct err *err)
{
	struct network_row row cleanup_with(network_row_clear) = { 0 };
	int r = store_network_find(store, id, &row, err);

	return r < 0 ? r : js_parse(row.config, strlen(row.config), "the network", ret, err);
}

static bool doc_has_address(const json_t *doc, const struct ip *ip)
{
	const json_t *config = json_object_get(json_object_get(doc, "IPAM"), "Config"), *item;
	struct ip_prefix subnet;
	size_t i;

	json_array_foreach (config, i, item) {
		const char *text = json_string_value(json_object_get(item, "Subnet"));

		if (text && ip_prefix_parse(text, &subnet) && ip_prefix_contains(&subnet, ip))
			return true;
	}
	return false;
}

/* What is to be known of the asker's networks for what we do not answer ourselves. */
struct surroundings {
	bool internal; /* all of them: no word leaves */
	bool ours;     /* the reverse name is of an address in one of them */
};

static int look_around(const struct lookup *l, struct surroundings *ret, struct err *err)
{
	struct lease_row *leases = NULL;
	size_t count = 0;
	int r = store_lease_list(l->store, NULL, l->asker, &leases, &count, err);

	*ret = (struct surroundings){ .internal = true };
	for (size_t i = 0; r == 0 && i < count; i++) {
		json_t *doc cleanup_json = NULL;

		r = network_doc(l->store, leases[i].network, &doc, err);
		if (r < 0)
			break;
		if (!json_is_true(json_object_get(doc, "Internal")))
			ret->internal = false;
		if (ip_is_set(&l->request->reverse) && doc_has_address(doc, &l->request->reverse))
			ret->ours = true;
	}
	lease_list_free(leases, count);
	return r;
}

/* No container's name. A container all of whose networks are internal has no upstream: a name can
 * carry data out (CVE-2024-29018). It hears SERVFAIL, as from Docker: whether the name exists is
 * not known here. */
static int pass_on(const struct lookup *l, struct err *err)
{
	struct surroundings around;
	int r = look_around(l, &around, err);

	if (r < 0)
		return r;
	if (around.ours) /* who numbers our containers is nobody else's business */
		return answer(l, DNS_NXDOMAIN, NULL, err);
	if (around.internal)
		return answer(l, DNS_SERVFAIL, NULL, err);
	l->ret->verdict = DNS_FORWARD;
	l->ret->request = *l->request;
	return 0;
}

static int resolve_reverse(const struct lookup *l, struct err *err)
{
	char *name cleanup_free = NULL, *dotted cleanup_free = NULL;
	struct dns_records records = { 0 };
	int r = store_name_of(l->store, l->asker, &l->request->reverse, &name, err);

	if (r < 0)
		return r;
	if (!name)
		return pass_on(l, err);
	dotted = str_printf("%s.", name);
	if (!dotted)
		return err_oom(err);
	records.name = dotted;
	return answer(l, DNS_NOERROR, &records, err);
}

static int resolve(const struct lookup *l, struct err *err)
{
	int r = 1;

	if (l->request->class == LDNS_RR_CLASS_IN && ip_is_set(&l->request->reverse))
		return resolve_reverse(l, err);
	if (l->request->class == LDNS_RR_CLASS_IN && l->request->plain) {
		r = try_name(l, l->request->name, NULL, err);
		if (r == 1)
			r = try_qualified(l, err);
	}
	return r == 1 ? pass_on(l, err) : r;
}

int dns_resolve(struct store *store, const char *network, const struct ip *from,
		const uint8_t *wire, size_t len, size_t limit, struct dns_outcome *ret,
		struct err *err)
{
	struct lease_row lease cleanup_with(lease_row_clear) = { 0 };
	struct dns_request request;
	int rcode = dns_request_parse(wire, len, &request), r;

	*ret = (struct dns_outcome){ .verdict = DNS_DROP };
	if (rcode < 0)
		return 0;
	r = store_lease_at(store, network, from, &lease, err);
	if (r < 0)
		return r;
	if (r == 0)
		rcode = DNS_REFUSED;
	if (rcode != DNS_NOERROR) {
		ret->verdict = DNS_ANSWER;
		return dns_build_error(wire, len, rcode, &ret->message) < 0 ? err_oom(err) : 0;
	}
	memcpy(ret->asker, lease.container, sizeof(ret->asker));
	return resolve(&(struct lookup){ .store = store,
					 .asker = ret->asker,
					 .wire = wire,
					 .request = &request,
					 .limit = limit ? limit : dns_request_limit(&request),
					 .ret = ret },
		       err);
}
