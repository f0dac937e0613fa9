/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/term/attach.h"
#include "cli/verbs/verbs.h"

struct start {
	bool attach, interactive;
	const char *detach_keys;
	bool sig_proxy;
};

static const struct start defaults = { .sig_proxy = true };

static const struct cli_option options[] = {
	OPT(start, attach, "attach", 'a', CLI_BOOL, NULL, "Attach to its output", NULL),
	OPT_REFUSED("checkpoint", 0, "checkpoints do not exist in this version"),
	OPT_REFUSED("checkpoint-dir", 0, "checkpoints do not exist in this version"),
	OPT(start, detach_keys, "detach-keys", 0, CLI_STRING, "string",
	    "Keys that leave the terminal (default ctrl-p,ctrl-q)", NULL),
	OPT(start, interactive, "interactive", 'i', CLI_BOOL, NULL, "Attach to its input", NULL),
	OPT(start, sig_proxy, "sig-proxy", 0, CLI_BOOL, NULL,
	    "Pass signals on to the container, without a terminal (default true)", NULL),
	{ 0 },
};

static int start_one(struct cli *cli, const char *what, const void *values, struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct engine *engine;
	int r = cli_load(cli, what, true, &engine, &c, err);

	return r < 0 ? r : container_start(engine, c, &(struct start_opts){ 0 }, err);
}

static int start_attached(struct cli *cli, const struct start *v, const char *what, struct err *err)
{
	struct container *c cleanup_container = NULL;
	struct attach a = { .cli = cli, .out = true, .err = true };
	int sock cleanup_fd = -1, r;
	struct engine *engine;
	const json_t *config;
	char id[65];

	r = detach_parse(v->detach_keys, &a.detach, err);
	if (r == 0)
		r = cli_load(cli, what, true, &engine, &c, err);
	if (r < 0)
		return r;
	config = json_object_get(c->config, "Config");
	a.tty = json_is_true(json_object_get(config, "Tty"));
	a.in = v->interactive && json_is_true(json_object_get(config, "OpenStdin"));
	a.forward_signals = v->sig_proxy && !a.tty;
	r = attach_check_tty(a.in, a.tty, err);
	if (r == 0)
		r = container_start(engine, c, &(struct start_opts){ .wait_client = true }, err);
	if (r >= 0)
		r = container_attach(c, NULL, attach_flags(&a), &sock, err);
	if (r < 0)
		return r;
	snprintf(id, sizeof(id), "%s", c->id);
	a.id = id;
	container_free(take_ptr(&c));
	return attach_session(&a, engine, &sock, err);
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct start *v = values;

	if (!v->attach && !v->interactive)
		return cli_each(cli, argc, argv, values, start_one);
	if (argc > 1)
		return err_invalid(err, "you cannot start and attach multiple containers at once");
	return start_attached(cli, v, argv[0], err);
}

const struct cli_verb verb_start = {
	.name = "start",
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Start containers that do not run",
	.tables = { options },
	.min_args = 1,
	.max_args = -1,
	.values_size = sizeof(struct start),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
	.starts = true,
	.complete = "@container",
};
