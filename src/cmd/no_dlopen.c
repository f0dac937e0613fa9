/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite can load extensions from files. Coracle never asks it to, and a static program could not:
 * its calls of dlopen(3) come here (ld --wrap), and no code ever comes from a file.
 */
#include <stddef.h>

void *__wrap_dlopen(const char *file, int mode);

void *__wrap_dlopen(const char *file, int mode)
{
	return NULL;
}
