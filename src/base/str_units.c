/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units: sizes and durations, as users write them and as they are shown. */
#include "base/str.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"

typedef unsigned __int128 wide;

/*
 * Reads "DIGITS[.DIGITS]" ("." alone is no number) at *text, multiplied by `unit`, which is known
 * only behind the digits: hence the two halves. Integers, because a double cannot hold a size.
 */
struct decimal {
	uint64_t whole;
	uint64_t fraction, scale; /* fraction / scale */
};

static int scan_decimal(const char **text, struct decimal *ret)
{
	struct decimal d = { .scale = 1 };
	const char *p = *text;
	bool any = false;

	for (; *p >= '0' && *p <= '9'; p++, any = true)
		if (__builtin_mul_overflow(d.whole, 10, &d.whole) ||
		    __builtin_add_overflow(d.whole, (uint64_t)(*p - '0'), &d.whole))
			return -ERANGE;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++, any = true) {
			if (d.scale > UINT64_MAX / 100)
				continue; /* further digits are below what a unit can show */
			d.fraction = d.fraction * 10 + (uint64_t)(*p - '0');
			d.scale *= 10;
		}
	}
	if (!any)
		return -EINVAL;
	*text = p;
	*ret = d;
	return 0;
}

static int apply_unit(struct decimal d, uint64_t unit, int64_t *ret)
{
	wide value = (wide)d.whole * unit + (wide)d.fraction * unit / d.scale;

	if (value > INT64_MAX)
		return -ERANGE;
	*ret = (int64_t)value;
	return 0;
}

/* "", "b", "k", "kb", "kib", … in any case: the number of bits to shift by, or -EINVAL. */
static int size_unit(const char *unit)
{
	static const char letters[] = "bkmgtp";
	const char *at;

	if (!*unit)
		return 0;
	at = strchr(letters, *unit | 0x20);
	if (!at)
		return -EINVAL;
	unit++;
	if (at != letters && (*unit | 0x20) == 'i' && (unit[1] | 0x20) == 'b')
		unit += 2;
	else if (at != letters && (*unit | 0x20) == 'b')
		unit++;
	return *unit ? -EINVAL : (int)(at - letters) * 10;
}

int str_to_size(const char *text, const char *what, int64_t *ret, struct err *err)
{
	struct decimal d = { 0 };
	const char *p = text;
	int r, shift = 0;

	r = scan_decimal(&p, &d);
	if (r == 0) {
		if (*p == ' ' && p[1])
			p++;
		shift = size_unit(p);
	}
	if (r == -EINVAL || shift < 0)
		return err_invalid(err, "%s: \"%s\" is not a size (as 512, 64m, 1.5GiB)", what,
				   text);
	if (r < 0 || apply_unit(d, 1ULL << shift, ret) < 0)
		return err_invalid(err, "%s: %s is too large", what, text);
	return 0;
}

static const struct duration_unit {
	const char *name;
	uint64_t ns;
} duration_units[] = {
	/* the longer first where one begins another */
	{ "ns", 1 },	       { "us", 1000 },	    { "\xc2\xb5s", 1000 }, /* U+00B5 micro sign */
	{ "\xce\xbcs", 1000 }, /* U+03BC Greek letter mu */
	{ "ms", 1000000 },     { "s", 1000000000 }, { "m", 60000000000 },  { "h", 3600000000000 },
};

static int scan_duration_part(const char **text, int64_t *ret_ns)
{
	struct decimal d;
	int r = scan_decimal(text, &d);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(duration_units); i++) {
		if (!str_starts(*text, duration_units[i].name))
			continue;
		*text += strlen(duration_units[i].name);
		return apply_unit(d, duration_units[i].ns, ret_ns);
	}
	return -EINVAL;
}

int str_to_duration(const char *text, const char *what, int64_t *ret_ns, struct err *err)
{
	int64_t total = 0, part = 0;
	const char *p = text;
	int r = *p ? 0 : -EINVAL;

	if (str_eq(text, "0")) {
		*ret_ns = 0;
		return 0;
	}
	while (r == 0 && *p) {
		r = scan_duration_part(&p, &part);
		if (r == 0 && __builtin_add_overflow(total, part, &total))
			r = -ERANGE;
	}
	if (r == -ERANGE)
		return err_invalid(err, "%s: %s is too long", what, text);
	if (r < 0)
		return err_invalid(err, "%s: \"%s\" is not a duration (as 1h30m, 5s, 300ms)", what,
				   text);
	*ret_ns = total;
	return 0;
}

static char *scaled(double value, double base, const char *const *units, size_t count, char out[32])
{
	size_t i = 0;

	for (; value >= base && i + 1 < count; i++)
		value /= base;
	snprintf(out, 32, "%.4g%s", value, units[i]);
	return out;
}

char *str_human_size(double bytes, char out[32])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB" };

	return scaled(bytes, 1000, units, ARRAY_SIZE(units), out);
}

char *str_bytes_size(double bytes, char out[32])
{
	static const char *const units[] = { "B",   "KiB", "MiB", "GiB", "TiB",
					     "PiB", "EiB", "ZiB", "YiB" };

	return scaled(bytes, 1024, units, ARRAY_SIZE(units), out);
}

char *str_human_duration(int64_t seconds, char out[32])
{
	long long minutes = seconds / 60, hours = (seconds + 1800) / 3600;

	if (seconds < 1)
		snprintf(out, 32, "Less than a second");
	else if (seconds == 1)
		snprintf(out, 32, "1 second");
	else if (seconds < 60)
		snprintf(out, 32, "%lld seconds", (long long)seconds);
	else if (minutes == 1)
		snprintf(out, 32, "About a minute");
	else if (minutes < 60)
		snprintf(out, 32, "%lld minutes", minutes);
	else if (hours == 1)
		snprintf(out, 32, "About an hour");
	else if (hours < 48)
		snprintf(out, 32, "%lld hours", hours);
	else if (hours < 24 * 7 * 2)
		snprintf(out, 32, "%lld days", hours / 24);
	else if (hours < 24 * 30 * 2)
		snprintf(out, 32, "%lld weeks", hours / 24 / 7);
	else if (hours < 24 * 365 * 2)
		snprintf(out, 32, "%lld months", hours / 24 / 30);
	else
		snprintf(out, 32, "%lld years", (long long)seconds / 3600 / 24 / 365);
	return out;
}
