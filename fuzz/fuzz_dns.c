/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests for names. Beyond memory errors: what was parsed can be answered, an answer fits where
 * it was told to, repeats the question, and is itself taken for one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "netd/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const uint8_t *data, const struct dns_request *request)
{
	struct dns_message message cleanup_with(dns_message_clear) = { 0 };
	struct ip ips[64] = { 0 };
	struct dns_records records = { .addresses = ips, .count = 64, .name = "web." };
	size_t limit = dns_request_limit(request);

	for (size_t i = 0; i < 64; i++)
		ips[i].len = i % 2 ? 4 : 16;
	if (dns_build(data, request, DNS_NOERROR, &records, limit, &message) < 0)
		abort();
	if (message.len > limit + 64 || /* the PTR, which is alone elsewhere */
	    !dns_answers(data, request->question_end, message.data, message.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message message cleanup_with(dns_message_clear) = { 0 };
	struct dns_request request;
	int rcode = dns_request_parse(data, size, &request);

	if (rcode < 0)
		return 0;
	if (strlen(request.name) > 254 || request.plain != (*request.name != '\0' && rcode == 0))
		if (rcode == 0)
			abort();
	if (rcode == DNS_NOERROR) {
		if (request.question_end > size)
			abort();
		check_answer(data, &request);
		dns_answers(data, request.question_end, data, size);
	}
	if (dns_build_error(data, size, rcode ? rcode : DNS_SERVFAIL, &message) < 0)
		abort();
	return 0;
}
