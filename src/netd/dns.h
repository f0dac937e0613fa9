/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: what a container's resolver asks, and what it is told. Everything here works on bytes and
 * on the store alone; sockets are in dns_server.c and dns_forward.c. Requests and upstreams'
 * answers are hostile.
 */
#ifndef CORACLE_NETD_DNS_H
#define CORACLE_NETD_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"

struct store;

enum {
	DNS_HEADER = 12,
	DNS_PLAIN_MAX = 512,	/* an answer over UDP without EDNS (RFC 1035) */
	DNS_UDP_MAX = 4096,	/* the most we take or give over UDP */
	DNS_REQUEST_MAX = 4096, /* over TCP too: a question is at most 300 bytes */
	DNS_MESSAGE_MAX = 65535,
	/* Seconds. An address is free again as soon as its container ends, and may be another's
	 * some starts later: who caches must not talk to that one for long. */
	DNS_TTL = 5,
};

/* The rcodes we use (RFC 1035, 4.1.1). */
enum { DNS_NOERROR, DNS_FORMERR, DNS_SERVFAIL, DNS_NXDOMAIN, DNS_NOTIMP, DNS_REFUSED };

struct dns_request {
	uint16_t type, class;
	size_t question_end; /* offset behind the question */
	char name[256];	     /* lower case, labels joined by dots; "" where `plain` is not set */
	bool plain;	     /* letters, digits, '-' and '_' only */
	bool recursion;	     /* RD */
	bool edns;
	uint16_t udp_size; /* with EDNS: what its sender takes */
	struct ip reverse; /* for PTR below in-addr.arpa or ip6.arpa: that address */
};

/* 0; an rcode to answer with; or -1 for what gets no answer (too short for a header, or no
 * request).
 */
int dns_request_parse(const uint8_t *wire, size_t len, struct dns_request *ret);

/* How many bytes the sender takes over UDP. */
size_t dns_request_limit(const struct dns_request *request);

/* A malloc'ed answer. */
struct dns_message {
	uint8_t *data;
	size_t len;
};
void dns_message_clear(struct dns_message *message);

struct dns_records {
	const struct ip *addresses; /* A and AAAA, by their length */
	size_t count;
	const char *name; /* PTR; NULL: none */
};

/* The answer to the request in `wire` (parsed: `request`) with `rcode` and `records` (NULL: none).
 * What does not fit into `limit` bytes is left out, and TC says so. 0 or -ENOMEM. */
int dns_build(const uint8_t *wire, const struct dns_request *request, int rcode,
	      const struct dns_records *records, size_t limit, struct dns_message *ret);
/* `rcode` and no records; without the question where the request has none that can be parsed (libc
 * ignores an answer without its question). `wire` has a header. */
int dns_build_error(const uint8_t *wire, size_t len, int rcode, struct dns_message *ret);

/* What becomes of a request. */
enum dns_verdict {
	DNS_DROP,
	DNS_ANSWER,  /* *message */
	DNS_FORWARD, /* to the resolvers of `asker` */
};
struct dns_outcome {
	enum dns_verdict verdict;
	struct dns_message message; /* owned */
	struct dns_request request; /* DNS_FORWARD */
	char asker[65];		    /* a container's id */
};

/* Answers from the store. `network` is where the request came in, `from` its sender; `limit` the
 * most an answer may have (0: what the request says). A sender that has no lease there is REFUSED.
 * Fails only for lack of memory or of the store. */
int dns_resolve(struct store *store, const char *network, const struct ip *from,
		const uint8_t *wire, size_t len, size_t limit, struct dns_outcome *ret,
		struct err *err);

/* Whether `answer` is one to `question` (a request that was parsed, with question_end): the same id
 * and question, QR set. */
bool dns_answers(const uint8_t *question, size_t question_end, const uint8_t *answer, size_t len);
static inline int dns_rcode(const uint8_t *wire)
{
	return wire[3] & 15;
}

#endif
