/* SPDX-License-Identifier: Apache-2.0 */
/* From words to a tree: recursive descent, an error at the first word that does not fit. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/format/constant.h"
#include "cli/format/lex.h"
#include "cli/format/node.h"
#include "cli/format/template.h"

struct parser {
	struct template *t;
	struct tokens tokens;
	size_t at;
	int depth, range_depth;
	struct strv variables; /* in scope, innermost last */
	struct err *err;
};

static int fail(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct parser *p, const char *format, ...)
{
	int line, column;
	va_list ap;
	char *text;

	lex_position(p->t->text, p->tokens.items[p->at].pos, &line, &column);
	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	err_invalid(p->err, "template: :%d: %s", line, text ? text : "out of memory");
	free(text);
	return -EINVAL;
}

static const struct token *peek(const struct parser *p)
{
	return &p->tokens.items[p->at];
}

static const char *token_text(const struct parser *p, const struct token *token)
{
	return p->t->text + token->pos;
}

static bool token_is(const struct parser *p, const struct token *token, const char *word)
{
	return token->kind == TOKEN_IDENTIFIER && token->len == strlen(word) &&
	       memcmp(token_text(p, token), word, token->len) == 0;
}

static int unexpected(struct parser *p, const char *where)
{
	const struct token *token = peek(p);

	if (token->kind == TOKEN_EOF)
		return fail(p, "unexpected EOF");
	if (token->kind == TOKEN_RIGHT && str_eq(where, "operand"))
		return fail(p, "missing value for command");
	return fail(p, "unexpected \"%.*s\" in %s", (int)token->len, token_text(p, token), where);
}

static void skip_space(struct parser *p)
{
	while (peek(p)->kind == TOKEN_SPACE)
		p->at++;
}

/* Takes the next word when it is of the kind. */
static bool take(struct parser *p, enum token_kind kind)
{
	if (peek(p)->kind != kind)
		return false;
	p->at++;
	return true;
}

static struct node *node_new(struct parser *p, enum node_kind kind, const struct token *token)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n) {
		err_oom(p->err);
		return NULL;
	}
	n->kind = kind;
	n->pos = n->at = token->pos;
	n->end = token->pos + token->len;
	n->all = p->t->all;
	p->t->all = n;
	return n;
}

static int add_name(struct parser *p, struct node *n, const struct token *token, size_t skip)
{
	char *name = strndup(token_text(p, token) + skip, token->len - skip);

	return strv_add_owned(&n->names, name) < 0 ? err_oom(p->err) : 0;
}

static int parse_pipe(struct parser *p, bool range, struct node **ret);

static bool variable_known(const struct parser *p, const struct token *token)
{
	const char *name = token_text(p, token);

	if (token->len == 1)
		return true; /* $ */
	for (size_t i = p->variables.count; i-- > 0;)
		if (strlen(p->variables.items[i]) == token->len &&
		    memcmp(p->variables.items[i], name, token->len) == 0)
			return true;
	return false;
}

static int parse_constant(struct parser *p, const struct token *token, struct node **ret)
{
	struct node *n = node_new(p, NODE_CONSTANT, token);
	const char *text = token_text(p, token), *why = NULL;

	if (!n)
		return -ENOMEM;
	if (token->kind == TOKEN_IDENTIFIER)
		n->constant = json_boolean(*text == 't');
	else
		why = constant_parse(text, token->len, &n->constant);
	if (why)
		return fail(p, "%s: %.*s", why, (int)token->len, text);
	if (!n->constant)
		return err_oom(p->err);
	*ret = n;
	return 0;
}

static int parse_identifier(struct parser *p, const struct token *token, struct node **ret)
{
	const struct function *function = function_find(token_text(p, token), token->len);
	struct node *n;

	if (token_is(p, token, "true") || token_is(p, token, "false"))
		return parse_constant(p, token, ret);
	if (!function && !token_is(p, token, "nil"))
		return fail(p, "function \"%.*s\" not defined", (int)token->len,
			    token_text(p, token));
	n = node_new(p, function ? NODE_FUNCTION : NODE_NIL, token);
	if (!n)
		return -ENOMEM;
	n->function = function;
	*ret = n;
	return 0;
}

static int parse_parenthesis(struct parser *p, const struct token *open, struct node **ret)
{
	struct node *n = NULL;
	int r;

	if (++p->depth > TEMPLATE_DEPTH)
		return fail(p, "nested too deeply");
	r = parse_pipe(p, false, &n);
	p->depth--;
	if (r < 0)
		return r;
	if (peek(p)->kind != TOKEN_CLOSE)
		return unexpected(p, "parenthesized pipeline");
	n->pos = n->at = open->pos;
	n->end = peek(p)->pos + 1;
	p->at++;
	*ret = n;
	return 0;
}

/* 1 when there is no term here. */
static int parse_term(struct parser *p, struct node **ret)
{
	const struct token *token = peek(p);
	enum node_kind kind = NODE_DOT;

	switch (token->kind) {
	case TOKEN_IDENTIFIER:
		p->at++;
		return parse_identifier(p, token, ret);
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
	case TOKEN_CHAR:
	case TOKEN_NUMBER:
		p->at++;
		return parse_constant(p, token, ret);
	case TOKEN_OPEN:
		p->at++;
		return parse_parenthesis(p, token, ret);
	case TOKEN_VARIABLE:
		if (!variable_known(p, token))
			return fail(p, "undefined variable \"%.*s\"", (int)token->len,
				    token_text(p, token));
		kind = NODE_VARIABLE;
		break;
	case TOKEN_FIELD:
		kind = NODE_FIELD;
		break;
	case TOKEN_DOT:
		break;
	default:
		return 1;
	}
	*ret = node_new(p, kind, token);
	if (!*ret)
		return -ENOMEM;
	p->at++;
	return kind == NODE_DOT ? 0 : add_name(p, *ret, token, kind == NODE_FIELD);
}

/* A term and the fields that follow it without a space. */
static int parse_operand(struct parser *p, struct node **ret)
{
	struct node *n = NULL, *chain;
	bool first = true;
	int r = parse_term(p, &n);

	for (; r == 0 && peek(p)->kind == TOKEN_FIELD; p->at++, first = false) {
		const struct token *token = peek(p);

		if (n->kind == NODE_DOT || n->kind == NODE_NIL || n->kind == NODE_CONSTANT)
			return fail(p, "unexpected . after term \"%.*s\"", (int)(n->end - n->pos),
				    p->t->text + n->pos);
		if (n->kind != NODE_FIELD && n->kind != NODE_VARIABLE && first) {
			chain = node_new(p, NODE_CHAIN, token);
			if (!chain)
				return -ENOMEM;
			chain->child = n;
			n = chain;
		} else if (first) {
			n->at = token->pos;
		}
		r = add_name(p, n, token, 1);
		n->end = token->pos + token->len;
	}
	*ret = n;
	return r;
}

static int parse_command(struct parser *p, struct node **ret)
{
	struct node *command = node_new(p, NODE_COMMAND, peek(p)), **tail, *operand;
	int r;

	if (!command)
		return -ENOMEM;
	tail = &command->child;
	for (;;) {
		skip_space(p);
		operand = NULL;
		r = parse_operand(p, &operand);
		if (r < 0)
			return r;
		if (r == 1)
			break;
		*tail = operand;
		tail = &operand->next;
		command->end = operand->end;
		if (peek(p)->kind != TOKEN_SPACE)
			break;
	}
	if (!command->child)
		return unexpected(p, "operand");
	*ret = command;
	return 0;
}

/* "$x :=", "$x =", and in range "$k, $v :=" in front of a pipeline. */
static int parse_declaration(struct parser *p, bool range, struct node *pipe)
{
	size_t start = p->at;
	const struct token *name;
	int r = 0;

	while (r == 0 && peek(p)->kind == TOKEN_VARIABLE) {
		name = peek(p);
		p->at++;
		skip_space(p);
		r = add_name(p, pipe, name, 0);
		if (r < 0)
			return r;
		if (peek(p)->kind == TOKEN_DECLARE || peek(p)->kind == TOKEN_ASSIGN) {
			pipe->assign = peek(p)->kind == TOKEN_ASSIGN;
			p->at++;
			break;
		}
		if (!range || pipe->names.count > 1 || !take(p, TOKEN_COMMA)) {
			/* a variable that begins a command after all */
			strv_free(&pipe->names);
			p->at = start;
			return 0;
		}
		skip_space(p);
		if (peek(p)->kind != TOKEN_VARIABLE)
			return fail(p, "range can only initialize variables");
	}
	for (size_t i = 0; r == 0 && i < pipe->names.count; i++) {
		if (pipe->assign && !strv_contains(&p->variables, pipe->names.items[i]))
			return fail(p, "undefined variable \"%s\"", pipe->names.items[i]);
		if (!pipe->assign && strv_add(&p->variables, pipe->names.items[i]) < 0)
			return err_oom(p->err);
	}
	return r;
}

/* What cannot take the value of the command before it. */
static bool is_plain(enum node_kind kind)
{
	return kind == NODE_CONSTANT || kind == NODE_NIL || kind == NODE_DOT;
}

static int parse_pipe(struct parser *p, bool range, struct node **ret)
{
	struct node *pipe, **tail;
	int r, stage = 1;

	skip_space(p);
	pipe = node_new(p, NODE_PIPE, peek(p));
	if (!pipe)
		return -ENOMEM;
	r = parse_declaration(p, range, pipe);
	for (tail = &pipe->child; r == 0; tail = &(*tail)->next, stage++) {
		skip_space(p);
		r = parse_command(p, tail);
		if (r < 0)
			break;
		pipe->end = (*tail)->end;
		if (stage > 1 && is_plain((*tail)->child->kind))
			return fail(p, "non executable command in pipeline stage %d", stage);
		skip_space(p);
		if (!take(p, TOKEN_PIPE))
			break;
	}
	*ret = pipe;
	return r;
}

/* The pipeline of an action, up to and with its "}}". */
static int parse_control_pipe(struct parser *p, bool range, struct node **ret)
{
	int r = parse_pipe(p, range, ret);

	if (r < 0)
		return r;
	return take(p, TOKEN_RIGHT) ? 0 : unexpected(p, "command");
}

static int expect_right(struct parser *p, const char *where)
{
	skip_space(p);
	return take(p, TOKEN_RIGHT) ? 0 : unexpected(p, where);
}

static int parse_list(struct parser *p, bool inner, struct node **ret);

static void pop_variables(struct parser *p, size_t count)
{
	while (p->variables.count > count) {
		free(p->variables.items[--p->variables.count]);
		p->variables.items[p->variables.count] = NULL;
	}
}

static int parse_control(struct parser *p, enum node_kind kind, const struct token *token,
			 struct node **ret);

/* Behind "else": "}}", or an if (with) that shares our end. */
static int parse_else(struct parser *p, struct node *n)
{
	const struct token *token;

	skip_space(p);
	token = peek(p);
	if ((n->kind == NODE_IF && token_is(p, token, "if")) ||
	    (n->kind == NODE_WITH && token_is(p, token, "with"))) {
		p->at++;
		return parse_control(p, n->kind, token, &n->otherwise);
	}
	if (expect_right(p, "else") < 0)
		return -EINVAL;
	if (parse_list(p, true, &n->otherwise) < 0)
		return -EINVAL;
	if (!token_is(p, peek(p), "end"))
		return fail(p, "expected end; found {{else}}");
	p->at++;
	return expect_right(p, "end");
}

static int parse_branches(struct parser *p, struct node *n)
{
	int r = parse_control_pipe(p, n->kind == NODE_RANGE, &n->pipe);

	if (r < 0)
		return r;
	p->range_depth += n->kind == NODE_RANGE;
	r = parse_list(p, true, &n->body);
	p->range_depth -= n->kind == NODE_RANGE;
	if (r < 0)
		return r;
	if (token_is(p, peek(p), "else")) {
		p->at++;
		return parse_else(p, n);
	}
	p->at++; /* end */
	return expect_right(p, "end");
}

static int parse_control(struct parser *p, enum node_kind kind, const struct token *token,
			 struct node **ret)
{
	size_t scope = p->variables.count;
	struct node *n = node_new(p, kind, token);
	int r;

	if (!n)
		return -ENOMEM;
	if (++p->depth > TEMPLATE_DEPTH)
		return fail(p, "nested too deeply");
	*ret = n;
	r = parse_branches(p, n);
	p->depth--;
	pop_variables(p, scope);
	return r;
}

static int parse_jump(struct parser *p, enum node_kind kind, const struct token *token,
		      struct node **ret)
{
	if (p->range_depth == 0)
		return fail(p, "{{%.*s}} outside {{range}}", (int)token->len, token_text(p, token));
	*ret = node_new(p, kind, token);
	return *ret ? expect_right(p, "action") : -ENOMEM;
}

/* Behind "{{". */
static int parse_action(struct parser *p, struct node **ret)
{
	const struct token *token = peek(p);

	p->at++;
	if (token_is(p, token, "if"))
		return parse_control(p, NODE_IF, token, ret);
	if (token_is(p, token, "with"))
		return parse_control(p, NODE_WITH, token, ret);
	if (token_is(p, token, "range"))
		return parse_control(p, NODE_RANGE, token, ret);
	if (token_is(p, token, "break"))
		return parse_jump(p, NODE_BREAK, token, ret);
	if (token_is(p, token, "continue"))
		return parse_jump(p, NODE_CONTINUE, token, ret);
	if (token_is(p, token, "else") || token_is(p, token, "end"))
		return fail(p, "unexpected {{%.*s}}", (int)token->len, token_text(p, token));
	if (token_is(p, token, "define") || token_is(p, token, "template") ||
	    token_is(p, token, "block"))
		return fail(p, "{{%.*s}} is not supported", (int)token->len, token_text(p, token));
	p->at--;
	*ret = node_new(p, NODE_ACTION, token);
	return *ret ? parse_control_pipe(p, false, &(*ret)->pipe) : -ENOMEM;
}

/* Text and actions up to the end, or (`inner`) up to an else or end, which is then the next word.
 */
static int parse_list(struct parser *p, bool inner, struct node **ret)
{
	const struct token *token;
	struct node **tail = ret;
	int r = 0;

	for (; r == 0 && peek(p)->kind != TOKEN_EOF; tail = &(*tail)->next) {
		token = peek(p);
		p->at++;
		if (token->kind == TOKEN_TEXT) {
			*tail = node_new(p, NODE_TEXT, token);
			if (!*tail)
				return -ENOMEM;
			continue;
		}
		skip_space(p);
		token = peek(p);
		if (inner && (token_is(p, token, "else") || token_is(p, token, "end")))
			return 0;
		r = parse_action(p, tail);
		if (r < 0)
			break;
	}
	return r == 0 && inner ? fail(p, "unexpected EOF") : r;
}

int template_parse(const char *text, struct template **ret, struct err *err)
{
	struct template *t cleanup_template = calloc(1, sizeof(*t));
	struct parser p = { .t = t, .err = err };
	int r;

	if (!t || !(t->text = strdup(text)))
		return err_oom(err);
	if (strlen(text) > TEMPLATE_MAX)
		return err_invalid(err, "template: longer than %d bytes", TEMPLATE_MAX);
	r = lex(t->text, &p.tokens, err);
	if (r == 0)
		r = parse_list(&p, false, &t->root);
	tokens_clear(&p.tokens);
	strv_free(&p.variables);
	if (r == 0)
		*ret = take_ptr(&t);
	return r;
}

void template_free(struct template *t)
{
	struct node *n;

	if (!t)
		return;
	while ((n = t->all)) {
		t->all = n->all;
		strv_free(&n->names);
		json_decref(n->constant);
		free(n);
	}
	free(t->text);
	free(t);
}
