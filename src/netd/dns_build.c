/* SPDX-License-Identifier: Apache-2.0 */
/* Answers, written by ldns. */
#include <errno.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "netd/dns.h"

enum {
	RECORD4 = 16, /* bytes of an A record with a compressed owner */
	RECORD6 = 28,
	OPT_RECORD = 11,
	EDNS_SIZE = 1232, /* what passes any path in one piece */
};

static void free_packet(ldns_pkt **packet)
{
	if (*packet)
		ldns_pkt_free(*packet);
}
#define cleanup_packet __attribute__((cleanup(free_packet)))

void dns_message_clear(struct dns_message *message)
{
	free(message->data);
	*message = (struct dns_message){ 0 };
}

/* Owned by the packet from then on; NULL is -ENOMEM. */
static int push(ldns_pkt *packet, ldns_pkt_section section, ldns_rr *rr)
{
	if (rr && ldns_pkt_push_rr(packet, section, rr))
		return 0;
	ldns_rr_free(rr);
	return -ENOMEM;
}

static int add_question(ldns_pkt *packet, const uint8_t *wire, const struct dns_request *request)
{
	size_t at = DNS_HEADER;
	ldns_rr *rr = NULL;

	if (ldns_wire2rr(&rr, wire, request->question_end, &at, LDNS_SECTION_QUESTION) !=
	    LDNS_STATUS_OK)
		return -ENOMEM;
	return push(packet, LDNS_SECTION_QUESTION, rr);
}

static int add_record(ldns_pkt *packet, ldns_rr_type type, ldns_rdf *data)
{
	ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(packet), 0);
	ldns_rdf *owner = ldns_rdf_clone(ldns_rr_owner(question));
	ldns_rr *rr = ldns_rr_new();

	if (!rr || !owner || !data || !ldns_rr_push_rdf(rr, data)) {
		ldns_rr_free(rr);
		ldns_rdf_deep_free(owner);
		ldns_rdf_deep_free(data);
		return -ENOMEM;
	}
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_type(rr, type);
	ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
	ldns_rr_set_ttl(rr, DNS_TTL);
	return push(packet, LDNS_SECTION_ANSWER, rr);
}

static int add_records(ldns_pkt *packet, const struct dns_records *records, size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct ip *ip = &records->addresses[i];

		r = add_record(
		    packet, ip->len == 4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA,
		    ldns_rdf_new_frm_data(ip->len == 4 ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA,
					  ip->len, ip->bytes));
	}
	if (r == 0 && records->name)
		r = add_record(packet, LDNS_RR_TYPE_PTR, ldns_dname_new_frm_str(records->name));
	return r;
}

/* As many as fit; all of them where that is all. */
static size_t count_fitting(const struct dns_request *request, const struct dns_records *records,
			    size_t limit)
{
	size_t used = request->question_end + OPT_RECORD, n;

	for (n = 0; n < records->count; n++) {
		used += records->addresses[n].len == 4 ? RECORD4 : RECORD6;
		if (used > limit)
			break;
	}
	return n;
}

static void set_header(ldns_pkt *packet, const uint8_t *wire, int rcode)
{
	ldns_pkt_set_id(packet, LDNS_ID_WIRE(wire));
	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_opcode(packet, (ldns_pkt_opcode)LDNS_OPCODE_WIRE(wire));
	ldns_pkt_set_rd(packet, LDNS_RD_WIRE(wire));
	ldns_pkt_set_ra(packet, true);
	ldns_pkt_set_rcode(packet, (uint8_t)rcode);
}

static int to_wire(ldns_pkt *packet, struct dns_message *ret)
{
	struct dns_message message;

	if (ldns_pkt2wire(&message.data, packet, &message.len) != LDNS_STATUS_OK)
		return -ENOMEM;
	*ret = message;
	return 0;
}

int dns_build(const uint8_t *wire, const struct dns_request *request, int rcode,
	      const struct dns_records *records, size_t limit, struct dns_message *ret)
{
	ldns_pkt *packet cleanup_packet = ldns_pkt_new();
	size_t count = records ? count_fitting(request, records, limit) : 0;
	int r;

	if (!packet)
		return -ENOMEM;
	set_header(packet, wire, rcode);
	ldns_pkt_set_tc(packet, records && count < records->count);
	if (request->edns)
		ldns_pkt_set_edns_udp_size(packet, EDNS_SIZE);
	r = add_question(packet, wire, request);
	if (r == 0 && records)
		r = add_records(packet, records, count);
	return r < 0 ? r : to_wire(packet, ret);
}

int dns_build_error(const uint8_t *wire, size_t len, int rcode, struct dns_message *ret)
{
	ldns_pkt *packet cleanup_packet = NULL;
	struct dns_request request;

	if (dns_request_parse(wire, len, &request) == DNS_NOERROR)
		return dns_build(wire, &request, rcode, NULL, DNS_PLAIN_MAX, ret);
	packet = ldns_pkt_new();
	if (!packet)
		return -ENOMEM;
	set_header(packet, wire, rcode);
	return to_wire(packet, ret);
}
