/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/container.h"
#include "cli/format/format.h"
#include "cli/format/value.h"
#include "cli/verbs/verbs.h"

struct events {
	struct strv filters;
	const char *format, *since, *until;
};

static const struct cli_option options[] = {
	OPT(events, filters, "filter", 'f', CLI_LIST, "filter",
	    "Only those with KEY=VALUE: container, event, image, label, type",
	    "container= event= image= label= type="),
	OPT(events, format, "format", 0, CLI_STRING, "string", "How to print: json or a template",
	    "json"),
	OPT(events, since, "since", 0, CLI_STRING, "time", "Begin with what happened since", NULL),
	OPT(events, until, "until", 0, CLI_STRING, "time", "Go on until then, and quit", NULL),
	{ 0 },
};

static const char *const known[] = { "container", "event", "image", "label", "type", NULL };

struct watcher {
	const struct events *v;
	const char *format;
	struct err *err;
	int failed;
};

static const json_t *attributes(const json_t *event)
{
	return json_object_get(json_object_get(event, "Actor"), "Attributes");
}

static bool match_type(const void *event, const char *value)
{
	return str_eq(json_string_value(json_object_get(event, "Type")), value);
}

/* "exec_create" stands for every "exec_create: COMMAND". */
static bool match_action(const void *event, const char *value)
{
	const char *action = json_string_value(json_object_get(event, "Action"));
	size_t len = strlen(value);

	return str_starts(action, value) && (action[len] == '\0' || action[len] == ':');
}

static bool match_container(const void *event, const char *value)
{
	const char *id = json_string_value(json_object_get(json_object_get(event, "Actor"), "ID"));
	const char *name = json_string_value(json_object_get(attributes(event), "name"));

	return (id && *value && str_starts(id, value)) || (name && str_eq(name, value));
}

static bool match_image(const void *event, const char *value)
{
	const char *image = json_string_value(json_object_get(attributes(event), "image"));

	return image &&
	       (str_eq(image, value) || (str_starts(image, value) && image[strlen(value)] == ':'));
}

static bool match_label(const void *event, const char *value)
{
	return cli_label_matches(attributes(event), value);
}

static bool wanted(const struct strv *filters, const json_t *event)
{
	return json_is_string(json_object_get(event, "Type")) &&
	       json_is_string(json_object_get(event, "Action")) &&
	       cli_filter(filters, "type", match_type, event) &&
	       cli_filter(filters, "event", match_action, event) &&
	       cli_filter(filters, "container", match_container, event) &&
	       cli_filter(filters, "image", match_image, event) &&
	       cli_filter(filters, "label", match_label, event);
}

/* "TIME TYPE ACTION ID (key=value, …)" */
static int print_line(const json_t *event, struct err *err)
{
	const json_t *all = attributes(event);
	const char **keys cleanup_free = NULL;
	const char *id = json_string_value(json_object_get(json_object_get(event, "Actor"), "ID"));
	char time[TIME_TEXT_MAX];

	if (value_sorted_keys(all, &keys) < 0)
		return err_oom(err);
	printf("%s %s %s %s",
	       time_format(json_integer_value(json_object_get(event, "timeNano")), time),
	       json_string_value(json_object_get(event, "Type")),
	       json_string_value(json_object_get(event, "Action")), id ? id : "");
	for (size_t i = 0; keys[i]; i++) {
		const char *value = json_string_value(json_object_get(all, keys[i]));

		printf("%s%s=%s", i ? ", " : " (", keys[i], value ? value : "");
	}
	printf(keys[0] ? ")\n" : "\n");
	return 0;
}

static int on_event(void *arg, const json_t *event)
{
	static const struct template_env env = { .shape = format_inspect_shape };
	struct watcher *w = arg;

	if (!wanted(&w->v->filters, event))
		return 0;
	if (w->format)
		w->failed = format_value(w->format, (json_t *)event, &env, w->err);
	else
		w->failed = print_line(event, w->err);
	if (fflush(stdout) != 0 && w->failed == 0)
		w->failed = err_sys(w->err, errno, "write to standard output");
	return w->failed;
}

/* A wrong format is told now, not when something happens. */
static int check(const struct events *v, const char *format, struct err *err)
{
	struct template *t cleanup_template = NULL;
	int r = cli_check_filters(&v->filters, known, err);

	if (r == 0 && format && !str_eq(format, "json") && template_parse(format, &t, err) < 0)
		r = err_wrap(err, "template parsing error");
	return r;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct events *v = values;
	struct watcher w = { .v = v, .format = v->format ? v->format : cli->format, .err = err };
	int64_t since = time_now_ns(), until = 0;
	struct engine *engine;
	int r = check(v, w.format, err);

	if (r == 0 && v->since)
		r = cli_parse_time(v->since, "--since", &since, err);
	if (r == 0 && v->until)
		r = cli_parse_time(v->until, "--until", &until, err);
	if (r == 0)
		r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = engine_events(engine, since, until, on_event, &w, err);
	if (w.failed < 0)
		return w.failed;
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_events = {
	.name = "events",
	.usage = "[OPTIONS]",
	.summary = "Show what happens to containers, as it happens",
	.tables = { options },
	.values_size = sizeof(struct events),
	.fail_status = EXIT_FAILED,
	.run = run,
};
