/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format/lex.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct lexer {
	const char *text;
	size_t pos, len;
	int parens;
	bool trim_next; /* the action before ended with -}} */
	struct tokens out;
	size_t room;
	struct err *err;
};

void lex_position(const char *text, size_t pos, int *ret_line, int *ret_column)
{
	size_t start = 0;
	int line = 1;

	for (size_t i = 0; i < pos && text[i]; i++)
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	*ret_line = line;
	*ret_column = (int)(pos - start);
}

static int fail(struct lexer *l, const char *why)
{
	int line, column;

	lex_position(l->text, l->pos, &line, &column);
	return err_invalid(l->err, "template: :%d: %s", line, why);
}

static int add(struct lexer *l, enum token_kind kind, size_t pos, size_t len)
{
	if (l->out.count == l->room) {
		size_t room = l->room ? 2 * l->room : 32;
		struct token *items = reallocarray(l->out.items, room, sizeof(*items));

		if (!items)
			return err_oom(l->err);
		l->out.items = items;
		l->room = room;
	}
	l->out.items[l->out.count++] = (struct token){ kind, pos, len };
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (unsigned char)c >= 0x80;
}

static size_t name_len(const char *p)
{
	size_t n = 0;

	while (is_name(p[n]))
		n++;
	return n;
}

/* At "-}}" behind a space, or "}}": the length of the closing delimiter; *trim tells which. */
static size_t right_delimiter(const struct lexer *l, size_t pos, bool *trim)
{
	const char *p = l->text + pos;

	*trim = false;
	if (p[0] == '}' && p[1] == '}')
		return 2;
	if (is_space(p[0]) && p[1] == '-' && p[2] == '}' && p[3] == '}') {
		*trim = true;
		return 4;
	}
	return 0;
}

/* What stands behind a name: else `.Foo#` would be two words. */
static bool ends_word(const struct lexer *l)
{
	const char *p = l->text + l->pos;

	return !*p || is_space(*p) || strchr(".,|:()=", *p) || (p[0] == '}' && p[1] == '}');
}

static int add_word(struct lexer *l, enum token_kind kind, size_t len)
{
	size_t pos = l->pos;
	char why[] = "bad character '?'";

	l->pos += len;
	if (!ends_word(l)) {
		why[15] = l->text[l->pos];
		return fail(l, why);
	}
	return add(l, kind, pos, len);
}

/* A constant between quotes; a backslash takes the next character with it, but not in `raw`. */
static int lex_quoted(struct lexer *l, enum token_kind kind, char quote)
{
	const char *p = l->text + l->pos + 1;

	for (; *p != quote; p++) {
		if (*p == '\\' && kind != TOKEN_RAW_STRING && p[1])
			p++;
		if (!*p || (*p == '\n' && kind != TOKEN_RAW_STRING))
			return fail(l, kind == TOKEN_RAW_STRING ? "unterminated raw quoted string"
				       : kind == TOKEN_CHAR	? "unterminated character constant"
								: "unterminated quoted string");
	}
	return add_word(l, kind, (size_t)(p + 1 - (l->text + l->pos)));
}

static int lex_number(struct lexer *l)
{
	const char *p = l->text + l->pos;
	size_t n = *p == '+' || *p == '-' ? 1 : 0;
	bool hex = p[n] == '0' && (p[n + 1] | 0x20) == 'x';

	for (; is_name(p[n]) || p[n] == '.'; n++)
		/* in a hexadecimal number the e is a digit */
		if ((p[n] == 'e' || p[n] == 'E') && (p[n + 1] == '-' || p[n + 1] == '+') && !hex)
			n++;
	return add_word(l, TOKEN_NUMBER, n);
}

static int lex_one_char(struct lexer *l, enum token_kind kind)
{
	return add(l, kind, l->pos++, 1);
}

static int lex_punctuation(struct lexer *l)
{
	const char *p = l->text + l->pos;
	char why[] = "unexpected '?' in action";

	switch (*p) {
	case '|':
		return lex_one_char(l, TOKEN_PIPE);
	case ',':
		return lex_one_char(l, TOKEN_COMMA);
	case '=':
		return lex_one_char(l, TOKEN_ASSIGN);
	case '(':
		l->parens++;
		return lex_one_char(l, TOKEN_OPEN);
	case ')':
		if (l->parens-- == 0)
			return fail(l, "unexpected right paren");
		return lex_one_char(l, TOKEN_CLOSE);
	case ':':
		if (p[1] != '=')
			return fail(l, "expected :=");
		l->pos += 2;
		return add(l, TOKEN_DECLARE, l->pos - 2, 2);
	case '\0':
		return fail(l, "unclosed action");
	}
	why[12] = *p;
	return fail(l, why);
}

static int lex_word(struct lexer *l)
{
	const char *p = l->text + l->pos;
	size_t n = 0;

	if (is_space(*p)) {
		bool trim;

		while (is_space(p[n]) && !right_delimiter(l, l->pos + n, &trim))
			n++;
		l->pos += n;
		return add(l, TOKEN_SPACE, l->pos - n, n);
	}
	if (*p == '"')
		return lex_quoted(l, TOKEN_STRING, '"');
	if (*p == '`')
		return lex_quoted(l, TOKEN_RAW_STRING, '`');
	if (*p == '\'')
		return lex_quoted(l, TOKEN_CHAR, '\'');
	if (*p == '$')
		return add_word(l, TOKEN_VARIABLE, 1 + name_len(p + 1));
	if (*p == '.' && !is_digit(p[1])) {
		n = name_len(p + 1);
		return n ? add_word(l, TOKEN_FIELD, 1 + n) : add_word(l, TOKEN_DOT, 1);
	}
	if (is_digit(*p) || *p == '.' ||
	    ((*p == '+' || *p == '-') && (is_digit(p[1]) || p[1] == '.')))
		return lex_number(l);
	if (is_name(*p))
		return add_word(l, TOKEN_IDENTIFIER, name_len(p));
	return lex_punctuation(l);
}

/* Behind "{{" or "{{- ": a comment gives no token at all. */
static int lex_comment(struct lexer *l)
{
	const char *end = strstr(l->text + l->pos, "*/");
	bool trim;
	size_t n;

	if (!end)
		return fail(l, "unclosed comment");
	l->pos = (size_t)(end + 2 - l->text);
	n = right_delimiter(l, l->pos, &trim);
	if (!n)
		return fail(l, "comment ends before closing delimiter");
	l->pos += n;
	l->trim_next = trim;
	return 0;
}

static int lex_action(struct lexer *l)
{
	const char *p;
	size_t n;
	int r;

	r = add(l, TOKEN_LEFT, l->pos, 2);
	l->pos += 2;
	p = l->text + l->pos;
	if (p[0] == '-' && is_space(p[1]))
		l->pos += 2;
	if (strncmp(l->text + l->pos, "/*", 2) == 0) {
		l->out.count--;
		return lex_comment(l);
	}
	l->parens = 0;
	while (r == 0) {
		n = right_delimiter(l, l->pos, &l->trim_next);
		if (n && l->parens)
			return fail(l, "unclosed left paren");
		if (n) {
			r = add(l, TOKEN_RIGHT, l->pos, n);
			l->pos += n;
			return r;
		}
		r = lex_word(l);
	}
	return r;
}

/* The text up to the next action, without what trim markers on either side take away. */
static int lex_text(struct lexer *l)
{
	const char *p = l->text + l->pos, *end = strstr(p, "{{");
	size_t stop = end ? (size_t)(end - l->text) : l->len;
	size_t first = l->pos, last = stop;

	if (l->trim_next)
		while (first < last && is_space(l->text[first]))
			first++;
	l->trim_next = false;
	if (end && end[2] == '-' && is_space(end[3]))
		while (last > first && is_space(l->text[last - 1]))
			last--;
	l->pos = stop;
	return last > first ? add(l, TOKEN_TEXT, first, last - first) : 0;
}

int lex(const char *text, struct tokens *ret, struct err *err)
{
	struct lexer l = { .text = text, .len = strlen(text), .err = err };
	int r = 0;

	while (r == 0 && l.pos < l.len) {
		r = lex_text(&l);
		if (r == 0 && l.pos < l.len)
			r = lex_action(&l);
	}
	if (r == 0)
		r = add(&l, TOKEN_EOF, l.len, 0);
	if (r < 0)
		tokens_clear(&l.out);
	else
		*ret = l.out;
	return r;
}

void tokens_clear(struct tokens *tokens)
{
	free(tokens->items);
	*tokens = (struct tokens){ 0 };
}
