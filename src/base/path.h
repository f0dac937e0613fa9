/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text: nothing here touches the file system. For resolving, see linux/openat2.h. */
#ifndef CORACLE_BASE_PATH_H
#define CORACLE_BASE_PATH_H

#include <stdbool.h>

/* "dir/name" with exactly one slash between; malloc'ed, NULL when out of memory. */
char *path_join(const char *dir, const char *name);

/* Lexically cleaned as Go's path.Clean: no "//", ".", inner ".."; a rooted path never climbs above
 * "/". Malloc'ed, NULL when out of memory. */
char *path_clean(const char *path);

/* True when the path, cleaned, stays below where it starts: not absolute and not ".." in front. */
bool path_is_beneath(const char *path);

/* The last component of a path without trailing slashes ("/" for the root); points into `path`. */
const char *path_base(const char *path);

/* One path component: not empty, ".", "..", no '/', no NUL or control bytes, at most 255 bytes. */
bool path_is_component(const char *name);

#endif
