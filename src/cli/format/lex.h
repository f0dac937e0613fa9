/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a template. */
#ifndef CORACLE_CLI_FORMAT_LEX_H
#define CORACLE_CLI_FORMAT_LEX_H

#include <stddef.h>

#include "base/err.h"

enum token_kind {
	TOKEN_EOF,
	TOKEN_TEXT,	  /* outside of {{ }}, trimmed already */
	TOKEN_LEFT,	  /* {{ */
	TOKEN_RIGHT,	  /* }} */
	TOKEN_SPACE,	  /* inside; ends an operand */
	TOKEN_DOT,	  /* . alone */
	TOKEN_FIELD,	  /* .Name */
	TOKEN_VARIABLE,	  /* $name or $ */
	TOKEN_IDENTIFIER, /* a function or a keyword */
	TOKEN_STRING,	  /* "…", quotes included */
	TOKEN_RAW_STRING, /* `…` */
	TOKEN_CHAR,	  /* '…' */
	TOKEN_NUMBER,
	TOKEN_PIPE,
	TOKEN_DECLARE, /* := */
	TOKEN_ASSIGN,  /* = */
	TOKEN_COMMA,
	TOKEN_OPEN,
	TOKEN_CLOSE,
};

struct token {
	enum token_kind kind;
	size_t pos, len; /* in the template's text */
};

struct tokens {
	struct token *items; /* ends with TOKEN_EOF */
	size_t count;
};

int lex(const char *text, struct tokens *ret, struct err *err);
void tokens_clear(struct tokens *tokens);
#define cleanup_tokens __attribute__((cleanup(tokens_clear)))

/* Line (from 1) and byte in the line (from 0) of a position. */
void lex_position(const char *text, size_t pos, int *ret_line, int *ret_column);

/* One code point of UTF-8 at `p`; its length, 1 with U+FFFD for what is none. */
size_t utf8_decode(const char *p, size_t len, unsigned *ret);
/* Up to 4 bytes; the length. */
size_t utf8_put(unsigned code, char out[4]);

#endif
