/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct words {
	int argc, next;
	char **argv;
};

static const struct opt *find(const struct opt_usage *usage, const char *name, size_t len)
{
	for (const struct opt *o = usage->options; o->name; o++)
		if ((strlen(o->name) == len && memcmp(o->name, name, len) == 0) ||
		    (len == 1 && o->letter == *name))
			return o;
	return NULL;
}

static void print_help(const struct opt_usage *usage)
{
	printf("Usage: coracle-oci [global options] %s [options] %s\n\n%s\n\nOptions:\n",
	       usage->verb, usage->operands, usage->about);
	for (const struct opt *o = usage->options; o->name; o++) {
		if (o->kind == OPT_REFUSED)
			continue;
		printf("  --%s%s", o->name, o->kind == OPT_BOOL ? "" : " value");
		if (o->letter)
			printf(", -%c", o->letter);
		printf("\n        %s\n", o->help);
	}
}

static int take_bool(const struct opt *o, const char *value, struct err *err)
{
	*(bool *)o->dest = true;
	return value ? str_to_bool(value, o->name, o->dest, err) : 0;
}

static int take_int(const struct opt *o, const char *value, struct err *err)
{
	uint64_t number;
	int r = str_to_u64(value, OPT_INT_MAX, o->name, &number, err);

	if (r == 0)
		*(int *)o->dest = (int)number;
	return r;
}

static int take(const struct opt *o, const char *value, struct words *w, struct err *err)
{
	if (o->kind == OPT_REFUSED)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "--%s is not supported: %s",
			       o->name, o->help);
	if (o->kind == OPT_BOOL)
		return take_bool(o, value, err);
	if (!value) {
		if (w->next >= w->argc)
			return err_invalid(err, "--%s needs a value", o->name);
		value = w->argv[w->next++];
	}
	switch (o->kind) {
	case OPT_STRING:
		*(const char **)o->dest = value;
		return 0;
	case OPT_LIST:
		return strv_add(o->dest, value) < 0 ? err_oom(err) : 0;
	default:
		return take_int(o, value, err);
	}
}

/* "--name", "--name=value", "-n", and Go's "-name". */
static int take_word(const struct opt_usage *usage, const char *word, struct words *w,
		     struct err *err)
{
	const char *name = word + strspn(word, "-");
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct opt *o = find(usage, name, len);

	if (!o && (str_eq(name, "help") || str_eq(name, "h"))) {
		print_help(usage);
		return OPT_HELPED;
	}
	if (!o)
		return err_invalid(err, "%s: unknown option: %s", usage->verb, word);
	return take(o, equals ? equals + 1 : NULL, w, err);
}

static int check_count(const struct opt_usage *usage, int count, struct err *err)
{
	if (count < usage->min || (usage->max >= 0 && count > usage->max))
		return err_invalid(err, "%s: usage: coracle-oci %s [options] %s", usage->verb,
				   usage->verb, usage->operands);
	return 0;
}

int opt_parse(const struct opt_usage *usage, int *argc, char **argv, struct err *err)
{
	struct words w = { *argc, 0, argv };
	int count = 0;

	while (w.next < w.argc) {
		char *word = w.argv[w.next++];
		bool plain = word[0] != '-' || word[1] == '\0';
		int r;

		if (plain || str_eq(word, "--")) {
			if (plain)
				argv[count++] = word;
			if (!plain || usage->first_ends)
				break;
			continue;
		}
		r = take_word(usage, word, &w, err);
		if (r != 0)
			return r;
	}
	while (w.next < w.argc)
		argv[count++] = w.argv[w.next++];
	argv[count] = NULL;
	*argc = count;
	return check_count(usage, count, err);
}
