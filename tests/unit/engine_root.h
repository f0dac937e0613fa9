/* SPDX-License-Identifier: Apache-2.0 */
/* A throw-away directory for a test's root, and files below it. */
#ifndef CORACLE_TESTS_UNIT_ENGINE_ROOT_H
#define CORACLE_TESTS_UNIT_ENGINE_ROOT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

static inline char *temp_root(void)
{
	char *dir = strdup("/tmp/coracle-unit-XXXXXX");

	return mkdtemp(dir);
}

static inline void remove_root(char *dir)
{
	fd_remove_tree_at(AT_FDCWD, dir, NULL);
	free(dir);
}

static inline void write_text(const char *dir, const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

#endif
