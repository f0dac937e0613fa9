/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/run/run.h"
#include "cli/term/raw.h"

/* Which streams a client of the container has: -a in full, or by -i and -d. */
static int add_streams(const struct run *v, bool attached, json_t *config, struct err *err)
{
	bool in = false, out = false, error = false;

	for (size_t i = 0; i < v->attach.count; i++) {
		const char *name = v->attach.items[i];

		if (strcasecmp(name, "stdin") == 0)
			in = true;
		else if (strcasecmp(name, "stdout") == 0)
			out = true;
		else if (strcasecmp(name, "stderr") == 0)
			error = true;
		else
			return err_invalid(err, "valid streams are STDIN, STDOUT and STDERR");
	}
	if (v->attach.count == 0 && attached) {
		in = v->interactive;
		out = error = true;
	}
	json_object_set_new(config, "AttachStdin", json_boolean(in));
	json_object_set_new(config, "AttachStdout", json_boolean(out));
	json_object_set_new(config, "AttachStderr", json_boolean(error));
	json_object_set_new(config, "Tty", json_boolean(v->tty));
	json_object_set_new(config, "OpenStdin", json_boolean(v->interactive));
	/* Input ends with the client that had it, as a pipe's does. */
	json_object_set_new(config, "StdinOnce", json_boolean(v->interactive && in));
	return 0;
}

static int add_words(const char *const key, int argc, char **argv, json_t *config, struct err *err)
{
	json_t *list = json_array();

	for (int i = 0; list && i < argc; i++)
		if (json_array_append_new(list, json_string(argv[i])) < 0) {
			json_decref(list);
			return err_invalid(err, "%s: argument %d is not UTF-8", key, i + 1);
		}
	return run_set(config, key, list, err);
}

static int add_command(const struct run *v, int argc, char **argv, json_t *config, struct err *err)
{
	char *entrypoint = (char *)v->entrypoint;
	int r = run_set_str(config, "Image", argv[0], err);

	if (r == 0 && argc > 1)
		r = add_words("Cmd", argc - 1, argv + 1, config, err);
	/* An empty one is a word too: it takes the image's away. */
	if (r == 0 && v->entrypoint)
		r = add_words("Entrypoint", 1, &entrypoint, config, err);
	if (r == 0)
		r = run_set_str(config, "User", v->user, err);
	if (r == 0)
		r = run_set_str(config, "WorkingDir", v->workdir, err);
	if (r == 0)
		r = run_set_str(config, "StopSignal", v->stop_signal, err);
	if (r == 0)
		r = run_set_int(config, "StopTimeout", v->stop_timeout, CLI_UNSET, err);
	return r;
}

static int add_names(const struct run *v, json_t *config, json_t *host, struct err *err)
{
	json_t *env = json_array(), *labels = json_object();
	int r = run_set(config, "Env", env, err);

	if (r == 0)
		r = run_set(config, "Labels", labels, err);
	if (r == 0)
		r = run_env(&v->env_file, &v->env, env, err);
	if (r == 0)
		r = run_labels(&v->label_file, &v->label, labels, err);
	if (r == 0)
		r = run_set_str(config, "Hostname", v->hostname, err);
	if (r == 0)
		r = run_set_str(config, "Domainname", v->domainname, err);
	if (r == 0)
		r = run_set_map(host, "Annotations", &v->annotation, "--annotation", false, err);
	if (r == 0)
		r = run_set_str(host, "ContainerIDFile", v->cidfile, err);
	return r;
}

/* The terminal's size from its first moment; later changes come by the attach socket. */
static void add_console_size(const struct run *v, json_t *host)
{
	uint16_t rows, columns;

	if (v->tty && terminal_size(&rows, &columns))
		json_object_set_new(host, "ConsoleSize", json_pack("[ii]", rows, columns));
}

static int check(const struct run *v, bool attached, struct err *err)
{
	if (v->pull && !str_eq(v->pull, "never") && !str_eq(v->pull, "always") &&
	    !str_eq(v->pull, "missing"))
		return err_invalid(err,
				   "invalid pull option: '%s': must be one of \"always\", "
				   "\"missing\" or \"never\"",
				   v->pull);
	if (v->pull && !str_eq(v->pull, "never"))
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "--pull %s is not supported yet: registries do not exist in this "
			       "version",
			       v->pull);
	if (!attached && v->attach.count && v->detach)
		return err_invalid(
		    err, "conflicting options: cannot specify both --attach and --detach");
	return 0;
}

int run_request(const struct run *v, bool attached, int argc, char **argv, json_t **ret,
		struct err *err)
{
	json_t *config cleanup_json = json_object(), *host = json_object();
	int r = check(v, attached, err);

	if (json_object_set_new(config, "HostConfig", host) < 0)
		return err_oom(err);
	if (r == 0)
		r = add_streams(v, attached, config, err);
	if (r == 0)
		r = add_command(v, argc, argv, config, err);
	if (r == 0)
		r = add_names(v, config, host, err);
	if (r == 0)
		r = run_ports(v, config, host, err);
	if (r == 0)
		r = run_networks(v, config, host, err);
	if (r == 0)
		r = run_net_rate(v, host, err);
	if (r == 0)
		r = run_mounts(v, host, err);
	if (r == 0)
		r = run_resources(v, host, err);
	if (r == 0)
		r = run_policy(v, host, err);
	if (r == 0 && v->init)
		r = run_set(host, "Init", json_true(), err);
	if (r < 0)
		return r;
	add_console_size(v, host);
	*ret = take_ptr(&config);
	return 0;
}
