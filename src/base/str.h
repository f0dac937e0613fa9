/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: strict numbers, sizes, durations, and vectors of strings. */
#ifndef CORACLE_BASE_STR_H
#define CORACLE_BASE_STR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix);

/* Decimal digits only (no sign, space, prefix), at most `max`: else ERR_INVALID naming `what`.
 * The signed form takes one leading '-'. */
int str_to_u64(const char *text, uint64_t max, const char *what, uint64_t *ret, struct err *err);
int str_to_i64(const char *text, int64_t min, int64_t max, const char *what, int64_t *ret,
	       struct err *err);

/* Docker's sizes: digits, optional fraction, optional unit b k m g t p (any case, optional "b" or
 * "ib" behind), binary multiples: "512", "64m", "1.5GiB". Bytes. */
int str_to_size(const char *text, const char *what, int64_t *ret, struct err *err);

/* Go's durations: "1h2m3.5s", "300ms", "-1s" is refused. Nanoseconds. */
int str_to_duration(const char *text, const char *what, int64_t *ret_ns, struct err *err);

/* Docker's booleans as flags take them: 1 t true 0 f false (any case). */
int str_to_bool(const char *text, const char *what, bool *ret, struct err *err);

/* "64MiB"-like text as Docker prints sizes: units.HumanSize (decimal: kB MB GB) or BytesSize
 * (binary: KiB MiB GiB), at most 4 significant digits. Returns `out`. */
char *str_human_size(double bytes, char out[32]);
char *str_bytes_size(double bytes, char out[32]);

/* "Less than a second", "5 seconds", "About a minute", … : Docker's units.HumanDuration. */
char *str_human_duration(int64_t seconds, char out[32]);

/* asprintf that returns the string or NULL. */
char *str_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Constant-length random text: `bytes` random bytes as lower-case hex, NUL-terminated
 * (out holds 2 * bytes + 1). Aborts never: returns -errno when getrandom(2) fails. */
int str_random_hex(char *out, size_t bytes);

/* --- vectors: NULL-terminated arrays of malloc'ed strings ------------------------------------ */

struct strv {
	char **items; /* NULL, or NULL-terminated */
	size_t count;
};

void strv_free(struct strv *v);
#define cleanup_strv __attribute__((cleanup(strv_free)))

/* Appends a copy; 0 or -ENOMEM. */
int strv_add(struct strv *v, const char *text);
/* Appends `text` itself (owned by the vector afterwards, freed on failure too; NULL is -ENOMEM). */
int strv_add_owned(struct strv *v, char *text);
/* Splits at each `sep`; empty parts are kept; "" gives no part. */
int strv_split(struct strv *v, const char *text, char sep);
bool strv_contains(const struct strv *v, const char *text);

#endif
