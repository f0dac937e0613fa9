/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/container.h"
#include "cli/run/run.h"
#include "cli/term/attach.h"
#include "cli/term/raw.h"
#include "cli/verbs/verbs.h"

struct exec {
	bool detach, interactive, privileged, tty;
	const char *detach_keys, *user, *workdir;
	struct strv env, env_file;
};

static const struct cli_option options[] = {
	OPT(exec, detach, "detach", 'd', CLI_BOOL, NULL, "Run it in the background", NULL),
	OPT(exec, detach_keys, "detach-keys", 0, CLI_STRING, "string",
	    "Keys that leave the terminal (default ctrl-p,ctrl-q)", NULL),
	OPT(exec, env, "env", 'e', CLI_LIST, "list",
	    "KEY=VALUE for the environment, or KEY to pass on our own", NULL),
	OPT(exec, env_file, "env-file", 0, CLI_LIST, "list", "A file of such lines", "@file"),
	OPT(exec, interactive, "interactive", 'i', CLI_BOOL, NULL, "Give it our input", NULL),
	OPT(exec, privileged, "privileged", 0, CLI_BOOL, NULL, "All capabilities", NULL),
	OPT(exec, tty, "tty", 't', CLI_BOOL, NULL, "Give it a terminal", NULL),
	OPT(exec, user, "user", 'u', CLI_STRING, "string", "USER[:GROUP], names or numbers", NULL),
	OPT(exec, workdir, "workdir", 'w', CLI_STRING, "string", "Working directory", NULL),
	{ 0 },
};

static int add_command(json_t *config, int argc, char **argv, struct err *err)
{
	json_t *list = json_array();
	int r = run_set(config, "Cmd", list, err);

	for (int i = 0; r == 0 && i < argc; i++)
		if (json_array_append_new(list, json_string(argv[i])) < 0)
			r = err_invalid(err, "argument %d is not UTF-8", i + 1);
	return r;
}

static int make_config(const struct exec *v, int argc, char **argv, json_t **ret, struct err *err)
{
	json_t *config cleanup_json = json_object(), *env = json_array();
	uint16_t rows, columns;
	int r = config ? run_set(config, "Env", env, err) : err_oom(err);

	if (r == 0)
		r = run_env(&v->env_file, &v->env, env, err);
	if (r == 0)
		r = add_command(config, argc, argv, err);
	if (r == 0)
		r = run_set_str(config, "User", v->user, err);
	if (r == 0)
		r = run_set_str(config, "WorkingDir", v->workdir, err);
	if (r < 0)
		return r;
	json_object_set_new(config, "Tty", json_boolean(v->tty));
	json_object_set_new(config, "Privileged", json_boolean(v->privileged));
	json_object_set_new(config, "AttachStdin", json_boolean(v->interactive && !v->detach));
	json_object_set_new(config, "AttachStdout", json_boolean(!v->detach));
	json_object_set_new(config, "AttachStderr", json_boolean(!v->detach));
	if (v->tty && terminal_size(&rows, &columns))
		json_object_set_new(config, "ConsoleSize", json_pack("[ii]", rows, columns));
	*ret = take_ptr(&config);
	return 0;
}

static int run(struct cli *cli, const void *values, int argc, char **argv, struct err *err)
{
	const struct exec *v = values;
	struct container *c cleanup_container = NULL;
	json_t *config cleanup_json = NULL;
	struct attach a = {
		.cli = cli, .tty = v->tty, .in = v->interactive, .out = true, .err = true
	};
	int sock cleanup_fd = -1, r;
	char exec_id[65], id[65];
	struct engine *engine;

	r = detach_parse(v->detach_keys, &a.detach, err);
	if (r == 0 && !v->detach)
		r = attach_check_tty(v->interactive, v->tty, err);
	if (r == 0)
		r = make_config(v, argc - 1, argv + 1, &config, err);
	if (r == 0)
		r = cli_load(cli, argv[0], true, &engine, &c, err);
	if (r == 0)
		r = container_exec(engine, c, config, !v->detach, exec_id, err);
	if (r < 0 || v->detach)
		return r < 0 ? r : EXIT_SUCCESS;
	r = container_attach(c, exec_id, attach_flags(&a), &sock, err);
	if (r < 0)
		return r;
	snprintf(id, sizeof(id), "%s", c->id);
	a.id = id;
	a.exec_id = exec_id;
	container_free(take_ptr(&c));
	return attach_session(&a, engine, &sock, err);
}

const struct cli_verb verb_exec = {
	.name = "exec",
	.usage = "[OPTIONS] CONTAINER COMMAND [ARG...]",
	.summary = "Run a further command in a running container",
	.description = "Ends with the command's exit status; 126 means that it cannot be executed, "
		       "127 that it does not exist.",
	.tables = { options },
	.min_args = 2,
	.max_args = -1,
	.flags_first = true,
	.values_size = sizeof(struct exec),
	.fail_status = EXIT_FAILED,
	.command_status = true,
	.run = run,
	.starts = true,
	.complete = "@running",
};
