/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/format/columns.h"
#include "cli/verbs/verbs.h"

static void add_row(struct buf *text, const json_t *row)
{
	for (size_t i = 0; i < json_array_size(row); i++)
		buf_printf(text, "%s%s", i ? "\t" : "", json_string_value(json_array_get(row, i)));
	buf_add_char(text, '\n');
}

static int print_table(const json_t *top, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(64 << 20);
	struct buf out cleanup_buf = BUF_INIT(64 << 20);
	const json_t *rows = json_object_get(top, "Processes");

	add_row(&text, json_object_get(top, "Titles"));
	for (size_t i = 0; i < json_array_size(rows); i++)
		add_row(&text, json_array_get(rows, i));
	if (text.failed || columns_align(buf_str(&text), 20, 3, &out) < 0)
		return err_oom(err);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return 0;
}

/* The words behind the container are ps's own options. */
static int join_words(struct buf *b, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		buf_printf(b, "%s%s", i > 1 ? " " : "", argv[i]);
	return b->failed;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct buf ps cleanup_buf = BUF_INIT(4096);
	json_t *top cleanup_json = NULL;
	struct engine *engine;
	int r;

	if (join_words(&ps, argc, argv) < 0)
		return err_invalid(err, "the options of ps are too long");
	r = cli_load(cli, argv[0], false, &engine, &c, err);
	if (r == 0)
		r = container_top(engine, c, argc > 1 ? buf_str(&ps) : "-ef", &top, err);
	return r < 0 ? r : print_table(top, err);
}

const struct cli_verb verb_top = {
	.name = "top",
	.usage = "CONTAINER [ps OPTIONS]",
	.summary = "Show the processes of a container",
	.description = "The processes are found and read on the host's side: nothing is run in the "
		       "container.",
	.min_args = 1,
	.max_args = -1,
	.flags_first = true,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
