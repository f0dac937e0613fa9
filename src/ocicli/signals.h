/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_OCICLI_SIGNALS_H
#define CORACLE_OCICLI_SIGNALS_H

#include "base/err.h"

/* "9", "KILL", "SIGKILL", "sigrtmin+3": ERR_INVALID for anything else. */
int signal_parse(const char *text, int *ret, struct err *err);

#endif
