/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that leave a container's terminal without ending the container. */
#ifndef CORACLE_CLI_TERM_DETACH_H
#define CORACLE_CLI_TERM_DETACH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { DETACH_KEYS_MAX = 16 };

struct detach {
	char keys[DETACH_KEYS_MAX];
	size_t count;
	size_t matched; /* keys of the sequence that were typed and are held back */
};

/* "ctrl-p,ctrl-q", "a,b", "ctrl-@": single characters and ctrl-X, X of a-z @ [ \ ] ^ _ .
 * NULL: ctrl-p,ctrl-q. */
int detach_parse(const char *text, struct detach *ret, struct err *err);

/* Takes what was typed; appends to `out` (room for len + DETACH_KEYS_MAX) what goes to the
 * container. True when the sequence is complete: what follows it is dropped. */
bool detach_filter(struct detach *d, const char *in, size_t len, char *out, size_t *out_len);

#endif
