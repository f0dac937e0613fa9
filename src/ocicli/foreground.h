/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_OCICLI_FOREGROUND_H
#define CORACLE_OCICLI_FOREGROUND_H

#include "runtime/runtime.h"

/* Waits for the child's end: passes on signals, and between its terminal and ours (raw meanwhile)
 * what is typed and printed. *ret_status as wait(2) gives it. */
int foreground_wait(struct rt_created *created, int *ret_status, struct err *err);

#endif
