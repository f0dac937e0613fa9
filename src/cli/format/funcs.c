/* SPDX-License-Identifier: Apache-2.0 */
/* The table of functions, and those that look into values. */
#include "cli/format/funcs.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

int call_string(const struct call *call, size_t index, const char **ret, size_t *ret_len)
{
	const json_t *j = call->args[index].j;

	if (!json_is_string(j))
		return err_invalid(call->err, "wrong type for value; expected string; got %s",
				   value_type(j));
	*ret = json_string_value(j);
	*ret_len = json_string_length(j);
	return 0;
}

int call_int(const struct call *call, size_t index, json_int_t *ret)
{
	const json_t *j = call->args[index].j;

	if (!json_is_integer(j))
		return err_invalid(call->err, "wrong type for value; expected int; got %s",
				   value_type(j));
	*ret = json_integer_value(j);
	return 0;
}

int call_return(const struct call *call, const struct buf *b, struct value *ret)
{
	json_t *j;

	if (b->failed == -E2BIG)
		return err_invalid(call->err, "the result is too long");
	j = b->failed ? NULL : json_stringn(buf_str(b), b->len);
	if (!j)
		return err_invalid(call->err, "the result is not UTF-8");
	*ret = value_of(j);
	return 0;
}

static int call_not(const struct call *call, struct value *ret)
{
	*ret = value_of(json_boolean(!value_true(&call->args[0])));
	return 0;
}

/* The last of the arguments that were evaluated has decided. */
static int call_last(const struct call *call, struct value *ret)
{
	*ret = value_ref(&call->args[call->count - 1]);
	return 0;
}

static int call_len(const struct call *call, struct value *ret)
{
	const struct value *v = &call->args[0];
	size_t n = 0;

	if (json_is_string(v->j))
		n = json_string_length(v->j);
	else if (json_is_array(v->j))
		n = json_array_size(v->j);
	else if (json_is_object(v->j))
		n = json_object_size(v->j);
	else if (v->shape == SHAPE_STRUCT)
		return v->j && !json_is_null(v->j)
			   ? err_invalid(call->err, "len of type %s", value_type(v->j))
			   : err_invalid(call->err, "len of nil pointer");
	*ret = value_of(json_integer((json_int_t)n));
	return 0;
}

static int index_map(const struct call *call, const struct value *map, size_t at, struct value *ret)
{
	const char *key;
	void *iter;
	size_t len;
	int r = call_string(call, at, &key, &len);

	if (r < 0)
		return r;
	iter = json_object_iter_at(map->j, key);
	if (iter) {
		*ret = value_of(json_incref(json_object_iter_value(iter)));
		ret->key = json_object_iter_key(iter);
		if (call->env->shape)
			ret->shape = call->env->shape(map->key, ret->key);
	} else if (map->shape == SHAPE_STRING_MAP) {
		*ret = value_of(json_string(""));
	} else {
		*ret = value_of(json_null());
	}
	return 0;
}

static int index_list(const struct call *call, const struct value *list, size_t at,
		      struct value *ret)
{
	size_t size =
	    json_is_string(list->j) ? json_string_length(list->j) : json_array_size(list->j);
	json_int_t i = 0;
	int r = call_int(call, at, &i);

	if (r < 0)
		return err_invalid(call->err, "cannot index slice/array with type %s",
				   value_type(call->args[at].j));
	if (i < 0 || (size_t)i >= size)
		return err_invalid(call->err, "index out of range: %lld", (long long)i);
	if (json_is_string(list->j))
		*ret = value_of(json_integer((unsigned char)json_string_value(list->j)[i]));
	else
		*ret = value_of(json_incref(json_array_get(list->j, (size_t)i)));
	return 0;
}

static int index_one(const struct call *call, const struct value *v, size_t at, struct value *ret)
{
	if (json_is_object(v->j) || (json_is_null(v->j) && v->shape == SHAPE_STRING_MAP))
		return index_map(call, v, at, ret);
	if (json_is_array(v->j) || json_is_string(v->j) ||
	    (json_is_null(v->j) && v->shape == SHAPE_LIST))
		return index_list(call, v, at, ret);
	if (!v->j || json_is_null(v->j))
		return v->shape == SHAPE_MAP ? 0 : err_invalid(call->err, "index of untyped nil");
	return err_invalid(call->err, "can't index item of type %s", value_type(v->j));
}

/* index map key, index list number; further ones go deeper. */
static int call_index(const struct call *call, struct value *ret)
{
	struct value at cleanup_value = value_ref(&call->args[0]);

	for (size_t i = 1; i < call->count; i++) {
		struct value next = VALUE_NONE;
		int r = index_one(call, &at, i, &next);

		if (r < 0)
			return r;
		value_clear(&at);
		at = next;
	}
	*ret = at;
	at = VALUE_NONE;
	return 0;
}

static int slice_list(const json_t *list, size_t from, size_t to, struct value *ret)
{
	json_t *part = json_array();

	for (size_t i = from; part && i < to; i++)
		json_array_append(part, json_array_get(list, i));
	*ret = value_of(part);
	return 0;
}

/* slice x [from [to]]: of a string (bytes) or a list. */
static int call_slice(const struct call *call, struct value *ret)
{
	const json_t *j = call->args[0].j;
	struct buf b cleanup_buf = BUF_INIT(TEMPLATE_OUTPUT_MAX);
	json_int_t size, from = 0, to;
	int r = 0;

	if (!json_is_string(j) && !json_is_array(j))
		return err_invalid(call->err, "can't slice item of type %s", value_type(j));
	size = (json_int_t)(json_is_string(j) ? json_string_length(j) : json_array_size(j));
	to = size;
	if (call->count > 1)
		r = call_int(call, 1, &from);
	if (r == 0 && call->count > 2)
		r = call_int(call, 2, &to);
	if (r < 0)
		return r;
	if (from < 0 || from > size || to < 0 || to > size)
		return err_invalid(call->err, "index out of range: %lld",
				   (long long)(from < 0 || from > size ? from : to));
	if (from > to)
		return err_invalid(call->err, "invalid slice index: %lld > %lld", (long long)from,
				   (long long)to);
	if (json_is_array(j))
		return slice_list(j, (size_t)from, (size_t)to, ret);
	buf_add(&b, json_string_value(j) + from, (size_t)(to - from));
	return call_return(call, &b, ret);
}

static int call_json(const struct call *call, struct value *ret)
{
	const struct value *v = &call->args[0];
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	char *text cleanup_free = NULL;

	if (call->env->heading) {
		*ret = value_ref(v);
		return 0;
	}
	if (v->shape == SHAPE_MAP || v->shape == SHAPE_STRING_MAP)
		flags |= JSON_SORT_KEYS;
	text = v->j ? js_dump(v->j, flags) : strdup("null");
	if (!text)
		return err_invalid(call->err, "cannot be written as JSON");
	*ret = value_of(json_string(text));
	return 0;
}

static const struct function functions[] = {
	{ "and", 1, -1, CALL_AND, call_last },	    { "eq", 2, -1, CALL_ALL, call_eq },
	{ "ge", 2, 2, CALL_ALL, call_ge },	    { "gt", 2, 2, CALL_ALL, call_gt },
	{ "index", 1, -1, CALL_ALL, call_index },   { "join", 2, 2, CALL_ALL, call_join },
	{ "json", 1, 1, CALL_ALL, call_json },	    { "le", 2, 2, CALL_ALL, call_le },
	{ "len", 1, 1, CALL_ALL, call_len },	    { "lower", 1, 1, CALL_ALL, call_lower },
	{ "lt", 2, 2, CALL_ALL, call_lt },	    { "ne", 2, 2, CALL_ALL, call_ne },
	{ "not", 1, 1, CALL_ALL, call_not },	    { "or", 1, -1, CALL_OR, call_last },
	{ "pad", 3, 3, CALL_ALL, call_pad },	    { "print", 0, -1, CALL_ALL, call_print },
	{ "printf", 1, -1, CALL_ALL, call_printf }, { "println", 0, -1, CALL_ALL, call_println },
	{ "slice", 1, 3, CALL_ALL, call_slice },    { "split", 2, 2, CALL_ALL, call_split },
	{ "title", 1, 1, CALL_ALL, call_title },    { "truncate", 2, 2, CALL_ALL, call_truncate },
	{ "upper", 1, 1, CALL_ALL, call_upper },
};

const struct function *function_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0)
			return &functions[i];
	return NULL;
}
