/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/verbs/ps.h"

static const char *const known[] = { "ancestor", "before",  "exited", "id",	"label",
				     "name",	 "network", "since",  "status", NULL };

void ps_selection_clear(struct ps_selection *s)
{
	container_list_free(s->all, s->all_count);
	free(s->items);
}

/* Without NAME a state may be listed by -f status=NAME only if there is such a state. */
static int check_value(const char *filter, struct err *err)
{
	static const char *const states[] = { "created",  "dead",	"exited", "paused",
					      "removing", "restarting", "running" };
	int64_t status;

	if (str_starts(filter, "exited="))
		return str_to_i64(filter + strlen("exited="), -1, 255, "--filter exited", &status,
				  err);
	if (!str_starts(filter, "status="))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (str_eq(filter + strlen("status="), states[i]))
			return 0;
	return err_invalid(err, "invalid filter 'status=%s'", filter + strlen("status="));
}

int ps_check(const struct ps *v, struct err *err)
{
	int r = cli_check_filters(&v->filters, known, err);

	for (size_t i = 0; r == 0 && i < v->filters.count; i++)
		r = check_value(v->filters.items[i], err);
	return r;
}

static bool match_id(const void *arg, const char *value)
{
	return str_starts(((const struct container *)arg)->id, value);
}

/* Docker's is a regular expression; a part of the name is what people write. ^ and $ are kept. */
static bool match_name(const void *arg, const char *value)
{
	const char *name = ((const struct container *)arg)->name;
	char *part cleanup_free = NULL;
	bool start, end;
	size_t len;

	start = *value == '^';
	value += start;
	if (*value == '/')
		value++;
	len = strlen(value);
	end = len && value[len - 1] == '$';
	part = strndup(value, len - end);
	if (!part)
		return false;
	if (start && end)
		return str_eq(name, part);
	if (start)
		return str_starts(name, part);
	return end ? str_ends(name, part) : strstr(name, part) != NULL;
}

static bool match_status(const void *arg, const char *value)
{
	return str_eq(container_status_name(((const struct container *)arg)->status), value);
}

static bool match_exited(const void *arg, const char *value)
{
	const struct container *c = arg;

	return (c->status == CONTAINER_EXITED || c->status == CONTAINER_DEAD) &&
	       c->state.exit_status == atoi(value);
}

static bool match_network(const void *arg, const char *value)
{
	const json_t *config = ((const struct container *)arg)->config;
	const json_t *host = json_object_get(config, "HostConfig");
	const char *mode = json_string_value(json_object_get(host, "NetworkMode"));

	if (json_object_get(config, "Networks"))
		return json_object_get(json_object_get(config, "Networks"), value);
	return mode && str_eq(mode, value);
}

/* By reference as it was written or by id; "name" alone means any of its tags. */
static bool match_ancestor(const void *arg, const char *value)
{
	const struct container *c = arg;
	size_t len = strlen(value);

	if (str_eq(c->image, value) || (str_starts(c->image, value) && c->image[len] == ':'))
		return true;
	if (str_starts(value, "sha256:"))
		value += strlen("sha256:");
	return *value && str_starts(c->image_id, "sha256:") &&
	       str_starts(c->image_id + strlen("sha256:"), value);
}

/* Every label asked for must be there. */
static bool labels_match(const struct container *c, const struct strv *filters)
{
	const json_t *labels = json_object_get(json_object_get(c->config, "Config"), "Labels");

	for (size_t i = 0; i < filters->count; i++)
		if (str_starts(filters->items[i], "label=") &&
		    !cli_label_matches(labels, filters->items[i] + strlen("label=")))
			return false;
	return true;
}

/* --filter before=X, since=X: the time X was made; 0 where not given. */
static int bound(struct engine *engine, const struct strv *filters, const char *key, int64_t *ret,
		 struct err *err)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < filters->count; i++) {
		struct container *c cleanup_container = NULL;
		int r;

		if (!str_starts(filters->items[i], key))
			continue;
		r = container_load(engine, filters->items[i] + len, false, &c, err);
		if (r < 0)
			return r;
		*ret = c->created_ns;
	}
	return 0;
}

static bool has_filter(const struct strv *filters, const char *key)
{
	for (size_t i = 0; i < filters->count; i++)
		if (str_starts(filters->items[i], key))
			return true;
	return false;
}

static bool shown(const struct container *c, const struct ps *v, int64_t before, int64_t since)
{
	bool any_state = v->all || v->latest || v->last >= 0 ||
			 has_filter(&v->filters, "status=") || has_filter(&v->filters, "exited=");

	if (!any_state && c->status != CONTAINER_RUNNING && c->status != CONTAINER_PAUSED &&
	    c->status != CONTAINER_RESTARTING)
		return false;
	if ((before && c->created_ns >= before) || (since && c->created_ns <= since))
		return false;
	return cli_filter(&v->filters, "id", match_id, c) &&
	       cli_filter(&v->filters, "name", match_name, c) &&
	       cli_filter(&v->filters, "status", match_status, c) &&
	       cli_filter(&v->filters, "exited", match_exited, c) &&
	       cli_filter(&v->filters, "network", match_network, c) &&
	       cli_filter(&v->filters, "ancestor", match_ancestor, c) &&
	       labels_match(c, &v->filters);
}

int ps_select(struct engine *engine, const struct ps *v, struct ps_selection *ret, struct err *err)
{
	int64_t before = 0, since = 0;
	size_t most = v->latest ? 1 : v->last >= 0 ? (size_t)v->last : SIZE_MAX;
	int r = bound(engine, &v->filters, "before=", &before, err);

	if (r == 0)
		r = bound(engine, &v->filters, "since=", &since, err);
	if (r == 0)
		r = container_list(engine, &ret->all, &ret->all_count, err);
	if (r < 0)
		return r;
	ret->items = calloc(ret->all_count + 1, sizeof(struct container *));
	if (!ret->items)
		return err_oom(err);
	for (size_t i = 0; i < ret->all_count && ret->count < most; i++)
		if (shown(ret->all[i], v, before, since))
			ret->items[ret->count++] = ret->all[i];
	return 0;
}
