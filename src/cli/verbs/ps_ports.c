/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The column of ports: "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp". Neighbours that keep their
 * numbers are one range, "0.0.0.0:9000-9010->9000-9010/tcp"; those that do not are told one by one,
 * behind the others.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "cli/verbs/ps.h"

enum { TEXT_MAX = 64 << 20 };

struct port {
	const char *ip; /* "": exposed, not published */
	const char *proto;
	int inner, outer;
};

static const char *text_of(const json_t *port, const char *key)
{
	const char *text = json_string_value(json_object_get(port, key));

	return text ? text : "";
}

static int number_of(const json_t *port, const char *key)
{
	return (int)json_integer_value(json_object_get(port, key));
}

static bool keeps_number(const struct port *p)
{
	return !*p->ip || p->inner == p->outer;
}

/* What can be one range stands side by side. */
static int compare(const void *a, const void *b)
{
	const struct port *left = a, *right = b;
	int r = keeps_number(right) - keeps_number(left);

	if (r == 0 && keeps_number(left)) {
		r = strcmp(left->ip, right->ip);
		if (r == 0)
			r = strcmp(left->proto, right->proto);
		return r ? r : left->inner - right->inner;
	}
	if (r == 0)
		r = left->inner - right->inner;
	if (r == 0)
		r = strcmp(left->ip, right->ip);
	if (r == 0)
		r = left->outer - right->outer;
	return r ? r : strcmp(left->proto, right->proto);
}

static bool is_next(const struct port *p, const struct port *before)
{
	return keeps_number(p) && keeps_number(before) && p->inner <= before->inner + 1 &&
	       strcmp(p->ip, before->ip) == 0 && strcmp(p->proto, before->proto) == 0;
}

static void add_range(struct buf *out, int first, int last)
{
	buf_printf(out, first == last ? "%d" : "%d-%d", first, last);
}

struct group {
	const struct port *first, *last;
};

/* By the first port, those that keep their numbers before the others. */
static int compare_groups(const void *a, const void *b)
{
	const struct port *left = ((const struct group *)a)->first;
	const struct port *right = ((const struct group *)b)->first;
	int r = keeps_number(right) - keeps_number(left);

	if (r == 0)
		r = left->inner - right->inner;
	return r ? r : compare(left, right);
}

static size_t make_groups(const struct port *ports, size_t count, struct group *ret)
{
	size_t first = 0, made = 0;

	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && is_next(&ports[i + 1], &ports[i]))
			continue;
		ret[made++] = (struct group){ &ports[first], &ports[i] };
		first = i + 1;
	}
	return made;
}

static void add_group(struct buf *out, const struct port *first, const struct port *last)
{
	if (out->len)
		buf_add_str(out, ", ");
	if (*first->ip) {
		buf_printf(out, strchr(first->ip, ':') ? "[%s]:" : "%s:", first->ip);
		add_range(out, first->outer, last->outer);
		buf_add_str(out, "->");
	}
	add_range(out, first->inner, last->inner);
	buf_printf(out, "/%s", first->proto);
}

json_t *ps_ports(const json_t *summary)
{
	const json_t *list = json_object_get(summary, "Ports"), *item;
	size_t count = json_array_size(list), groups;
	struct port *ports cleanup_free = calloc(count + 1, sizeof(*ports));
	struct group *group cleanup_free = calloc(count + 1, sizeof(*group));
	struct buf text cleanup_buf = BUF_INIT(TEXT_MAX);

	if (!ports || !group)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		item = json_array_get(list, i);
		ports[i] =
		    (struct port){ text_of(item, "IP"), text_of(item, "Type"),
				   number_of(item, "PrivatePort"), number_of(item, "PublicPort") };
	}
	qsort(ports, count, sizeof(*ports), compare);
	groups = make_groups(ports, count, group);
	qsort(group, groups, sizeof(*group), compare_groups);
	for (size_t i = 0; i < groups; i++)
		add_group(&text, group[i].first, group[i].last);
	return json_stringn(buf_str(&text), text.len);
}
