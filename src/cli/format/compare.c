/* SPDX-License-Identifier: Apache-2.0 */
/* eq ne lt le gt ge, with Go's rules of what may be compared with what. */
#include <errno.h>
#include <string.h>

#include "cli/format/funcs.h"

static int incompatible(const struct call *call)
{
	return err_invalid(call->err, "incompatible types for comparison");
}

static bool is_nothing(const json_t *j)
{
	return !j || json_is_null(j);
}

/* -1, 0, 1 of two numbers or strings. */
static int order(const struct call *call, const json_t *a, const json_t *b, int *ret)
{
	if (json_is_string(a) && json_is_string(b)) {
		*ret = strcmp(json_string_value(a), json_string_value(b));
	} else if (json_is_integer(a) && json_is_integer(b)) {
		json_int_t x = json_integer_value(a), y = json_integer_value(b);

		*ret = (x > y) - (x < y);
	} else if (json_is_real(a) && json_is_real(b)) {
		double x = json_real_value(a), y = json_real_value(b);

		*ret = (x > y) - (x < y);
	} else {
		return incompatible(call);
	}
	return 0;
}

static int equal(const struct call *call, const json_t *a, const json_t *b, bool *ret)
{
	int cmp = 0, r;

	if (is_nothing(a) || is_nothing(b)) {
		*ret = is_nothing(a) && is_nothing(b);
		return 0;
	}
	if (json_is_boolean(a) && json_is_boolean(b)) {
		*ret = json_is_true(a) == json_is_true(b);
		return 0;
	}
	if (json_is_object(a) || json_is_array(a) || json_is_object(b) || json_is_array(b))
		return err_invalid(call->err, "non-comparable type %s",
				   value_type(json_is_object(a) || json_is_array(a) ? a : b));
	r = order(call, a, b, &cmp);
	*ret = cmp == 0;
	return r;
}

/* eq a b c: a is one of the others. */
int call_eq(const struct call *call, struct value *ret)
{
	bool same = false;

	for (size_t i = 1; i < call->count && !same; i++) {
		int r = equal(call, call->args[0].j, call->args[i].j, &same);

		if (r < 0)
			return r;
	}
	*ret = value_of(json_boolean(same));
	return 0;
}

int call_ne(const struct call *call, struct value *ret)
{
	bool same = false;
	int r = equal(call, call->args[0].j, call->args[1].j, &same);

	if (r == 0)
		*ret = value_of(json_boolean(!same));
	return r;
}

static int compare(const struct call *call, int *ret)
{
	const json_t *a = call->args[0].j, *b = call->args[1].j;

	if (json_is_boolean(a) || json_is_boolean(b))
		return err_invalid(call->err, "invalid type for comparison");
	return order(call, a, b, ret);
}

int call_lt(const struct call *call, struct value *ret)
{
	int cmp = 0, r = compare(call, &cmp);

	if (r == 0)
		*ret = value_of(json_boolean(cmp < 0));
	return r;
}

int call_le(const struct call *call, struct value *ret)
{
	int cmp = 0, r = compare(call, &cmp);

	if (r == 0)
		*ret = value_of(json_boolean(cmp <= 0));
	return r;
}

int call_gt(const struct call *call, struct value *ret)
{
	int cmp = 0, r = compare(call, &cmp);

	if (r == 0)
		*ret = value_of(json_boolean(cmp > 0));
	return r;
}

int call_ge(const struct call *call, struct value *ret)
{
	int cmp = 0, r = compare(call, &cmp);

	if (r == 0)
		*ret = value_of(json_boolean(cmp >= 0));
	return r;
}
