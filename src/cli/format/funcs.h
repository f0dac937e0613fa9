/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of templates. */
#ifndef CORACLE_CLI_FORMAT_FUNCS_H
#define CORACLE_CLI_FORMAT_FUNCS_H

#include "cli/format/value.h"

struct call {
	const struct template_env *env;
	struct value *args;
	size_t count;
	struct err *err; /* the function fills it without naming itself */
};

enum function_order { CALL_ALL, CALL_AND, CALL_OR };

struct function {
	const char *name;
	int min_args, max_args; /* -1: any number */
	/* and, or: arguments are evaluated until one decides */
	enum function_order order;
	int (*call)(const struct call *call, struct value *ret);
};

const struct function *function_find(const char *name, size_t len);

/* compare.c: eq ne lt le gt ge */
int call_eq(const struct call *call, struct value *ret);
int call_ne(const struct call *call, struct value *ret);
int call_lt(const struct call *call, struct value *ret);
int call_le(const struct call *call, struct value *ret);
int call_gt(const struct call *call, struct value *ret);
int call_ge(const struct call *call, struct value *ret);

/* text.c: strings */
int call_upper(const struct call *call, struct value *ret);
int call_lower(const struct call *call, struct value *ret);
int call_title(const struct call *call, struct value *ret);
int call_split(const struct call *call, struct value *ret);
int call_join(const struct call *call, struct value *ret);
int call_pad(const struct call *call, struct value *ret);
int call_truncate(const struct call *call, struct value *ret);

/* printf.c: Go's fmt */
int call_printf(const struct call *call, struct value *ret);
int call_print(const struct call *call, struct value *ret);
int call_println(const struct call *call, struct value *ret);

/* A string argument, or ERR_INVALID ("wrong type for value; expected string; got int"). */
int call_string(const struct call *call, size_t index, const char **ret, size_t *ret_len);
int call_int(const struct call *call, size_t index, json_int_t *ret);
/* The buffer's contents as a string value; out of room and memory are errors. */
int call_return(const struct call *call, const struct buf *b, struct value *ret);

#endif
