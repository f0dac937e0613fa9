/* SPDX-License-Identifier: Apache-2.0 */
/* What remains to be done to a layer when its writer is dead and nobody else can change it. */
#ifndef CORACLE_ENGINE_IMAGE_LOAD_FINISH_H
#define CORACLE_ENGINE_IMAGE_LOAD_FINISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct finish_args {
	int dir_fd, report_fd;
	const int *lowers; /* the top one first */
	size_t lower_count;
	bool userxattr;
};

/* Opaque marks (they need CAP_SYS_ADMIN, or with `userxattr` none), and the attributes of
 * directories that the archive did not mention: those of the directory in the layers below, which
 * the new one would otherwise hide. */
int finish_layer(const struct finish_args *args, struct err *err);

/* The bytes of all its files, from the report. */
int finish_size(int report_fd, int64_t *ret, struct err *err);

#endif
