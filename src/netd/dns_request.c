/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, read by ldns: its parser of single records bounds lengths and follows no loop. */
#include <ctype.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "netd/dns.h"

enum { ADDITIONAL_MAX = 4 }; /* OPT, and room for what nobody sends */

static void free_rr(ldns_rr **rr)
{
	ldns_rr_free(*rr);
}
#define cleanup_rr __attribute__((cleanup(free_rr)))

static bool is_plain(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_';
}

/* A name in wire format, which ldns has uncompressed: 255 bytes at most. A label with any other
 * byte (a dot, say) is none of ours, and must not become one as text. */
static void name_to_text(const ldns_rdf *owner, struct dns_request *ret)
{
	const uint8_t *at = ldns_rdf_data(owner), *end = at + ldns_rdf_size(owner);
	size_t used = 0;

	ret->plain = false;
	while (at < end && *at && used + *at + 1 < sizeof(ret->name)) {
		size_t label = *at++;

		if (label > (size_t)(end - at))
			break;
		if (used > 0)
			ret->name[used++] = '.';
		for (size_t i = 0; i < label; i++, at++) {
			if (!is_plain(*at)) {
				ret->name[0] = '\0';
				return;
			}
			ret->name[used++] = (char)tolower(*at);
		}
	}
	ret->name[used] = '\0';
	ret->plain = used > 0;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "2.0.18.172.in-addr.arpa": exactly four numbers. */
static void read_reverse4(const char *name, struct ip *ret)
{
	struct ip ip = { .len = 4 };
	const char *at = name;
	unsigned value, digits;

	for (int i = 3; i >= 0; i--) {
		for (value = digits = 0; isdigit((unsigned char)*at) && digits < 4; digits++)
			value = value * 10 + (unsigned)(*at++ - '0');
		if (digits == 0 || value > 255 || *at++ != '.')
			return;
		ip.bytes[i] = (uint8_t)value;
	}
	if (strcmp(at, "in-addr.arpa") == 0)
		*ret = ip;
}

/* Exactly 32 digits, the lowest first. */
static void read_reverse6(const char *name, struct ip *ret)
{
	struct ip ip = { .len = 16 };

	for (int i = 0; i < 32; i++, name += 2) {
		int digit = hex_digit(name[0]);

		if (digit < 0 || name[1] != '.')
			return;
		ip.bytes[15 - i / 2] |= (uint8_t)(i % 2 ? digit << 4 : digit);
	}
	if (strcmp(name, "ip6.arpa") == 0)
		*ret = ip;
}

static int read_question(const uint8_t *wire, size_t len, size_t *at, struct dns_request *ret)
{
	ldns_rr *rr cleanup_rr = NULL;

	if (ldns_wire2rr(&rr, wire, len, at, LDNS_SECTION_QUESTION) != LDNS_STATUS_OK)
		return DNS_FORMERR;
	/* No pointer: in a first name it can only point into the header or the name itself. One
	 * takes two bytes, and what it stands for one, or three and more. */
	if (*at - DNS_HEADER != ldns_rdf_size(ldns_rr_owner(rr)) + 4)
		return DNS_FORMERR;
	ret->question_end = *at;
	ret->type = ldns_rr_get_type(rr);
	ret->class = ldns_rr_get_class(rr);
	name_to_text(ldns_rr_owner(rr), ret);
	if (ret->type == LDNS_RR_TYPE_PTR && ret->plain) {
		read_reverse4(ret->name, &ret->reverse);
		read_reverse6(ret->name, &ret->reverse);
	}
	return DNS_NOERROR;
}

/* OPT, whose class is its sender's buffer size (RFC 6891). */
static int read_additional(const uint8_t *wire, size_t len, size_t at, struct dns_request *ret)
{
	for (unsigned i = 0; i < LDNS_ARCOUNT(wire); i++) {
		ldns_rr *rr cleanup_rr = NULL;

		if (ldns_wire2rr(&rr, wire, len, &at, LDNS_SECTION_ADDITIONAL) != LDNS_STATUS_OK)
			return DNS_FORMERR;
		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_OPT)
			continue;
		if (ret->edns)
			return DNS_FORMERR;
		ret->edns = true;
		ret->udp_size = (uint16_t)ldns_rr_get_class(rr);
	}
	return DNS_NOERROR;
}

int dns_request_parse(const uint8_t *wire, size_t len, struct dns_request *ret)
{
	size_t at = DNS_HEADER;
	int r;

	*ret = (struct dns_request){ 0 };
	if (len < DNS_HEADER || LDNS_QR_WIRE(wire))
		return -1;
	ret->recursion = LDNS_RD_WIRE(wire);
	if (LDNS_OPCODE_WIRE(wire) != LDNS_PACKET_QUERY)
		return DNS_NOTIMP;
	if (LDNS_QDCOUNT(wire) != 1 || LDNS_ANCOUNT(wire) != 0 || LDNS_NSCOUNT(wire) != 0 ||
	    LDNS_ARCOUNT(wire) > ADDITIONAL_MAX || len > DNS_REQUEST_MAX)
		return DNS_FORMERR;
	r = read_question(wire, len, &at, ret);
	return r == DNS_NOERROR ? read_additional(wire, len, at, ret) : r;
}

size_t dns_request_limit(const struct dns_request *request)
{
	if (!request->edns || request->udp_size < DNS_PLAIN_MAX)
		return DNS_PLAIN_MAX;
	return request->udp_size < DNS_UDP_MAX ? request->udp_size : DNS_UDP_MAX;
}

/* Letters of a name may come back in another case. Its length bytes are below the letters. */
static bool same_question(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i + 4 < len; i++)
		if (tolower(a[i]) != tolower(b[i]))
			return false;
	return memcmp(a + len - 4, b + len - 4, 4) == 0;
}

bool dns_answers(const uint8_t *question, size_t question_end, const uint8_t *answer, size_t len)
{
	if (len < DNS_HEADER || memcmp(question, answer, 2) != 0 || !LDNS_QR_WIRE(answer) ||
	    LDNS_OPCODE_WIRE(answer) != LDNS_PACKET_QUERY)
		return false;
	/* Some servers refuse without repeating the question. */
	if (LDNS_QDCOUNT(answer) == 0)
		return LDNS_ANCOUNT(answer) == 0 && dns_rcode(answer) != DNS_NOERROR;
	return LDNS_QDCOUNT(answer) == 1 && len >= question_end &&
	       same_question(question + DNS_HEADER, answer + DNS_HEADER, question_end - DNS_HEADER);
}
