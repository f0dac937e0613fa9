/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NS_PER_SECOND = 1000000000 };

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

int64_t time_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t time_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

char *time_format(int64_t ns, char out[TIME_TEXT_MAX])
{
	int64_t fraction = ns % NS_PER_SECOND;
	struct tm tm;
	time_t seconds;

	if (fraction < 0)
		fraction += NS_PER_SECOND;
	seconds = (ns - fraction) / NS_PER_SECOND;
	gmtime_r(&seconds, &tm); /* 64 bits of nanoseconds stay within the years 1677 to 2262 */
	snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)fraction);
	return out;
}

/* Exactly `count` digits at *p. */
static bool scan_fixed(const char **p, int count, int *ret)
{
	int value = 0;

	for (; count > 0; count--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		value = value * 10 + (**p - '0');
	}
	*ret = value;
	return true;
}

static bool scan_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* An optional ".digits"; digits past the ninth are dropped. */
static bool scan_fraction(const char **p, int64_t *ret_ns)
{
	int64_t ns = 0, unit = NS_PER_SECOND;

	if (!scan_char(p, '.')) {
		*ret_ns = 0;
		return true;
	}
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		unit /= 10;
		ns += (**p - '0') * unit;
	}
	*ret_ns = ns;
	return true;
}

/* "Z", "+hh:mm" or "-hh:mm", in seconds east of Greenwich. */
static bool scan_offset(const char **p, int *ret)
{
	int sign = 1, hours, minutes;

	if (scan_char(p, 'Z') || scan_char(p, 'z')) {
		*ret = 0;
		return true;
	}
	if (scan_char(p, '-'))
		sign = -1;
	else if (!scan_char(p, '+'))
		return false;
	if (!scan_fixed(p, 2, &hours) || !scan_char(p, ':') || !scan_fixed(p, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool join_ns(int64_t seconds, int64_t fraction, int64_t *ret)
{
	return !__builtin_mul_overflow(seconds, (int64_t)NS_PER_SECOND, ret) &&
	       !__builtin_add_overflow(*ret, fraction, ret);
}

static bool scan_date(const char **p, struct tm *tm)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month;

	if (!scan_fixed(p, 4, &year) || !scan_char(p, '-') || !scan_fixed(p, 2, &month) ||
	    !scan_char(p, '-') || !scan_fixed(p, 2, &tm->tm_mday))
		return false;
	if (month < 1 || month > 12 || tm->tm_mday < 1 || tm->tm_mday > days[month - 1])
		return false;
	if (month == 2 && tm->tm_mday == 29 && (year % 4 || (year % 100 == 0 && year % 400)))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	return true;
}

static bool parse_rfc3339(const char *p, int64_t *ret_ns)
{
	struct tm tm = { 0 };
	int64_t fraction;
	int offset;

	if (!scan_date(&p, &tm) || (!scan_char(&p, 'T') && !scan_char(&p, 't')))
		return false;
	if (!scan_fixed(&p, 2, &tm.tm_hour) || !scan_char(&p, ':') ||
	    !scan_fixed(&p, 2, &tm.tm_min) || !scan_char(&p, ':') ||
	    !scan_fixed(&p, 2, &tm.tm_sec) || !scan_fraction(&p, &fraction) ||
	    !scan_offset(&p, &offset) || *p)
		return false;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	return join_ns((int64_t)timegm(&tm) - offset, fraction, ret_ns);
}

static bool parse_unix(const char *p, int64_t *ret_ns)
{
	int64_t seconds = 0, fraction;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(seconds, 10, &seconds) ||
		    __builtin_add_overflow(seconds, *p - '0', &seconds))
			return false;
	return scan_fraction(&p, &fraction) && !*p && join_ns(seconds, fraction, ret_ns);
}

int time_parse(const char *text, int64_t *ret_ns, struct err *err)
{
	int64_t ns;

	if (!parse_rfc3339(text, &ns) && !parse_unix(text, &ns))
		return err_invalid(err, "\"%s\" is not a time (RFC 3339 or Unix seconds)", text);
	*ret_ns = ns;
	return 0;
}
