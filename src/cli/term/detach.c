/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term/detach.h"

#include <string.h>

#include "base/str.h"

/* One of the parts between commas. */
static int parse_key(const char *part, char *ret, struct err *err)
{
	const char *at;

	if (part[0] && !part[1]) {
		*ret = part[0];
		return 0;
	}
	if (!str_starts(part, "ctrl-") || !part[5] || part[6])
		return err_invalid(err, "invalid detach keys: unknown character: '%s'", part);
	if (part[5] >= 'a' && part[5] <= 'z') {
		*ret = (char)(part[5] - 'a' + 1);
		return 0;
	}
	at = strchr("@[\\]^_", part[5]);
	if (!at)
		return err_invalid(err, "invalid detach keys: unknown character: '%s'", part);
	*ret = part[5] == '@' ? 0 : (char)(part[5] - '[' + 27);
	return 0;
}

int detach_parse(const char *text, struct detach *ret, struct err *err)
{
	struct strv parts cleanup_strv = { 0 };
	struct detach d = { .keys = { 16, 17 }, .count = 2 };
	int r = 0;

	if (!text || !*text) {
		*ret = d;
		return 0;
	}
	if (strv_split(&parts, text, ',') < 0)
		return err_oom(err);
	if (parts.count > DETACH_KEYS_MAX)
		return err_invalid(err, "invalid detach keys: more than %d", DETACH_KEYS_MAX);
	d.count = parts.count;
	for (size_t i = 0; r == 0 && i < parts.count; i++)
		r = parse_key(parts.items[i], &d.keys[i], err);
	if (r == 0)
		*ret = d;
	return r;
}

bool detach_filter(struct detach *d, const char *in, size_t len, char *out, size_t *out_len)
{
	for (size_t i = 0; i < len; i++) {
		if (d->count && in[i] == d->keys[d->matched]) {
			if (++d->matched < d->count)
				continue;
			d->matched = 0;
			return true;
		}
		/* Not the sequence: what was held back was meant for the container. */
		memcpy(out + *out_len, d->keys, d->matched);
		*out_len += d->matched;
		d->matched = 0;
		if (d->count && in[i] == d->keys[0]) {
			d->matched = 1;
			continue;
		}
		out[(*out_len)++] = in[i];
	}
	return false;
}
