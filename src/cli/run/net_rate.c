/* SPDX-License-Identifier: Apache-2.0 */
/* --net-rate RATE[,BURST], in the units of tc(8): 10mbit, 1gbit, 500kbit, 1mbps (bytes). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/run/run.h"

static const struct {
	const char *name;
	double bits;
} units[] = {
	{ "", 1 },
	{ "bit", 1 },
	{ "kbit", 1e3 },
	{ "mbit", 1e6 },
	{ "gbit", 1e9 },
	{ "tbit", 1e12 },
	{ "bps", 8 },
	{ "kbps", 8e3 },
	{ "mbps", 8e6 },
	{ "gbps", 8e9 },
	{ "tbps", 8e12 },
	{ "kibit", 1024 },
	{ "mibit", 1 << 20 },
	{ "gibit", 1 << 30 },
};

static int parse_rate(const char *text, int64_t *ret, struct err *err)
{
	char *end;
	double number;

	if (*text < '0' || *text > '9' || text[strspn(text, "0123456789.")] == 'e')
		return err_invalid(err, "invalid --net-rate: \"%s\"", text);
	number = strtod(text, &end);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcasecmp(units[i].name, end) != 0)
			continue;
		number *= units[i].bits;
		if (number < 1 || number > 1e15)
			return err_invalid(err, "invalid --net-rate: \"%s\": out of range", text);
		*ret = (int64_t)number;
		return 0;
	}
	return err_invalid(err, "invalid --net-rate: \"%s\": units are bit, kbit, mbit, gbit",
			   text);
}

int run_net_rate(const struct run *v, json_t *host, struct err *err)
{
	char *rate_text cleanup_free = NULL;
	int64_t rate = 0, burst = 0;
	const char *comma;
	int r;

	if (!v->net_rate)
		return 0;
	comma = strchrnul(v->net_rate, ',');
	rate_text = strndup(v->net_rate, (size_t)(comma - v->net_rate));
	if (!rate_text)
		return err_oom(err);
	r = parse_rate(rate_text, &rate, err);
	if (r == 0 && *comma)
		r = str_to_size(comma + 1, "--net-rate burst", &burst, err);
	if (r < 0)
		return r;
	return run_set(host, "NetRate",
		       json_pack("{sI sI}", "Rate", (json_int_t)rate, "Burst", (json_int_t)burst),
		       err);
}
