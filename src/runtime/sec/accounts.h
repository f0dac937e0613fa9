/* SPDX-License-Identifier: Apache-2.0 */
/* Inside runtime/sec only: lines of passwd(5) and group(5) files that an image brought along. */
#ifndef CORACLE_RUNTIME_SEC_ACCOUNTS_H
#define CORACLE_RUNTIME_SEC_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	ACCOUNTS_FILE_MAX = 8 << 20, /* bytes; a site's whole directory fits, a bomb does not */
	ACCOUNTS_FIELDS = 7,
};
#define ACCOUNTS_ID_MAX (UINT32_MAX - 1) /* -1 is no id */

/* Walks lines of "name:…:number:…". A line that is malformed is never an entry: wrong number of
 * fields, a NUL byte, an empty name, an id that is not all digits or does not fit. */
struct accounts {
	const char *next, *end;
	char *line; /* owned: a copy of the line, cut into fields */
	char *field[ACCOUNTS_FIELDS];
	uint32_t id; /* uid of passwd, gid of group: field 2 */
};
void accounts_begin(struct accounts *a, const struct buf *file);
void accounts_end(struct accounts *a);
#define cleanup_accounts __attribute__((cleanup(accounts_end)))

/* The next entry with `fields` fields: 1, 0 at the end, -ENOMEM. */
int accounts_next(struct accounts *a, size_t fields);

/* All digits and nothing else. */
bool accounts_is_number(const char *text);
/* An id of digits only, at most ACCOUNTS_ID_MAX; false for all else. */
bool accounts_id(const char *text, uint32_t *ret);

/* Reads a file of the container's root; a missing one gives an empty buffer. */
int accounts_read(int root_fd, const char *path, struct buf *ret, struct err *err);

/* True when the comma-separated member list of a group names `user`. */
bool accounts_has_member(const char *members, const char *user);

#endif
