/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a parsed template over a value. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/format/funcs.h"
#include "cli/format/lex.h"
#include "cli/format/node.h"

/* What a template may cost, all together: bytes made, and nodes visited at so many bytes each. */
enum { BUDGET = 64 << 20, NODE_COST = 32, ARGS_MAX = 256 };

/* What a list of nodes ended with, besides an error. */
enum { RUN_ON = 0, RUN_BREAK = 1, RUN_CONTINUE = 2 };

struct variable {
	const char *name;
	struct value value;
};

struct run {
	const struct template *t;
	const struct template_env *env;
	json_t *top;
	struct variable *variables;
	size_t count, room;
	long budget;
	struct buf *out;
	struct err *err;
};

static int fail(struct run *x, const struct node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct run *x, const struct node *n, const char *format, ...)
{
	int line, column, len = (int)(n->end - n->pos);
	char why[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	lex_position(x->t->text, n->at, &line, &column);
	return err_invalid(x->err, "template: :%d:%d: executing \"\" at <%.*s%s>: %s", line, column,
			   len > 20 ? 20 : len, x->t->text + n->pos, len > 20 ? "..." : "", why);
}

static int spend(struct run *x, const struct node *n, size_t cost)
{
	x->budget -= (long)cost + NODE_COST;
	return x->budget < 0 ? fail(x, n, "the template runs for too long") : 0;
}

static int push(struct run *x, const char *name, const struct value *v)
{
	if (x->count == x->room) {
		size_t room = x->room ? 2 * x->room : 16;
		struct variable *more = reallocarray(x->variables, room, sizeof(*more));

		if (!more)
			return err_oom(x->err);
		x->variables = more;
		x->room = room;
	}
	x->variables[x->count++] = (struct variable){ name, value_ref(v) };
	return 0;
}

static void pop(struct run *x, size_t count)
{
	while (x->count > count)
		value_clear(&x->variables[--x->count].value);
}

static struct variable *find_variable(struct run *x, const char *name)
{
	for (size_t i = x->count; i-- > 0;)
		if (str_eq(x->variables[i].name, name))
			return &x->variables[i];
	return NULL; /* the parser has seen to it that there is one */
}

static int eval_pipe(struct run *x, const struct value *dot, const struct node *pipe,
		     struct value *ret);

/*
 * Go's name of a field and its name in JSON differ in case alone (.ID and "Id", .TimeNano and
 * "timeNano"), and users write both. Not in maps: there the keys are data.
 */
static void *find_member(const struct value *v, const char *name)
{
	void *iter = json_object_iter_at(v->j, name);

	if (iter || v->shape != SHAPE_STRUCT || *name < 'A' || *name > 'Z')
		return iter;
	for (iter = json_object_iter(v->j); iter; iter = json_object_iter_next(v->j, iter))
		if (strcasecmp(json_object_iter_key(iter), name) == 0)
			return iter;
	return NULL;
}

static struct value member_of(const struct run *x, const struct value *v, const char *name)
{
	void *iter = find_member(v, name);
	struct value member = VALUE_NONE;
	json_t *zero = NULL;

	if (iter) {
		member = value_of(json_incref(json_object_iter_value(iter)));
		member.key = json_object_iter_key(iter);
	} else {
		if (v->shape == SHAPE_STRUCT && x->env->omitted)
			zero = x->env->omitted(v->key, name);
		if (!zero)
			return member;
		member = value_of(zero);
		member.key = name;
	}
	if (x->env->shape)
		member.shape = x->env->shape(v->key, member.key);
	return member;
}

/* Member `name` of *v, which it replaces. */
static int eval_field(struct run *x, const struct node *n, const char *name, struct value *v)
{
	struct value member;

	if (!v->j || json_is_null(v->j)) {
		if (v->shape == SHAPE_STRUCT)
			return fail(x, n, "nil data; no entry for key \"%s\"", name);
		value_clear(v);
		return 0;
	}
	if (!json_is_object(v->j))
		return fail(x, n, "can't evaluate field %s in type %s", name, value_type(v->j));
	member = member_of(x, v, name);
	if (!member.j && v->shape == SHAPE_STRUCT)
		return fail(x, n, "map has no entry for key \"%s\"", name);
	value_clear(v);
	*v = member;
	return 0;
}

static int eval_fields(struct run *x, const struct node *n, size_t first, struct value *v)
{
	int r = 0;

	for (size_t i = first; r == 0 && i < n->names.count; i++)
		r = eval_field(x, n, n->names.items[i], v);
	return r;
}

/* An operand as an argument: a function's name alone is a call of it. */
static int eval_operand(struct run *x, const struct value *dot, const struct node *n,
			struct value *ret);

static int eval_args(struct run *x, const struct value *dot, const struct node *first,
		     enum function_order order, const struct value *final, struct value *args,
		     size_t *count)
{
	int r = 0;

	for (const struct node *n = first; n && r == 0; n = n->next) {
		if (*count == ARGS_MAX)
			return fail(x, n, "too many arguments");
		r = eval_operand(x, dot, n, &args[*count]);
		if (r < 0)
			return r;
		(*count)++;
		if (order != CALL_ALL && value_true(&args[*count - 1]) == (order == CALL_OR))
			return 0;
	}
	if (r == 0 && final && *count < ARGS_MAX)
		args[(*count)++] = value_ref(final);
	return r;
}

static int check_args(struct run *x, const struct function *f, const struct node *at, size_t given)
{
	if ((int)given < f->min_args)
		return fail(x, at, "wrong number of args for %s: want %s%d got %zu", f->name,
			    f->max_args < 0 ? "at least " : "", f->min_args, given);
	if (f->max_args >= 0 && (int)given > f->max_args)
		return fail(x, at, "wrong number of args for %s: want %d got %zu", f->name,
			    f->max_args, given);
	return 0;
}

/* `at` is what errors point to: the whole command. */
static int eval_function(struct run *x, const struct value *dot, const struct node *n,
			 const struct node *at, const struct node *first, const struct value *final,
			 struct value *ret)
{
	struct value *args cleanup_free = NULL;
	struct err inner = { 0 };
	struct call call = { .env = x->env, .err = &inner };
	size_t given = final ? 1 : 0;
	int r;

	for (const struct node *a = first; a; a = a->next)
		given++;
	r = check_args(x, n->function, at, given);
	if (r < 0)
		return r;
	args = calloc(given + 1, sizeof(*args));
	if (!args)
		return err_oom(x->err);
	r = eval_args(x, dot, first, n->function->order, final, args, &call.count);
	call.args = args;
	if (r == 0 && n->function->call(&call, ret) < 0)
		r = fail(x, at, "error calling %s: %s", n->function->name, inner.text);
	if (r == 0)
		r = spend(x, at, json_string_length(ret->j));
	for (size_t i = 0; i < given; i++)
		value_clear(&args[i]);
	return r;
}

/* {{.Label "x"}}: a method of the top value. */
static int eval_method(struct run *x, const struct value *dot, const struct node *n,
		       const struct value *final, struct value *ret)
{
	json_t *list cleanup_json = json_array();
	struct err inner = { 0 };
	json_t *result = NULL;
	int r = list ? 0 : err_oom(x->err);

	for (const struct node *a = n->next; a && r == 0; a = a->next) {
		struct value v cleanup_value = VALUE_NONE;

		r = eval_operand(x, dot, a, &v);
		if (r == 0)
			json_array_append_new(list, v.j ? json_incref(v.j) : json_null());
	}
	if (r < 0)
		return r;
	if (final)
		json_array_append(list, final->j);
	r = x->env->method && n->kind == NODE_FIELD && n->names.count == 1 && dot->j == x->top
		? x->env->method(x->env->method_arg, n->names.items[0], list, &result, &inner)
		: 1;
	if (r == 1)
		return fail(x, n, "%s is not a method but has arguments",
			    n->names.count ? n->names.items[n->names.count - 1] : "it");
	if (r < 0)
		return fail(x, n, "error calling %s: %s", n->names.items[0], inner.text);
	*ret = value_of(result);
	return 0;
}

/* A command: an operand with its arguments, and the value piped in. */
static int eval_command(struct run *x, const struct value *dot, const struct node *command,
			const struct value *final, struct value *ret)
{
	const struct node *first = command->child;

	if (spend(x, command, 0) < 0)
		return -EINVAL;
	if (first->kind == NODE_FUNCTION)
		return eval_function(x, dot, first, command, first->next, final, ret);
	if (first->kind == NODE_FIELD && (first->next || final))
		return eval_method(x, dot, first, final, ret);
	if (first->next || final)
		return fail(x, first, "can't give argument to non-function %.*s",
			    (int)(first->end - first->pos), x->t->text + first->pos);
	if (first->kind == NODE_NIL)
		return fail(x, first, "nil is not a command");
	return eval_operand(x, dot, first, ret);
}

static int eval_operand(struct run *x, const struct value *dot, const struct node *n,
			struct value *ret)
{
	struct value v cleanup_value = VALUE_NONE;
	int r = 0;

	switch (n->kind) {
	case NODE_DOT:
		v = value_ref(dot);
		break;
	case NODE_FIELD:
		v = value_ref(dot);
		r = eval_fields(x, n, 0, &v);
		break;
	case NODE_VARIABLE:
		v = value_ref(&find_variable(x, n->names.items[0])->value);
		r = eval_fields(x, n, 1, &v);
		break;
	case NODE_CHAIN:
		r = eval_operand(x, dot, n->child, &v);
		if (r == 0)
			r = eval_fields(x, n, 0, &v);
		break;
	case NODE_PIPE:
		r = eval_pipe(x, dot, n, &v);
		break;
	case NODE_FUNCTION:
		r = eval_function(x, dot, n, n, NULL, NULL, &v);
		break;
	case NODE_CONSTANT:
		v = value_of(json_incref(n->constant));
		break;
	default: /* nil */
		break;
	}
	if (r < 0)
		return r;
	*ret = v;
	v = VALUE_NONE;
	return 0;
}

/* The value of a pipeline, without what it declares. */
static int eval_commands(struct run *x, const struct value *dot, const struct node *pipe,
			 struct value *ret)
{
	struct value v cleanup_value = VALUE_NONE;

	for (const struct node *c = pipe->child; c; c = c->next) {
		struct value next = VALUE_NONE;
		int r = eval_command(x, dot, c, c == pipe->child ? NULL : &v, &next);

		if (r < 0)
			return r;
		value_clear(&v);
		v = next;
	}
	*ret = v;
	v = VALUE_NONE;
	return 0;
}

static int eval_pipe(struct run *x, const struct value *dot, const struct node *pipe,
		     struct value *ret)
{
	struct value v cleanup_value = VALUE_NONE;
	int r = eval_commands(x, dot, pipe, &v);

	for (size_t i = 0; r == 0 && i < pipe->names.count; i++) {
		if (pipe->assign) {
			struct variable *at = find_variable(x, pipe->names.items[i]);

			value_clear(&at->value);
			at->value = value_ref(&v);
		} else {
			r = push(x, pipe->names.items[i], &v);
		}
	}
	if (r < 0)
		return r;
	*ret = v;
	v = VALUE_NONE;
	return 0;
}

static int run_list(struct run *x, const struct value *dot, const struct node *list);

static int run_if(struct run *x, const struct value *dot, const struct node *n)
{
	struct value v cleanup_value = VALUE_NONE;
	int r = eval_pipe(x, dot, n->pipe, &v);

	if (r < 0)
		return r;
	if (value_true(&v))
		return run_list(x, n->kind == NODE_WITH ? &v : dot, n->body);
	return run_list(x, dot, n->otherwise);
}

/* One turn: declares or assigns $value, or $key and $value. */
static int run_turn(struct run *x, const struct node *n, const struct value *key,
		    const struct value *element)
{
	const struct strv *names = &n->pipe->names;
	size_t mark = x->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < names->count; i++) {
		const struct value *v = names->count == 2 && i == 0 ? key : element;

		if (n->pipe->assign) {
			struct variable *at = find_variable(x, names->items[i]);

			value_clear(&at->value);
			at->value = value_ref(v);
		} else {
			r = push(x, names->items[i], v);
		}
	}
	if (r == 0)
		r = spend(x, n, 0);
	if (r == 0)
		r = run_list(x, element, n->body);
	pop(x, mark);
	return r;
}

static int range_list(struct run *x, const struct node *n, const struct value *v, size_t size)
{
	int r = 0;

	for (size_t i = 0; i < size && r >= 0 && r != RUN_BREAK; i++) {
		struct value key cleanup_value = value_of(json_integer((json_int_t)i));
		struct value element cleanup_value =
		    json_is_array(v->j) ? value_of(json_incref(json_array_get(v->j, i)))
					: value_ref(&key);

		element.key = v->key;
		r = run_turn(x, n, &key, &element);
	}
	return r < 0 ? r : 0;
}

static int range_map(struct run *x, const struct node *n, const struct value *v)
{
	const char **keys cleanup_free = NULL;
	int r = value_sorted_keys(v->j, &keys);

	if (r < 0)
		return err_oom(x->err);
	for (size_t i = 0; keys[i] && r >= 0 && r != RUN_BREAK; i++) {
		struct value key cleanup_value = value_of(json_string(keys[i]));
		struct value element cleanup_value =
		    value_of(json_incref(json_object_get(v->j, keys[i])));

		element.key = keys[i];
		if (x->env->shape)
			element.shape = x->env->shape(v->key, keys[i]);
		r = run_turn(x, n, &key, &element);
	}
	return r < 0 ? r : 0;
}

static int cannot_range(struct run *x, const struct node *pipe, const struct value *v)
{
	struct buf text cleanup_buf = BUF_INIT(256);

	value_print(&text, v);
	return fail(x, pipe, "range can't iterate over %s", buf_str(&text));
}

static int run_range(struct run *x, const struct value *dot, const struct node *n)
{
	struct value v cleanup_value = VALUE_NONE;
	int r = eval_commands(x, dot, n->pipe, &v);

	if (r < 0)
		return r;
	if (json_is_array(v.j) && json_array_size(v.j) > 0)
		return range_list(x, n, &v, json_array_size(v.j));
	if (json_is_object(v.j) && json_object_size(v.j) > 0)
		return range_map(x, n, &v);
	if (json_is_integer(v.j) && json_integer_value(v.j) > 0)
		return range_list(x, n, &v, (size_t)json_integer_value(v.j));
	if (json_is_string(v.j) || json_is_boolean(v.j) || json_is_real(v.j))
		return cannot_range(x, n->pipe, &v);
	return run_list(x, dot, n->otherwise);
}

static int run_action(struct run *x, const struct value *dot, const struct node *n)
{
	struct value v cleanup_value = VALUE_NONE;
	size_t before = x->out->len;
	int r = eval_pipe(x, dot, n->pipe, &v);

	if (r < 0)
		return r;
	if (n->pipe->names.count == 0)
		value_print(x->out, &v);
	return spend(x, n, x->out->len - before);
}

static int run_node(struct run *x, const struct value *dot, const struct node *n)
{
	size_t mark = x->count;
	int r;

	switch (n->kind) {
	case NODE_TEXT:
		buf_add(x->out, x->t->text + n->pos, n->end - n->pos);
		return spend(x, n, n->end - n->pos);
	case NODE_ACTION:
		return run_action(x, dot, n);
	case NODE_BREAK:
		return RUN_BREAK;
	case NODE_CONTINUE:
		return RUN_CONTINUE;
	case NODE_RANGE:
		r = run_range(x, dot, n);
		break;
	default: /* if, with */
		r = run_if(x, dot, n);
		break;
	}
	pop(x, mark);
	return r;
}

static int run_list(struct run *x, const struct value *dot, const struct node *list)
{
	size_t mark = x->count;
	int r = RUN_ON;

	for (const struct node *n = list; n && r == RUN_ON; n = n->next) {
		r = run_node(x, dot, n);
		if (r >= 0 && x->out->failed)
			return x->out->failed == -E2BIG ? fail(x, n, "the output is too long")
							: err_oom(x->err);
	}
	pop(x, mark);
	return r;
}

int template_execute(const struct template *t, json_t *data, const struct template_env *env,
		     struct buf *out, struct err *err)
{
	static const struct template_env plain;
	struct run x = { .t = t,
			 .env = env ? env : &plain,
			 .top = data,
			 .budget = BUDGET,
			 .out = out,
			 .err = err };
	struct value top cleanup_value = value_of(json_incref(data));
	int r;

	top.key = "";
	r = push(&x, "$", &top);
	if (r == 0)
		r = run_list(&x, &top, t->root);
	pop(&x, 0);
	free(x.variables);
	return r;
}
