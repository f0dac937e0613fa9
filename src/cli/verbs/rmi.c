/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/json.h"
#include "cli/container.h"
#include "cli/verbs/verbs.h"
#include "engine/image/image.h"

struct rmi {
	bool force;
};

static const struct cli_option options[] = {
	OPT(rmi, force, "force", 'f', CLI_BOOL, NULL,
	    "Take away a name although containers were made by it", NULL),
	OPT_REFUSED_BOOL("no-prune", 0, "layers that nobody uses are always removed"),
	OPT_REFUSED("platform", 0, "images of one platform only"),
	{ 0 },
};

static void print_removed(const json_t *removed)
{
	static const char *const kinds[] = { "Untagged", "Deleted" };
	const char *name;
	json_t *row;
	size_t i;

	json_array_foreach (removed, i, row)
		for (int k = 0; k < 2; k++) {
			name = json_string_value(json_object_get(row, kinds[k]));
			if (name)
				printf("%s: %s\n", kinds[k], name);
		}
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct rmi *v = values;
	int status = EXIT_SUCCESS;
	struct engine *engine;
	int r = cli_engine(cli, &engine, err);

	if (r < 0)
		return r;
	for (int i = 0; i < argc; i++) {
		json_t *removed cleanup_json = NULL;
		struct err one = { 0 };

		if (image_remove(engine, argv[i], v->force, &removed, &one) >= 0) {
			print_removed(removed);
			continue;
		}
		status = EXIT_FAILED;
		if (v->force && one.class == ERR_NOT_FOUND)
			status = EXIT_SUCCESS;
		cli_complain("%s", one.text);
	}
	return status;
}

const struct cli_verb verb_rmi = {
	.name = "rmi",
	.usage = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Remove images",
	.tables = { options },
	.min_args = 1,
	.max_args = -1,
	.values_size = sizeof(struct rmi),
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@image",
};
