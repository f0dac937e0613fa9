/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ocicli/launch.h"

static int add_one(const struct oci_global *g, const char *id, json_t *list, struct err *err)
{
	cleanup_state struct state s = STATE_NONE;
	cleanup_oci_spec struct oci_spec *spec = NULL;
	int r = state_open(g->root, id, false, &s, err);

	/* It may go while we look, and a directory may be something else. */
	if (r < 0)
		return r == -ENOENT || r == -EINVAL || r == -ENOTDIR ? 0 : r;
	(void)state_read_config(&s, &spec, NULL);
	if (json_array_append_new(list, state_json(&s, spec, state_status(&s))) < 0)
		return err_oom(err);
	return 0;
}

static int collect(const struct oci_global *g, json_t *list, struct err *err)
{
	cleanup_dir DIR *dir = opendir(g->root);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(err, errno, "%s", g->root);
	while (r == 0 && (entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			r = add_one(g, entry->d_name, list, err);
	return r;
}

static const char *text_of(const json_t *state, const char *key)
{
	const char *text = json_string_value(json_object_get(state, key));

	return text ? text : "";
}

static void print_table(const json_t *list)
{
	const json_t *state;
	size_t i, id_width = 12, bundle_width = 12;

	json_array_foreach (list, i, state) {
		size_t id = strlen(text_of(state, "id")) + 4;
		size_t bundle = strlen(text_of(state, "bundle")) + 4;

		id_width = id > id_width ? id : id_width;
		bundle_width = bundle > bundle_width ? bundle : bundle_width;
	}
	printf("%-*s%-12s%-12s%-*s%-32s%s\n", (int)id_width, "ID", "PID", "STATUS",
	       (int)bundle_width, "BUNDLE", "CREATED", "OWNER");
	json_array_foreach (list, i, state)
		printf("%-*s%-12lld%-12s%-*s%-32s%s\n", (int)id_width, text_of(state, "id"),
		       (long long)json_integer_value(json_object_get(state, "pid")),
		       text_of(state, "status"), (int)bundle_width, text_of(state, "bundle"),
		       text_of(state, "created"), text_of(state, "owner"));
}

int verb_list(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	const char *format = "table";
	bool quiet = false;
	const struct opt options[] = {
		{ "format", 'f', OPT_STRING, &format, "table or json" },
		{ "quiet", 'q', OPT_BOOL, &quiet, "ids only" },
		{ 0 },
	};
	const struct opt_usage usage = { "list", "", "Lists containers.", options, 0, 0 };
	cleanup_json json_t *list = json_array();
	cleanup_free char *text = NULL;
	const json_t *state;
	size_t i;
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	if (!str_eq(format, "table") && !str_eq(format, "json"))
		return err_invalid(err, "invalid format option: %s", format);
	r = list ? collect(g, list, err) : err_oom(err);
	if (r < 0)
		return r;
	if (quiet) {
		json_array_foreach (list, i, state)
			puts(text_of(state, "id"));
	} else if (str_eq(format, "json")) {
		text = js_dump(list, JSON_COMPACT);
		puts(text ? text : "[]");
	} else {
		print_table(list);
	}
	return 0;
}
