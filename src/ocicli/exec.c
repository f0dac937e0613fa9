/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "linux/caps.h"
#include "linux/spawn.h"
#include "ocicli/foreground.h"
#include "ocicli/launch.h"

struct exec_options {
	const char *console_socket, *cwd, *user, *process_file, *pid_file, *apparmor, *cgroup;
	struct strv env, caps, groups;
	bool tty, detach, no_new_privs, ignore_paused;
	int preserve_fds;
};

static void exec_options_clear(struct exec_options *o)
{
	strv_free(&o->env);
	strv_free(&o->caps);
	strv_free(&o->groups);
}

/* --- the process: the container's own, changed by options, or one from a file ----------------- */

static int replace_string(char **at, const char *text, struct err *err)
{
	free(*at);
	*at = strdup(text);
	return *at ? 0 : err_oom(err);
}

static int set_user(struct oci_process *p, const char *user, struct err *err)
{
	cleanup_strv struct strv parts = { 0 };
	uint64_t uid = 0, gid = 0;
	int r;

	if (strv_split(&parts, user, ':') < 0)
		return err_oom(err);
	if (parts.count < 1 || parts.count > 2)
		return err_invalid(err, "--user: UID[:GID] expected, not \"%s\"", user);
	r = str_to_u64(parts.items[0], UINT32_MAX - 1, "--user: uid", &uid, err);
	if (r == 0 && parts.count == 2)
		r = str_to_u64(parts.items[1], UINT32_MAX - 1, "--user: gid", &gid, err);
	if (r < 0)
		return r;
	p->uid = (uint32_t)uid;
	if (parts.count == 2)
		p->gid = (uint32_t)gid;
	return 0;
}

static int add_groups(struct oci_process *p, const struct strv *groups, struct err *err)
{
	size_t count = p->additional_gid_count + groups->count;
	uint32_t *gids;

	if (groups->count == 0)
		return 0;
	gids = reallocarray(p->additional_gids, count, sizeof(*gids));
	if (!gids)
		return err_oom(err);
	p->additional_gids = gids;
	for (size_t i = 0; i < groups->count; i++) {
		uint64_t gid;
		int r =
		    str_to_u64(groups->items[i], UINT32_MAX - 1, "--additional-gids", &gid, err);

		if (r < 0)
			return r;
		gids[p->additional_gid_count++] = (uint32_t)gid;
	}
	return 0;
}

/* Into all sets but the inheritable one (CVE-2022-29162). Ambient only where it can be used. */
static int add_caps(struct oci_process *p, const struct strv *caps, struct err *err)
{
	for (size_t i = 0; i < caps->count; i++) {
		int number;

		/* A newer engine may know more of them than this program. */
		if (cap_parse(caps->items[i], &number, NULL) < 0) {
			log_warn("--cap: unknown capability %s is left out", caps->items[i]);
			continue;
		}
		p->caps.set = true;
		p->caps.bounding |= CAP_BIT(number);
		p->caps.effective |= CAP_BIT(number);
		p->caps.permitted |= CAP_BIT(number);
	}
	return 0;
}

static int take_args(struct oci_process *p, int argc, char **argv, struct err *err)
{
	strv_free(&p->args);
	for (int i = 0; i < argc; i++)
		if (strv_add(&p->args, argv[i]) < 0)
			return err_oom(err);
	return 0;
}

/* A later value of a variable replaces an earlier one: programs see the first. */
static int set_variable(struct strv *env, const char *text, struct err *err)
{
	size_t name = strcspn(text, "=") + 1;

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->items[i], text, name) == 0)
			return replace_string(&env->items[i], text, err);
	return strv_add(env, text) < 0 ? err_oom(err) : 0;
}

static int change_process(struct oci_process *p, const struct exec_options *o, int argc,
			  char **argv, struct err *err)
{
	int r = take_args(p, argc, argv, err);

	p->terminal = o->tty;
	p->no_new_privileges |= o->no_new_privs;
	if (r == 0 && o->cwd)
		r = replace_string(&p->cwd, o->cwd, err);
	if (r == 0 && o->apparmor)
		r = replace_string(&p->apparmor_profile, o->apparmor, err);
	if (r == 0 && o->user)
		r = set_user(p, o->user, err);
	if (r == 0)
		r = add_groups(p, &o->groups, err);
	if (r == 0)
		r = add_caps(p, &o->caps, err);
	for (size_t i = 0; r == 0 && i < o->env.count; i++) {
		if (!strchr(o->env.items[i], '='))
			return err_invalid(err, "--env %s: NAME=VALUE expected", o->env.items[i]);
		r = set_variable(&p->env, o->env.items[i], err);
	}
	return r;
}

static int read_process(const char *path, struct oci_process *ret, struct err *err)
{
	cleanup_json json_t *j = NULL;
	int r = js_read_file_at(AT_FDCWD, path, OCI_CONFIG_MAX, &j, err);

	return r < 0 ? r : oci_process_parse(j, ret, err);
}

static int make_process(struct oci_spec *spec, struct exec_options *o, int argc, char **argv,
			struct err *err)
{
	struct oci_process from_file = { 0 };
	int r;

	if (!o->process_file)
		return change_process(&spec->process, o, argc, argv, err);
	r = read_process(o->process_file, &from_file, err);
	if (r < 0)
		return r;
	oci_process_clear(&spec->process);
	spec->process = from_file;
	if (o->tty)
		spec->process.terminal = true;
	return 0;
}

/* --- running it ------------------------------------------------------------------------------ */

static int check_running(const struct state *s, const struct exec_options *o, struct err *err)
{
	enum status status = state_status(s);

	if (status == STATUS_STOPPED)
		return err_set(err, ERR_CONFLICT, ESRCH, "cannot exec in a stopped container");
	if (status == STATUS_PAUSED && o->ignore_paused)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "--ignore-paused is not supported: a process cannot join a frozen "
			       "group");
	return 0;
}

static int execute(const struct state *s, struct oci_spec *spec, struct exec_options *o,
		   struct rt_created *created, struct err *err)
{
	cleanup_fd int console = -1;
	struct rt_exec_args args = {
		.pid = s->pid,
		.start_time = s->start_time,
		.process = &spec->process,
		.seccomp = spec->linux.seccomp.set ? &spec->linux.seccomp : NULL,
		.stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.console_sock = -1,
		.keep_master = spec->process.terminal && !o->console_socket,
		.seccomp_cache_fd = -1,
	};
	int r = console_check(spec->process.terminal, o->detach, o->console_socket, err);

	if (r == 0 && o->console_socket)
		r = console_socket_connect(o->console_socket, &console, err);
	args.console_sock = console;
	if (r == 0)
		r = preserved_fds(o->preserve_fds, &spec->process.env, &args.preserve_fds, err);
	if (r == 0)
		r = rt_exec(&args, created, err);
	return r;
}

static int finish(struct rt_created *created, const struct exec_options *o, struct err *err)
{
	int status = 0, r = 0;

	if (o->pid_file)
		r = pid_file_write(o->pid_file, created->pid, err);
	if (r == 0)
		r = rt_go(created, err);
	/* Without a go it ends by itself; it is ours to reap. */
	if (r < 0) {
		close_fd(&created->go_fd);
		(void)spawn_wait(created->pid, &status, NULL);
		return r;
	}
	if (o->detach)
		return 0;
	r = foreground_wait(created, &status, err);
	return r < 0 ? r : spawn_exit_code(status);
}

static int exec_in(const struct oci_global *g, struct exec_options *o, int argc, char **argv,
		   struct err *err)
{
	cleanup_state struct state s = STATE_NONE;
	cleanup_oci_spec struct oci_spec *spec = NULL;
	cleanup_with(rt_created_clear) struct rt_created created = {
		.pidfd = -1, .master_fd = -1, .go_fd = -1, .mntns_fd = -1, .netns_fd = -1
	};
	int r = state_open(g->root, argv[0], false, &s, err);

	if (r == 0)
		r = check_running(&s, o, err);
	if (r == 0)
		r = state_read_config(&s, &spec, err);
	if (r == 0)
		r = make_process(spec, o, argc - 1, argv + 1, err);
	if (r == 0)
		r = execute(&s, spec, o, &created, err);
	return r < 0 ? r : finish(&created, o, err);
}

int verb_exec(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	cleanup_with(exec_options_clear) struct exec_options o = { 0 };
	const struct opt options[] = {
		{ "console-socket", 0, OPT_STRING, &o.console_socket,
		  "unix socket that is sent the terminal's master" },
		{ "cwd", 0, OPT_STRING, &o.cwd, "working directory" },
		{ "env", 'e', OPT_LIST, &o.env, "NAME=VALUE" },
		{ "tty", 't', OPT_BOOL, &o.tty, "with a terminal" },
		{ "user", 'u', OPT_STRING, &o.user, "UID[:GID]" },
		{ "additional-gids", 'g', OPT_LIST, &o.groups, "a further group id" },
		{ "process", 'p', OPT_STRING, &o.process_file, "file with an OCI process" },
		{ "detach", 'd', OPT_BOOL, &o.detach, "do not wait for its end" },
		{ "pid-file", 0, OPT_STRING, &o.pid_file, "file for the process id" },
		{ "process-label", 0, OPT_REFUSED, NULL, "no SELinux labels from here" },
		{ "apparmor", 0, OPT_STRING, &o.apparmor, "AppArmor profile" },
		{ "no-new-privs", 0, OPT_BOOL, &o.no_new_privs, "set no_new_privs" },
		{ "cap", 'c', OPT_LIST, &o.caps, "a further capability" },
		{ "preserve-fds", 0, OPT_INT, &o.preserve_fds,
		  "pass on that many descriptors from 3 on" },
		{ "cgroup", 0, OPT_REFUSED, NULL, "all groups of the container are joined" },
		{ "ignore-paused", 0, OPT_BOOL, &o.ignore_paused, "refused on a paused one" },
		{ 0 },
	};
	const struct opt_usage usage = { "exec",
					 "ID COMMAND [ARG...]",
					 "Runs a further process in a container.",
					 options,
					 1,
					 -1,
					 true };
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	if (argc < 2 && !o.process_file)
		return err_invalid(err, "exec: a command is required");
	return exec_in(g, &o, argc, argv, err);
}
