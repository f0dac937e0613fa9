/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error idiom: `int f(…, T *ret_x, struct err *err)`.
 *
 * 0 is success, a negative errno-like number is failure with `err` filled by the function that
 * knows: what was being done, to what, and why it failed, in one line. Positive values are only
 * returned where a function documents them, for its direct caller. Outputs stay untouched on
 * failure. `err` may be NULL where the caller does not care. Libraries never print.
 */
#ifndef CORACLE_BASE_ERR_H
#define CORACLE_BASE_ERR_H

#include <stddef.h>

/* What an error means to the user; cli/ and api/ map it to an exit or HTTP status. */
enum err_class {
	ERR_ENGINE,	     /* something failed: 125, HTTP 500 */
	ERR_INVALID,	     /* the request is wrong: 125, HTTP 400 */
	ERR_NOT_FOUND,	     /* no such container, image, …: 1 or 125, HTTP 404 */
	ERR_CONFLICT,	     /* in use, wrong state, name taken: 1 or 125, HTTP 409 */
	ERR_DENIED,	     /* not permitted: 125, HTTP 403 */
	ERR_UNSUPPORTED,     /* refused by name, not implemented or not here: 125, HTTP 501 */
	ERR_CMD_NOT_INVOKED, /* the container's command exists and cannot be executed: 126 */
	ERR_CMD_NOT_FOUND,   /* the container's command does not exist: 127 */
};

enum { ERR_TEXT_MAX = 1024 };

struct err {
	int code; /* positive errno; 0: no error */
	enum err_class class;
	char text[ERR_TEXT_MAX]; /* one line, without a final newline */
};

/* Sets *err and returns -code. `code` may be given positive or negative; 0 becomes EIO. Control
 * characters in the text are replaced by '?': names in it may be hostile. */
int err_set(struct err *err, enum err_class class, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As err_set with class ERR_INVALID and EINVAL. */
int err_invalid(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A failed system call: text is "format: strerror(number)", class ERR_ENGINE. `number` is an errno
 * value, positive or negative. Returns -number. */
int err_sys(struct err *err, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "format: " in front of the text that is there; returns -err->code (-EIO for a NULL err). */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Out of memory: text is "out of memory", returns -ENOMEM. */
int err_oom(struct err *err);

#endif
