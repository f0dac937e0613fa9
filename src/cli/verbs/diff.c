/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/json.h"
#include "cli/container.h"
#include "cli/verbs/verbs.h"
#include "engine/image/snapshot.h"

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	static const char kinds[] = "CAD";
	struct container *c cleanup_container = NULL;
	json_t *changes cleanup_json = NULL, *change;
	struct engine *engine;
	size_t i;
	int r = cli_load(cli, argv[0], false, &engine, &c, err);

	if (r == 0)
		r = snapshot_changes(engine, json_object_get(c->config, "Snapshot"), c->id,
				     &changes, err);
	if (r < 0)
		return r;
	json_array_foreach (changes, i, change) {
		json_int_t kind = json_integer_value(json_object_get(change, "Kind"));

		printf("%c %s\n", kind >= 0 && kind < 3 ? kinds[kind] : '?',
		       json_string_value(json_object_get(change, "Path")));
	}
	return EXIT_SUCCESS;
}

const struct cli_verb verb_diff = {
	.name = "diff",
	.usage = "CONTAINER",
	.summary =
	    "Show what a container changed in its file system: A added, C changed, D deleted",
	.min_args = 1,
	.max_args = 1,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@container",
};
