/* SPDX-License-Identifier: Apache-2.0 */
/* The process's table of descriptors as a whole (close_range(2), 5.9). Usable in a child that
 * shares memory with its parent: nothing is allocated. All return 0 or -errno. */
#ifndef CORACLE_LINUX_FDS_H
#define CORACLE_LINUX_FDS_H

#include <stddef.h>

/* Closes every descriptor from `first` on. */
int fds_close_from(int first);

/* Marks every descriptor from `first` on close-on-exec (before 5.11 by a walk over
 * /proc/self/fd). */
int fds_cloexec_from(int first);

/* Closes every descriptor from `first` on but those of `keep` (ascending, -1 and lower ignored). */
int fds_close_except(int first, const int *keep, size_t count);

#endif
