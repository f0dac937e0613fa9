/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/run/run.h"
#include "cli/term/attach.h"
#include "cli/verbs/verbs.h"
#include "engine/container/container.h"

static bool member(const struct container *c, const char *key)
{
	return json_is_true(json_object_get(json_object_get(c->config, "Config"), key));
}

/* The streams that were asked for; with -d none. */
static void plan(struct cli *cli, const struct run *v, struct attach *a)
{
	bool asked = v->attach.count > 0;

	*a = (struct attach){ .cli = cli,
			      .tty = v->tty,
			      .in = v->interactive && !asked,
			      .out = !asked,
			      .err = !asked,
			      .forward_signals = v->sig_proxy && !v->tty };
}

static void plan_from(struct attach *a, const struct container *c)
{
	a->id = c->id;
	a->in = member(c, "AttachStdin") && member(c, "OpenStdin");
	a->out = member(c, "AttachStdout");
	a->err = member(c, "AttachStderr");
}

/* A container that was made for this command alone and did not start is nobody's. */
static void discard(struct engine *engine, const struct run *v, struct container *c)
{
	struct err why = { 0 };

	if (v->rm && container_remove(engine, c, true, &why) < 0)
		cli_complain("%s", why.text);
}

static int start(struct engine *engine, const struct run *v, struct container *c, bool attached,
		 struct err *err)
{
	struct start_opts opts = { .wait_client = attached };
	int r = container_start(engine, c, &opts, err);

	if (r < 0)
		discard(engine, v, c);
	return r;
}

static int follow(struct cli *cli, struct engine *engine, const struct run *v,
		  struct container **at, struct attach *a, struct err *err)
{
	int sock cleanup_fd = -1, status, ignored;
	struct err gone = { 0 };
	pid_t monitor = (*at)->monitor;
	char id[65];
	int r;

	a->finishes = v->rm;
	r = container_attach(*at, NULL, attach_flags(a), &sock, err);
	if (r < 0)
		return r;
	snprintf(id, sizeof(id), "%s", (*at)->id);
	a->id = id;
	/* Whoever cleans up behind it needs the lock. */
	container_free(take_ptr(at));
	status = attach_session(a, engine, &sock, err);
	if (v->rm && status >= 0 && !a->detached &&
	    container_wait(engine, id, WAIT_REMOVED, &ignored, &gone) == 0 && a->finishes)
		monitor_dismiss(engine, sock, monitor);
	return status;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	struct container *c cleanup_container = NULL;
	const struct run *v = values;
	struct engine *engine;
	struct attach a;
	int r;

	plan(cli, v, &a);
	r = detach_parse(v->detach_keys, &a.detach, err);
	if (r == 0 && !v->detach)
		r = attach_check_tty(a.in, v->tty, err);
	if (r == 0)
		r = run_create(cli, v, v->detach ? RUN_DETACHED : RUN_ATTACHED, argc, argv, &engine,
			       &c, err);
	if (r < 0)
		return r;
	plan_from(&a, c);
	r = start(engine, v, c, !v->detach, err);
	if (r < 0)
		return r;
	if (v->detach) {
		printf("%s\n", c->id);
		return EXIT_SUCCESS;
	}
	return follow(cli, engine, v, &c, &a, err);
}

const struct cli_verb verb_run = {
	.name = "run",
	.usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Make a container and run a command in it",
	.description =
	    "IMAGE is host: (a throw-away copy-on-write view of this machine's own root), dir:PATH "
	    "(the same over a directory; dir:PATH:rw writes through), oci:DIR[:TAG], "
	    "oci-archive:FILE, docker-archive:FILE, or the name or id of a loaded image.\n\n"
	    "Without -d the command stays attached and ends with the container's exit status; 125 "
	    "means that the engine failed, 126 that the command cannot be executed, 127 that it "
	    "does not exist.",
	.tables = { run_common_options, run_only_options, run_refused_options },
	.min_args = 1,
	.max_args = -1,
	.flags_first = true,
	.values_size = sizeof(struct run),
	.defaults = &run_defaults,
	.fail_status = EXIT_ENGINE,
	.command_status = true,
	.run = run,
	.starts = true,
	.complete = "@image",
};
