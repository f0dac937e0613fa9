/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/str.h"

enum { SIGNAL_MAX = 64 };

static const struct name {
	const char *name;
	int number;
} names[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "PROF", SIGPROF },
	{ "VTALRM", SIGVTALRM },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "PWR", SIGPWR },
	{ "SYS", SIGSYS },
	{ "STKFLT", SIGSTKFLT },
	/* second names: found, never given */
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGIO },
};

/* "" is 0, else the number behind the one sign that makes sense there; -1: neither. */
static int offset(const char *text, char sign)
{
	uint64_t n;

	if (*text == '\0')
		return 0;
	if (*text != sign || str_to_u64(text + 1, SIGNAL_MAX, "signal", &n, NULL) < 0)
		return -1;
	return (int)n;
}

static int realtime(const char *text)
{
	bool low = strncasecmp(text, "RTMIN", 5) == 0;
	int by, number;

	if (!low && strncasecmp(text, "RTMAX", 5) != 0)
		return -1;
	by = offset(text + 5, low ? '+' : '-');
	number = low ? SIGRTMIN + by : SIGRTMAX - by;
	return by < 0 || number < SIGRTMIN || number > SIGRTMAX ? -1 : number;
}

int signal_number(const char *text)
{
	uint64_t n;
	size_t i;

	if (str_to_u64(text, SIGNAL_MAX, "signal", &n, NULL) == 0)
		return n > 0 ? (int)n : -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i].name, text) == 0)
			return names[i].number;
	return realtime(text);
}

const char *signal_name(int number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}
