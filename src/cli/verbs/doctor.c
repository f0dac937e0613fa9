/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/verbs/verbs.h"
#include "engine/doctor/doctor.h"

struct values {
	bool json;
};

static const struct cli_option options[] = {
	OPT(values, json, "json", 0, CLI_BOOL, NULL, "All findings as JSON", NULL),
	{ 0 },
};

static const char *text_of(const json_t *finding, const char *member)
{
	return json_string_value(json_object_get(finding, member));
}

static void print(const json_t *list)
{
	json_t *finding;
	size_t i;

	json_array_foreach (list, i, finding) {
		printf("%-8s %-19s %s\n", text_of(finding, "Status"), text_of(finding, "Name"),
		       text_of(finding, "Is"));
		if (*text_of(finding, "Follows"))
			printf("%28s so: %s\n", "", text_of(finding, "Follows"));
		if (*text_of(finding, "Mend"))
			printf("%28s mend: %s\n", "", text_of(finding, "Mend"));
	}
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct values *v = values;
	json_t *list cleanup_json = NULL;
	struct engine *engine;
	bool fit;
	int r = cli_engine(cli, &engine, err);

	if (r == 0)
		r = doctor_look(engine, &list, &fit, err);
	if (r < 0)
		return r;
	if (v->json) {
		json_dumpf(list, stdout, JSON_INDENT(4));
		putchar('\n');
	} else {
		print(list);
	}
	return fit ? EXIT_SUCCESS : EXIT_FAILED;
}

const struct cli_verb verb_doctor = {
	.name = "doctor",
	.usage = "[OPTIONS]",
	.summary = "Tell what this machine offers, what follows, and what would mend it",
	.max_args = 0,
	.tables = { options },
	.values_size = sizeof(struct values),
	.fail_status = EXIT_FAILED,
	.run = run,
};
