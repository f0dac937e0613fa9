/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup by attribute, and ownership by explicit move.
 *
 * A variable that owns something is declared with cleanup_*; on every way out of its scope the
 * thing is released. Ownership leaves the scope only by take_fd() or take_ptr(), which leave -1
 * or NULL behind. Every destructor accepts the empty value.
 */
#ifndef CORACLE_BASE_CLEANUP_H
#define CORACLE_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup_with(function) __attribute__((cleanup(function)))

/* Defines `static inline void name(type *p)` that calls func(*p) unless *p is NULL. */
#define DEFINE_CLEANUP(name, type, func) \
	static inline void name(type *p) \
	{                                \
		if (*p)                  \
			func(*p);        \
	}

/* close(2) keeps errno, so that an error on the way out is still the one that happened. */
static inline void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

DEFINE_CLEANUP(fclose_ptr, FILE *, fclose)
DEFINE_CLEANUP(closedir_ptr, DIR *, closedir)

#define cleanup_fd cleanup_with(close_fd)
#define cleanup_free cleanup_with(free_ptr)
#define cleanup_file cleanup_with(fclose_ptr)
#define cleanup_dir cleanup_with(closedir_ptr)

/* Moves a descriptor out of *fd and leaves -1. */
static inline int take_fd(int *fd)
{
	int moved = *fd;

	*fd = -1;
	return moved;
}

/* Moves a pointer out of *p (any pointer type) and leaves NULL. */
#define take_ptr(p)                                  \
	({                                           \
		__auto_type take_at_ = (p);          \
		__auto_type take_moved_ = *take_at_; \
		*take_at_ = NULL;                    \
		take_moved_;                         \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
