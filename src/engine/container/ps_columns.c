/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of ps(1) that can be had without asking more than stat, status and cmdline. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "engine/container/ps.h"
#include "linux/names.h"

typedef char *(*text_fn)(const struct ps_process *p);

/* --- who ------------------------------------------------------------------------------------- */

/* The host's names: the container's passwd is not believed. Cut as ps(1) does. */
static char *short_name(const char *name, unsigned id)
{
	if (!name)
		return str_printf("%u", id);
	return strlen(name) > 8 ? str_printf("%.7s+", name) : strdup(name);
}

static char *user_name(uid_t uid)
{
	char *name cleanup_free = name_of_user(uid);

	return short_name(name, uid);
}

static char *group_name(gid_t gid)
{
	char *name cleanup_free = name_of_group(gid);

	return short_name(name, gid);
}

static char *euser(const struct ps_process *p)
{
	return user_name(p->euid);
}

static char *ruser(const struct ps_process *p)
{
	return user_name(p->uid);
}

static char *egroup(const struct ps_process *p)
{
	return group_name(p->egid);
}

static char *rgroup(const struct ps_process *p)
{
	return group_name(p->gid);
}

/* --- numbers --------------------------------------------------------------------------------- */

#define NUMBER(name, value)                                    \
	static char *name(const struct ps_process *p)          \
	{                                                      \
		return str_printf("%lld", (long long)(value)); \
	}

NUMBER(pid, p->pid)
NUMBER(ppid, p->ppid)
NUMBER(pgid, p->pgid)
NUMBER(sid, p->sid)
NUMBER(euid, p->euid)
NUMBER(ruid, p->uid)
NUMBER(egid, p->egid)
NUMBER(rgid, p->gid)
NUMBER(nice_value, p->nice)
NUMBER(priority, p->priority)
NUMBER(threads, p->threads)
NUMBER(processor, p->processor)
NUMBER(vsz, p->vsize / 1024)
NUMBER(rss, p->rss_pages *(uint64_t)sysconf(_SC_PAGESIZE) / 1024)

/* --- times ----------------------------------------------------------------------------------- */

static long ticks(void)
{
	return sysconf(_SC_CLK_TCK);
}

static int64_t age_seconds(const struct ps_process *p)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_BOOTTIME, &now);
	age = now.tv_sec - (int64_t)(p->start_ticks / (uint64_t)ticks());
	return age > 0 ? age : 0;
}

static time_t start_time(const struct ps_process *p)
{
	return time(NULL) - (time_t)age_seconds(p);
}

static char *strftime_text(const char *format, time_t at)
{
	struct tm tm;
	char text[64];

	localtime_r(&at, &tm);
	return strftime(text, sizeof(text), format, &tm) ? strdup(text) : NULL;
}

/* "03:53" on the day itself, "Nov24" within a year, then "2026". */
static char *stime(const struct ps_process *p)
{
	time_t start = start_time(p), now = time(NULL);
	struct tm a, b;

	localtime_r(&start, &a);
	localtime_r(&now, &b);
	if (a.tm_year != b.tm_year)
		return strftime_text("%Y", start);
	return strftime_text(a.tm_yday == b.tm_yday ? "%H:%M" : "%b%d", start);
}

static char *lstart(const struct ps_process *p)
{
	return strftime_text("%a %b %e %H:%M:%S %Y", start_time(p));
}

static char *cpu_time(const struct ps_process *p)
{
	uint64_t s = p->cpu_ticks / (uint64_t)ticks(), days = s / 86400;

	s %= 86400;
	return days ? str_printf("%" PRIu64 "-%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, days,
				 s / 3600, s / 60 % 60, s % 60)
		    : str_printf("%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60,
				 s % 60);
}

/* The BSD form has minutes and seconds only. */
static char *bsd_time(const struct ps_process *p)
{
	uint64_t s = p->cpu_ticks / (uint64_t)ticks();

	return str_printf("%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
}

static char *etime(const struct ps_process *p)
{
	int64_t s = age_seconds(p), days = s / 86400;

	s %= 86400;
	if (days)
		return str_printf("%" PRId64 "-%02d:%02d:%02d", days, (int)(s / 3600),
				  (int)(s / 60 % 60), (int)(s % 60));
	if (s >= 3600)
		return str_printf("%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60),
				  (int)(s % 60));
	return str_printf("%02d:%02d", (int)(s / 60), (int)(s % 60));
}

static char *etimes(const struct ps_process *p)
{
	return str_printf("%" PRId64, age_seconds(p));
}

/* --- shares ---------------------------------------------------------------------------------- */

static double cpu_share(const struct ps_process *p)
{
	int64_t age = age_seconds(p);

	return age ? 100.0 * (double)p->cpu_ticks / (double)ticks() / (double)age : 0;
}

static char *cpu_whole(const struct ps_process *p)
{
	double share = cpu_share(p);

	return str_printf("%d", share > 99 ? 99 : (int)share);
}

static char *cpu_percent(const struct ps_process *p)
{
	return str_printf("%.1f", cpu_share(p));
}

static char *mem_percent(const struct ps_process *p)
{
	struct sysinfo s;
	double total;

	if (sysinfo(&s) < 0)
		return NULL;
	total = (double)s.totalram * s.mem_unit;
	return str_printf("%.1f",
			  100.0 * (double)p->rss_pages * (double)sysconf(_SC_PAGESIZE) / total);
}

/* --- the rest -------------------------------------------------------------------------------- */

/* tty_nr: minor in bits 7-0 and 31-20, major in 15-8 (proc(5)); 136-143 are pts. */
static char *tty(const struct ps_process *p)
{
	unsigned major = p->tty >> 8 & 0xff, minor = (p->tty & 0xff) | (p->tty >> 12 & 0xfff00);

	if (p->tty == 0)
		return strdup("?");
	if (major >= 136 && major <= 143)
		return str_printf("pts/%u", (major - 136) * 256 + minor);
	if (major == 4)
		return minor < 64 ? str_printf("tty%u", minor) : str_printf("ttyS%u", minor - 64);
	return str_printf("%u,%u", major, minor);
}

static char *state(const struct ps_process *p)
{
	return str_printf("%c", p->state);
}

/* The BSD form's letters: priority, locked pages, session leader, threads, foreground. */
static char *stat_flags(const struct ps_process *p)
{
	return str_printf("%c%s%s%s%s%s", p->state,
			  p->nice < 0	? "<"
			  : p->nice > 0 ? "N"
					: "",
			  p->locked_kb > 0 ? "L" : "", p->sid == p->pid ? "s" : "",
			  p->threads > 1 ? "l" : "", p->tpgid == p->pgid ? "+" : "");
}

static char *comm(const struct ps_process *p)
{
	return p->state == 'Z' ? str_printf("%s <defunct>", p->comm) : strdup(p->comm);
}

static char *args(const struct ps_process *p)
{
	return p->state == 'Z' ? str_printf("[%s] <defunct>", p->comm) : strdup(p->cmdline);
}

static const struct column {
	const char *name, *title;
	text_fn text;
} columns[] = {
	{ "uid", "UID", euid },
	{ "euid", "EUID", euid },
	{ "ruid", "RUID", ruid },
	{ "user", "USER", euser },
	{ "euser", "EUSER", euser },
	{ "uname", "USER", euser },
	{ "ruser", "RUSER", ruser },
	{ "gid", "GID", egid },
	{ "egid", "EGID", egid },
	{ "rgid", "RGID", rgid },
	{ "group", "GROUP", egroup },
	{ "egroup", "EGROUP", egroup },
	{ "rgroup", "RGROUP", rgroup },
	{ "pid", "PID", pid },
	{ "tgid", "TGID", pid },
	{ "ppid", "PPID", ppid },
	{ "pgid", "PGID", pgid },
	{ "pgrp", "PGRP", pgid },
	{ "sid", "SID", sid },
	{ "sess", "SESS", sid },
	{ "session", "SESS", sid },
	{ "c", "C", cpu_whole },
	{ "pcpu", "%CPU", cpu_percent },
	{ "%cpu", "%CPU", cpu_percent },
	{ "pmem", "%MEM", mem_percent },
	{ "%mem", "%MEM", mem_percent },
	{ "vsz", "VSZ", vsz },
	{ "vsize", "VSZ", vsz },
	{ "rss", "RSS", rss },
	{ "rssize", "RSS", rss },
	{ "tty", "TT", tty },
	{ "tt", "TT", tty },
	{ "tname", "TTY", tty },
	{ "s", "S", state },
	{ "state", "S", state },
	{ "stat", "STAT", stat_flags },
	{ "stime", "STIME", stime },
	{ "start", "STARTED", stime },
	{ "start_time", "START", stime },
	{ "bsdstart", "START", stime },
	{ "lstart", "STARTED", lstart },
	{ "time", "TIME", cpu_time },
	{ "cputime", "TIME", cpu_time },
	{ "bsdtime", "TIME", bsd_time },
	{ "etime", "ELAPSED", etime },
	{ "etimes", "ELAPSED", etimes },
	{ "ni", "NI", nice_value },
	{ "nice", "NI", nice_value },
	{ "pri", "PRI", priority },
	{ "nlwp", "NLWP", threads },
	{ "thcount", "THCNT", threads },
	{ "psr", "PSR", processor },
	{ "comm", "COMMAND", comm },
	{ "ucmd", "CMD", comm },
	{ "ucomm", "COMMAND", comm },
	{ "args", "COMMAND", args },
	{ "cmd", "CMD", args },
	{ "command", "COMMAND", args },
};

int ps_column_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		if (strlen(columns[i].name) == len && strncmp(columns[i].name, name, len) == 0)
			return (int)i;
	return -1;
}

const char *ps_column_title(int column)
{
	return columns[column].title;
}

char *ps_column_text(int column, const struct ps_process *process)
{
	return columns[column].text(process);
}
