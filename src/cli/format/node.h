/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed template. Nodes hang together by `child` and `next`; all are released by the template.
 */
#ifndef CORACLE_CLI_FORMAT_NODE_H
#define CORACLE_CLI_FORMAT_NODE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

enum node_kind {
	NODE_TEXT,
	NODE_ACTION, /* pipe */
	NODE_IF,     /* pipe, body, otherwise; so are the next two */
	NODE_WITH,
	NODE_RANGE,
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_PIPE,    /* child: its commands; names: what it declares or assigns */
	NODE_COMMAND, /* child: its operands */
	NODE_DOT,
	NODE_NIL,
	NODE_FIELD,    /* names */
	NODE_VARIABLE, /* names: the variable with its $, then fields */
	NODE_CHAIN,    /* child: an operand; names: fields of its value */
	NODE_FUNCTION, /* function */
	NODE_CONSTANT, /* constant: a string, number or truth value */
};

struct function;

struct node {
	enum node_kind kind;
	size_t pos, end; /* in the text: how errors name it */
	size_t at;	 /* and where they say it is */
	struct node *child, *next;
	struct node *pipe, *body, *otherwise;
	struct strv names;
	bool assign; /* a pipe: "=" instead of ":=" */
	json_t *constant;
	const struct function *function;
	struct node *all; /* every node of the template, for its release */
};

struct template
{
	char *text;
	struct node *root; /* a list by `next` */
	struct node *all;
};

/* funcs.c: NULL for what does not exist. */
const struct function *function_find(const char *name, size_t len);

#endif
