/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/signals.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

static int unknown(const char *text, struct err *err)
{
	return err_set(err, ERR_INVALID, EINVAL, "unknown signal \"%s\"", text);
}

/* The kernel's real-time signals, without the two that libc keeps for itself: RTMIN is 34 for who
 * types it as for the program that gets it. */
static int parse_realtime(const char *name, const char *text, int *ret, struct err *err)
{
	bool from_max = strncasecmp(name, "RTMAX", 5) == 0;
	uint64_t offset = 0;

	if (name[5] != '\0') {
		if (name[5] != (from_max ? '-' : '+') ||
		    str_to_u64(name + 6, SIGRTMAX - SIGRTMIN, "signal", &offset, NULL) < 0)
			return unknown(text, err);
	}
	*ret = from_max ? SIGRTMAX - (int)offset : SIGRTMIN + (int)offset;
	return 0;
}

int signal_parse(const char *text, int *ret, struct err *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t number;

	if (isdigit((unsigned char)*text)) {
		if (str_to_u64(text, SIGRTMAX, "signal", &number, NULL) < 0 || number == 0)
			return unknown(text, err);
		*ret = (int)number;
		return 0;
	}
	if (strncasecmp(name, "RTMIN", 5) == 0 || strncasecmp(name, "RTMAX", 5) == 0)
		return parse_realtime(name, text, ret, err);
	for (int sig = 1; sig < SIGRTMIN; sig++) {
		const char *abbreviation = sigabbrev_np(sig);

		if (abbreviation && strcasecmp(abbreviation, name) == 0) {
			*ret = sig;
			return 0;
		}
	}
	return unknown(text, err);
}
