/* SPDX-License-Identifier: Apache-2.0 */
/* Under which boot and which PID 1 a tree was made, as text:
 *
 *     boot 0d4c…
 *     pidns 4026531836
 *     init 12              start time of PID 1; 0: cannot be read (hidepid)
 *     root /var/lib/coracle
 */
#ifndef CORACLE_ENGINE_ROOT_STAMP_H
#define CORACLE_ENGINE_ROOT_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/root/root.h"
#include "linux/sysinfo.h"

#define STAMP_FILE "stamp"

struct stamp {
	char boot[BOOT_ID_SIZE];
	uint64_t pid_ns;
	uint64_t init_start;
};

int stamp_now(struct stamp *ret, struct err *err);

/* Nothing that `a` says about processes can be true under `b` unless both agree. */
bool stamp_same_boot(const struct stamp *a, const struct stamp *b);
bool stamp_same(const struct stamp *a, const struct stamp *b);

/* 1: `name` is not there, or empty. A damaged one is as good as another machine's. One of another
 * root is ERR_CONFLICT. */
int stamp_read(const struct root *root, int dirfd, const char *name, struct stamp *ret,
	       struct err *err);
/* malloc'ed text; NULL when out of memory. */
char *stamp_text(const struct root *root, const struct stamp *stamp);

/* "… of another PID namespace …": returns -EBUSY, ERR_CONFLICT. */
int stamp_refuse(const struct root *root, const struct stamp *other, const struct stamp *now,
		 struct err *err);

#endif
