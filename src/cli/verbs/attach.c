/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/term/attach.h"
#include "cli/verbs/verbs.h"

struct attach_values {
	bool no_stdin, sig_proxy;
	const char *detach_keys;
};

static const struct attach_values defaults = { .sig_proxy = true };

static const struct cli_option options[] = {
	OPT(attach_values, detach_keys, "detach-keys", 0, CLI_STRING, "string",
	    "Keys that leave the terminal (default ctrl-p,ctrl-q)", NULL),
	OPT(attach_values, no_stdin, "no-stdin", 0, CLI_BOOL, NULL, "Only its output", NULL),
	OPT(attach_values, sig_proxy, "sig-proxy", 0, CLI_BOOL, NULL,
	    "Pass signals on to the container, without a terminal (default true)", NULL),
	{ 0 },
};

static int check_status(const struct container *c, struct err *err)
{
	switch (c->status) {
	case CONTAINER_RUNNING:
		return 0;
	case CONTAINER_PAUSED:
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot attach to a paused container, unpause it first");
	case CONTAINER_RESTARTING:
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot attach to a restarting container, wait until it is running");
	default:
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot attach to a stopped container, start it first");
	}
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct attach_values *v = values;
	struct container *c cleanup_container = NULL;
	struct attach a = { .cli = cli, .out = true, .err = true };
	int sock cleanup_fd = -1, r;
	struct engine *engine;
	const json_t *config;

	r = detach_parse(v->detach_keys, &a.detach, err);
	if (r == 0)
		r = cli_load(cli, argv[0], false, &engine, &c, err);
	if (r == 0)
		r = check_status(c, err);
	if (r < 0)
		return r;
	config = json_object_get(c->config, "Config");
	a.id = c->id;
	a.tty = json_is_true(json_object_get(config, "Tty"));
	a.in = !v->no_stdin && json_is_true(json_object_get(config, "OpenStdin"));
	a.forward_signals = v->sig_proxy && !a.tty;
	r = attach_check_tty(a.in, a.tty, err);
	if (r == 0)
		r = container_attach(c, NULL, attach_flags(&a), &sock, err);
	return r < 0 ? r : attach_session(&a, engine, &sock, err);
}

const struct cli_verb verb_attach = {
	.name = "attach",
	.usage = "[OPTIONS] CONTAINER",
	.summary = "Take part in the input and output of a running container",
	.description = "Its end is this command's end, and its exit status too.",
	.tables = { options },
	.min_args = 1,
	.max_args = 1,
	.values_size = sizeof(struct attach_values),
	.defaults = &defaults,
	.fail_status = EXIT_FAILED,
	.run = run,
	.complete = "@running",
};
