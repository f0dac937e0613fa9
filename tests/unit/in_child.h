/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of what changes the process itself. */
#ifndef CORACLE_TESTS_IN_CHILD_H
#define CORACLE_TESTS_IN_CHILD_H

#include <stdio.h>

#include "linux/spawn.h"
#include "support.h"

/* Runs fn in a fork, so that what it enters or gives up does not stay; 0 is success. */
static inline int in_child(spawn_fn fn, void *arg)
{
	struct spawn_args args = SPAWN_ARGS(SPAWN_FORK);
	struct spawned child = SPAWNED_NONE;
	struct err err = { 0 };
	int status;

	fflush(stdout);
	assert_ok(spawn(&args, fn, arg, &child, &err), &err);
	assert_ok(spawn_wait(child.pid, &status, &err), &err);
	return spawn_exit_code(status);
}

#endif
