/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside runtime/sec only: compiled filters by the content of their profile, a file each.
 *
 * The file's name is a short hash of the profile; the whole profile stands in the file and is
 * compared, so that a hash that two profiles share costs a compilation and nothing else. A file
 * that is not ours alone, or not exactly what was once written, does not exist. The cache never
 * fails a start.
 */
#ifndef CORACLE_RUNTIME_SEC_CACHE_H
#define CORACLE_RUNTIME_SEC_CACHE_H

#include "base/buf.h"
#include "runtime/sec/sec.h"

enum { SEC_CACHE_KEY_MAX = 1 << 20 };

/* All that decides what a profile compiles to, as bytes. */
int sec_cache_key(const struct oci_seccomp *seccomp, struct buf *ret);

bool sec_cache_get(int dirfd, const struct buf *key, struct sec_filter *ret);
void sec_cache_put(int dirfd, const struct buf *key, const struct sec_filter *filter);

#endif
