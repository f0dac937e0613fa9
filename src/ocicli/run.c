/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/launch.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "linux/spawn.h"
#include "ocicli/foreground.h"

static int start(struct launch *l, struct err *err)
{
	cleanup_json json_t *state = NULL;
	int r = rt_go(&l->created, err);

	if (r < 0)
		return r;
	(void)unlinkat(l->state.dir_fd, STATE_START_SOCKET, 0);
	if (l->spec->hooks[OCI_HOOK_POSTSTART].count) {
		state = state_json(&l->state, l->spec, STATUS_RUNNING);
		if (!state)
			return err_oom(err);
		(void)rt_run_hooks(l->spec, OCI_HOOK_POSTSTART, state, err);
	}
	return 0;
}

/* Somebody may have deleted it meanwhile. */
static void remove_container(struct launch *l)
{
	cleanup_state struct state again = STATE_NONE;
	struct err why = { 0 };
	int r = state_open(l->g->root, l->state.id, true, &again, &why);

	if (r == 0 && again.pid == l->state.pid && again.start_time == l->state.start_time)
		r = launch_remove(l->g, &again, l->spec, &why);
	if (r < 0 && r != -ENOENT)
		log_warn("remove container %s: %s", l->state.id, why.text);
}

static int in_foreground(struct launch *l, struct err *err)
{
	int status = 0;
	int r;

	/* While it runs others may exec, kill, pause it. */
	close_fd(&l->state.lock_fd);
	r = foreground_wait(&l->created, &status, err);
	if (!l->keep)
		remove_container(l);
	return r < 0 ? r : spawn_exit_code(status);
}

int verb_run(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	cleanup_launch struct launch l = LAUNCH_NONE;
	bool no_subreaper = false;
	const struct opt options[] = {
		{ "bundle", 'b', OPT_STRING, &l.bundle, "directory of config.json (default: .)" },
		{ "config", 'f', OPT_STRING, &l.config, "another name for config.json" },
		{ "console-socket", 0, OPT_STRING, &l.console_socket,
		  "unix socket that is sent the terminal's master" },
		{ "detach", 'd', OPT_BOOL, &l.detach, "do not wait for its end" },
		{ "keep", 0, OPT_BOOL, &l.keep, "do not delete it when it ends" },
		{ "pid-file", 0, OPT_STRING, &l.pid_file, "file for the process id" },
		{ "no-subreaper", 0, OPT_BOOL, &no_subreaper, "accepted: there is none" },
		{ "no-pivot", 0, OPT_REFUSED, NULL,
		  "a root without pivot_root can be left by the container" },
		{ "no-new-keyring", 0, OPT_BOOL, &l.no_new_keyring,
		  "keep the caller's session keyring" },
		{ "preserve-fds", 0, OPT_INT, &l.preserve_fds,
		  "pass on that many descriptors from 3 on" },
		{ 0 },
	};
	const struct opt_usage usage = {
		"run", "ID", "Makes and starts a container.", options, 1, 1
	};
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	l.g = g;
	r = launch_create(&l, argv[0], err);
	if (r < 0)
		return r;
	r = start(&l, err);
	if (r < 0) {
		launch_undo(&l);
		return r;
	}
	return l.detach ? 0 : in_foreground(&l, err);
}
