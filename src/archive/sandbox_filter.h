/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filters of sandbox.h. Needs no_new_privs; memory and descriptors must be set up. */
#ifndef CORACLE_ARCHIVE_SANDBOX_FILTER_H
#define CORACLE_ARCHIVE_SANDBOX_FILTER_H

#include "base/err.h"

int sandbox_filter_decoder(struct err *err);
int sandbox_filter_writer(struct err *err);

#endif
