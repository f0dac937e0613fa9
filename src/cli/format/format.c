/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/format/columns.h"

enum { OUTPUT_MAX = 256 << 20 };

struct formatter {
	const struct list_format *list;
	char *text;		   /* the template's, "\t" and "\n" replaced */
	struct template *template; /* NULL: json */
	struct buf out;
	bool table;
};

/* In a shell \t and \n stay two characters; Docker takes them for what they mean. */
static char *unescape(const char *text)
{
	char *copy = malloc(strlen(text) + 1), *to = copy;

	if (!copy)
		return NULL;
	for (; *text; text++) {
		if (text[0] == '\\' && (text[1] == 't' || text[1] == 'n'))
			*to++ = *++text == 't' ? '\t' : '\n';
		else
			*to++ = *text;
	}
	*to = '\0';
	return copy;
}

static int parse(const char *text, struct template **ret, struct err *err)
{
	int r = template_parse(text, ret, err);

	return r < 0 ? err_wrap(err, "template parsing error") : r;
}

static int print_heading(struct formatter *f, struct err *err)
{
	struct template_env env = { .method = f->list->method, .heading = true };
	json_t *names cleanup_json = json_object();
	int r = names ? 0 : err_oom(err);

	for (size_t i = 0; r == 0 && f->list->headings[i][0]; i++)
		json_object_set_new(names, f->list->headings[i][0],
				    json_string(f->list->headings[i][1]));
	if (r == 0)
		r = template_execute(f->template, names, &env, &f->out, err);
	buf_add_char(&f->out, '\n');
	return r < 0 ? err_wrap(err, "template parsing error") : r;
}

int formatter_new(const struct list_format *list, const char *text, bool quiet,
		  struct formatter **ret, struct err *err)
{
	struct formatter *f cleanup_formatter = calloc(1, sizeof(*f));
	int r = 0;

	if (!f)
		return err_oom(err);
	f->list = list;
	f->out = BUF_INIT(OUTPUT_MAX);
	if (!text || !*text || str_eq(text, "table"))
		text = quiet && list->quiet ? list->quiet : list->table;
	else if (quiet && list->quiet) {
		fprintf(stderr, "WARNING: Ignoring custom format, because both --format and "
				"--quiet are set.\n");
		text = list->quiet;
	}
	while (*text == ' ')
		text++;
	f->table = str_starts(text, "table");
	f->text = unescape(f->table ? text + strlen("table") : text);
	if (!f->text)
		return err_oom(err);
	if (!str_eq(text, "json"))
		r = parse(f->table && *f->text == ' ' ? f->text + 1 : f->text, &f->template, err);
	if (r == 0 && f->table)
		r = print_heading(f, err);
	if (r == 0)
		*ret = take_ptr(&f);
	return r;
}

void formatter_free(struct formatter *f)
{
	if (!f)
		return;
	free(f->text);
	template_free(f->template);
	buf_free(&f->out);
	free(f);
}

bool formatter_uses(const struct formatter *f, const char *field)
{
	return !f->template || strstr(f->text, field);
}

static int add_json(struct buf *out, const json_t *value, size_t flags, struct err *err)
{
	char *text cleanup_free = js_dump(value, flags | JSON_COMPACT | JSON_ENCODE_ANY);

	return text && buf_add_str(out, text) == 0 ? 0 : err_oom(err);
}

int formatter_row(struct formatter *f, json_t *row, const void *method_arg, struct err *err)
{
	struct template_env env = { .method = f->list->method, .method_arg = method_arg };
	int r;

	if (!f->template) {
		r = add_json(&f->out, row, JSON_SORT_KEYS, err);
	} else {
		r = template_execute(f->template, row, &env, &f->out, err);
		if (r < 0)
			err_wrap(err, "template parsing error");
	}
	buf_add_char(&f->out, '\n');
	return r;
}

int formatter_end(struct formatter *f, struct err *err)
{
	struct buf aligned cleanup_buf = BUF_INIT(OUTPUT_MAX);
	const struct buf *out = &f->out;

	if (f->table) {
		columns_align(buf_str(&f->out), 10, 3, &aligned);
		out = &aligned;
	}
	if (out->failed)
		return err_set(err, ERR_ENGINE, out->failed, "the output is too long");
	fwrite(buf_str(out), 1, out->len, stdout);
	return 0;
}

int format_value(const char *text, json_t *value, const struct template_env *env, struct err *err)
{
	struct template *t cleanup_template = NULL;
	struct buf out cleanup_buf = BUF_INIT(OUTPUT_MAX);
	int r;

	if (str_eq(text, "json")) {
		r = add_json(&out, value, 0, err);
	} else {
		r = parse(text, &t, err);
		if (r == 0 && template_execute(t, value, env, &out, err) < 0)
			r = err_wrap(err, "template parsing error");
	}
	if (r < 0)
		return r;
	buf_add_char(&out, '\n');
	if (out.failed)
		return err_set(err, ERR_ENGINE, out.failed, "the output is too long");
	fwrite(buf_str(&out), 1, out.len, stdout);
	return 0;
}

/* Where inspect's document has maps of the user's making, and lists that may be null. */
enum template_shape format_inspect_shape(const char *parent, const char *key)
{
	static const char *const string_maps[] = { "Labels",  "Annotations", "Sysctls",
						   "Tmpfs",   "StorageOpt",  "DriverOpts",
						   "Options", "Data",	     "Attributes" };
	static const char *const maps[] = { "Networks", "Ports", "PortBindings", "ExposedPorts",
					    "Volumes" };
	static const char *const lists[] = {
		"Args",
		"Aliases",
		"Binds",
		"BlkioWeightDevice",
		"CapAdd",
		"CapDrop",
		"Cmd",
		"ConsoleSize",
		"DeviceCgroupRules",
		"DeviceRequests",
		"Devices",
		"Dns",
		"DnsOptions",
		"DnsSearch",
		"Entrypoint",
		"Env",
		"ExecIDs",
		"ExtraHosts",
		"GroupAdd",
		"Layers",
		"Links",
		"MaskedPaths",
		"Mounts",
		"OnBuild",
		"ReadonlyPaths",
		"RepoDigests",
		"RepoTags",
		"SecurityOpt",
		"Shell",
		"Ulimits",
		"VolumesFrom",
	};

	if (str_eq(key, "Config") && str_eq(parent, "LogConfig"))
		return SHAPE_STRING_MAP;
	for (size_t i = 0; i < ARRAY_SIZE(string_maps); i++)
		if (str_eq(key, string_maps[i]))
			return SHAPE_STRING_MAP;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		if (str_eq(key, maps[i]))
			return SHAPE_MAP;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (str_eq(key, lists[i]))
			return SHAPE_LIST;
	return SHAPE_STRUCT;
}

/* The members of Docker's types that its document, and so ours, leaves out while they are empty. */
json_t *format_inspect_omitted(const char *parent, const char *key)
{
	static const struct {
		const char *parent, *key;
		json_type type;
	} members[] = {
		{ "", "SizeRw", JSON_NULL },
		{ "", "SizeRootFs", JSON_NULL },
		{ "State", "Health", JSON_NULL },
		{ "HostConfig", "Annotations", JSON_NULL },
		{ "HostConfig", "Init", JSON_NULL },
		{ "HostConfig", "Mounts", JSON_NULL },
		{ "HostConfig", "StorageOpt", JSON_NULL },
		{ "HostConfig", "Sysctls", JSON_NULL },
		{ "HostConfig", "Tmpfs", JSON_NULL },
		{ "Config", "ArgsEscaped", JSON_FALSE },
		{ "Config", "ExposedPorts", JSON_NULL },
		{ "Config", "Healthcheck", JSON_NULL },
		{ "Config", "MacAddress", JSON_STRING },
		{ "Config", "NetworkDisabled", JSON_FALSE },
		{ "Config", "Shell", JSON_NULL },
		{ "Config", "StopSignal", JSON_STRING },
		{ "Config", "StopTimeout", JSON_NULL },
		{ "Mounts", "Driver", JSON_STRING },
		{ "Mounts", "Name", JSON_STRING },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (!str_eq(key, members[i].key) || !str_eq(parent, members[i].parent))
			continue;
		if (members[i].type == JSON_STRING)
			return json_string("");
		return members[i].type == JSON_FALSE ? json_false() : json_null();
	}
	return NULL;
}
