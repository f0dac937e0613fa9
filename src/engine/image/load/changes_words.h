/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_ENGINE_IMAGE_LOAD_CHANGES_WORDS_H
#define CORACLE_ENGINE_IMAGE_LOAD_CHANGES_WORDS_H

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

/* Splits as a Dockerfile does: at blanks, quotes and backslashes taken away, $NAME and ${NAME}
 * replaced from `config`'s Env outside of single quotes. Other forms of ${…} are refused. */
int change_words(const json_t *config, const char *text, struct strv *ret, struct err *err);

#endif
