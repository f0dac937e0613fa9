/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option.h"

#include <errno.h>
#include <stdio.h>

bool cli_option_is_bool(const struct cli_option *option)
{
	return option->kind == CLI_BOOL || option->kind == CLI_REFUSED_BOOL;
}

bool cli_option_is_refused(const struct cli_option *option)
{
	return option->kind == CLI_REFUSED || option->kind == CLI_REFUSED_BOOL;
}

const struct cli_option *cli_option_find(cli_tables tables, const char *name, size_t len)
{
	for (size_t t = 0; t < CLI_TABLES_MAX && tables[t]; t++)
		for (const struct cli_option *o = tables[t]; o->name; o++)
			if (strncmp(o->name, name, len) == 0 && o->name[len] == '\0')
				return o;
	return NULL;
}

const struct cli_option *cli_option_find_letter(cli_tables tables, char letter)
{
	for (size_t t = 0; t < CLI_TABLES_MAX && tables[t]; t++)
		for (const struct cli_option *o = tables[t]; o->name; o++)
			if (o->letter == letter)
				return o;
	return NULL;
}

char *cli_option_spelled(const struct cli_option *option, char out[64])
{
	if (option->letter)
		snprintf(out, 64, "-%c, --%s", option->letter, option->name);
	else
		snprintf(out, 64, "--%s", option->name);
	return out;
}

int cli_parse_cpus(const char *text, int64_t *ret, struct err *err)
{
	uint64_t whole = 0, fraction = 0, unit = 1000000000;
	const char *p = text;
	bool any = false;

	for (; *p >= '0' && *p <= '9'; p++, any = true) {
		whole = whole * 10 + (uint64_t)(*p - '0');
		if (whole > 1000000)
			return err_invalid(err, "%s is more CPUs than any machine has", text);
	}
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++, any = true) {
			unit /= 10;
			if (unit == 0 && *p != '0')
				return err_invalid(err, "%s is finer than a billionth", text);
			fraction += (uint64_t)(*p - '0') * unit;
		}
	}
	if (!any || *p)
		return err_invalid(err, "\"%s\" is not a number of CPUs (as 2, 0.5)", text);
	*ret = (int64_t)(whole * 1000000000 + fraction);
	return 0;
}

static int store_size(const char *text, bool or_free, int64_t *ret, struct err *err)
{
	if (or_free && str_eq(text, "-1")) {
		*ret = -1;
		return 0;
	}
	return str_to_size(text, "size", ret, err);
}

static int store(const struct cli_option *option, const char *text, void *values, struct err *err)
{
	void *at = (char *)values + option->offset;

	switch (option->kind) {
	case CLI_BOOL:
		return str_to_bool(text, "value", at, err);
	case CLI_STRING:
		*(const char **)at = text;
		return 0;
	case CLI_LIST:
		return strv_add(at, text) < 0 ? err_oom(err) : 0;
	case CLI_INT:
		return str_to_i64(text, INT64_MIN + 1, INT64_MAX, "value", at, err);
	case CLI_SIZE:
	case CLI_SIZE_FREE:
		return store_size(text, option->kind == CLI_SIZE_FREE, at, err);
	case CLI_CPUS:
		return cli_parse_cpus(text, at, err);
	case CLI_REFUSED:
	case CLI_REFUSED_BOOL:
		break;
	}
	return err_set(
	    err, ERR_UNSUPPORTED, ENOTSUP, "--%s is not supported%s%s", option->name,
	    *option->help == '!' ? ": " : " yet: ", option->help + (*option->help == '!'));
}

static int set(const struct cli_option *option, const char *text, void *values, struct err *err)
{
	char spelled[64];
	int r = store(option, text, values, err);

	if (r < 0 && err && err->class == ERR_INVALID)
		return err_wrap(err, "invalid argument \"%s\" for \"%s\" flag", text,
				cli_option_spelled(option, spelled));
	return r;
}

struct parser {
	cli_tables tables;
	int argc, at;
	char **argv;
	void *values;
};

/* "--help", "--help=true"; 1: help. */
static int parse_help(const char *value, struct err *err)
{
	bool wanted = true;
	int r = value ? str_to_bool(value, "value", &wanted, err) : 0;

	if (r < 0)
		return err_wrap(err, "invalid argument \"%s\" for \"--help\" flag", value);
	return wanted;
}

/* "--name", "--name=value", "--name value"; 1: help. */
static int parse_long(struct parser *p, struct err *err)
{
	const char *text = p->argv[p->at] + 2;
	size_t len = strcspn(text, "=");
	const char *value = text[len] ? text + len + 1 : NULL;
	const struct cli_option *option;

	if (len == 0 || *text == '-')
		return err_invalid(err, "bad flag syntax: %s", p->argv[p->at]);
	option = cli_option_find(p->tables, text, len);
	if (!option && len == 4 && str_starts(text, "help"))
		return parse_help(value, err);
	if (!option)
		return err_invalid(err, "unknown flag: --%.*s", (int)len, text);
	if (!value && cli_option_is_bool(option))
		value = "true";
	if (!value && option->kind == CLI_REFUSED)
		value = "";
	if (!value) {
		if (p->at + 1 >= p->argc)
			return err_invalid(err, "flag needs an argument: --%s", option->name);
		value = p->argv[++p->at];
	}
	return set(option, value, p->values, err);
}

/* "-abc", "-ovalue", "-o=value", "-o value"; 1: help. */
static int parse_letters(struct parser *p, struct err *err)
{
	const char *word = p->argv[p->at], *text = word + 1;
	const struct cli_option *option;
	int r;

	for (; *text; text++) {
		option = cli_option_find_letter(p->tables, *text);
		if (!option && *text == 'h')
			return 1;
		if (!option)
			return err_invalid(err, "unknown shorthand flag: '%c' in %s", *text, word);
		if (text[1] == '=')
			return set(option, text + 2, p->values, err);
		if (!cli_option_is_bool(option))
			break;
		r = set(option, "true", p->values, err);
		if (r < 0)
			return r;
	}
	if (!*text)
		return 0;
	if (text[1])
		return set(option, text + 1, p->values, err);
	if (option->kind == CLI_REFUSED)
		return set(option, "", p->values, err);
	if (p->at + 1 >= p->argc)
		return err_invalid(err, "flag needs an argument: '%c' in %s", *text, word);
	return set(option, p->argv[++p->at], p->values, err);
}

int cli_parse(cli_tables tables, bool flags_first, int argc, char **argv, void *values,
	      char **positional, int *ret_count, struct err *err)
{
	struct parser p = { tables, argc, 0, argv, values };
	int count = 0, r;

	for (; p.at < argc; p.at++) {
		const char *word = argv[p.at];

		if (str_eq(word, "--")) {
			p.at++;
			break;
		}
		if (word[0] != '-' || word[1] == '\0') {
			if (flags_first)
				break;
			positional[count++] = argv[p.at];
			continue;
		}
		r = word[1] == '-' ? parse_long(&p, err) : parse_letters(&p, err);
		if (r != 0)
			return r;
	}
	while (p.at < argc)
		positional[count++] = argv[p.at++];
	*ret_count = count;
	return 0;
}

void cli_values_clear(cli_tables tables, void *values)
{
	for (size_t t = 0; t < CLI_TABLES_MAX && tables[t]; t++)
		for (const struct cli_option *o = tables[t]; o->name; o++)
			if (o->kind == CLI_LIST)
				strv_free((struct strv *)(void *)((char *)values + o->offset));
}
