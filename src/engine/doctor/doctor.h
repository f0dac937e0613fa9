/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine offers, what follows, and what would mend it. One table of checks
 * (doctor.c); each looks, changes nothing of the host, and says what it saw. Links and rules are
 * tried in a network namespace of their own, which goes with the call.
 */
#ifndef CORACLE_ENGINE_DOCTOR_DOCTOR_H
#define CORACLE_ENGINE_DOCTOR_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "linux/netlink.h"

struct engine;

enum finding_status {
	FINDING_OK,
	FINDING_WARN,	 /* something is less than it could be */
	FINDING_MISSING, /* containers with a bridge cannot be had without it */
};

/* Texts of one line, "" where there is nothing to say. */
struct finding {
	enum finding_status status;
	char is[256], follows[256], mend[256];
};

/* Fills a text of the finding `ret`. */
#define SAY(field, ...) snprintf(ret->field, sizeof(ret->field), __VA_ARGS__)

struct doctor;
struct doctor_check {
	const char *name;
	void (*look)(const struct doctor *d, struct finding *ret);
};

/* What the checks look with. */
struct doctor {
	struct engine *engine;
	int netns_fd;	  /* a throw-away network namespace; -1: it could not be made */
	struct nl *inner; /* a NETLINK_ROUTE socket in it */
};

extern const struct doctor_check doctor_machine[], doctor_network[]; /* a NULL name ends */

/* Array of {"Name", "Status": "ok", "warn" or "missing", "Is", "Follows", "Mend"}; *ret_fit:
 * whether containers with a bridge can run. */
int doctor_look(struct engine *engine, json_t **ret, bool *ret_fit, struct err *err);

#endif
