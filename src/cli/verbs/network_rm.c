/* SPDX-License-Identifier: Apache-2.0 */
/* network rm and network prune. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "cli/container.h"
#include "cli/verbs/network.h"
#include "cli/verbs/verbs.h"

struct network_rm {
	bool force;
};

static const struct cli_option rm_options[] = {
	OPT(network_rm, force, "force", 'f', CLI_BOOL, NULL, "One that does not exist is no error",
	    NULL),
	{ 0 },
};

static int remove_one(struct cli *cli, const char *what, const void *values, struct err *err)
{
	const struct network_rm *v = values;
	struct network *network cleanup_network = NULL;
	struct engine *engine;
	int r = cli_engine(cli, &engine, err);

	if (r < 0)
		return r;
	r = network_find(engine, what, &network, err);
	if (r < 0)
		return v->force && err->class == ERR_NOT_FOUND ? CLI_EACH_SILENT : r;
	return network_remove(engine, network, err);
}

static int run_rm(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	return cli_each(cli, argc, argv, values, remove_one);
}

const struct cli_verb verb_network_rm = {
	.name = "network rm",
	.usage = "[OPTIONS] NETWORK [NETWORK...]",
	.summary = "Remove networks",
	.tables = { rm_options },
	.min_args = 1,
	.max_args = -1,
	.values_size = sizeof(struct network_rm),
	.fail_status = EXIT_FAILED,
	.run = run_rm,
	.complete = "@network",
};

/* --- prune ----------------------------------------------------------------------------------- */

struct network_prune {
	bool force;
	struct strv filters;
};

static const struct cli_option prune_options[] = {
	OPT(network_prune, filters, "filter", 0, CLI_LIST, "filter",
	    "Only those with label=KEY[=VALUE], label!=…, or made before until=TIME",
	    "label= label!= until="),
	OPT(network_prune, force, "force", 'f', CLI_BOOL, NULL, "Do not ask", NULL),
	{ 0 },
};

static int check(const struct network_prune *v, int64_t *ret_until, struct err *err)
{
	static const char *const known[] = { "label", "label!", "until", NULL };
	int r = cli_check_filters(&v->filters, known, err);

	for (size_t i = 0; r == 0 && i < v->filters.count; i++)
		if (str_starts(v->filters.items[i], "until="))
			r = cli_parse_time(v->filters.items[i] + strlen("until="), "--filter until",
					   ret_until, err);
	return r;
}

/* Without a terminal to ask on, the answer is what stands on the input: "y" and nothing else. */
static bool confirmed(void)
{
	char answer[16];

	printf("WARNING! This will remove all custom networks not used by at least one "
	       "container.\nAre you sure you want to continue? [y/N] ");
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return str_eq(answer, "y\n") || str_eq(answer, "Y\n") || str_eq(answer, "y") ||
	       str_eq(answer, "Y");
}

static int prune_one(struct engine *engine, const struct network_prune *v, struct network *n,
		     int64_t until, size_t *count, struct err *err)
{
	struct err why = { 0 };
	bool dangling;
	int r = network_is_dangling(engine, n, &dangling, err);

	if (r < 0 || !dangling || !network_labels_match(n, &v->filters) ||
	    (until && n->created_ns >= until))
		return r;
	if (network_remove(engine, n, &why) < 0) {
		/* taken into use, or removed by another, meanwhile */
		if (why.class != ERR_CONFLICT && why.class != ERR_NOT_FOUND)
			cli_complain("%s", why.text);
		return 0;
	}
	if ((*count)++ == 0)
		printf("Deleted Networks:\n");
	printf("%s\n", n->name);
	return 0;
}

static int run_prune(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct network_prune *v = values;
	struct network **list = NULL;
	struct engine *engine;
	size_t count = 0, removed = 0;
	int64_t until = 0;
	int r = check(v, &until, err);

	if (r < 0)
		return r;
	if (!v->force && !confirmed())
		return EXIT_SUCCESS;
	r = cli_engine(cli, &engine, err);
	if (r == 0)
		r = network_list(engine, &list, &count, err);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = prune_one(engine, v, list[i], until, &removed, err);
	network_list_free(list, count);
	if (r == 0 && removed)
		printf("\n");
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct cli_verb verb_network_prune = {
	.name = "network prune",
	.usage = "[OPTIONS]",
	.summary = "Remove all networks that no container is on",
	.tables = { prune_options },
	.values_size = sizeof(struct network_prune),
	.fail_status = EXIT_FAILED,
	.run = run_prune,
};
