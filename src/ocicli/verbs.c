/* SPDX-License-Identifier: Apache-2.0 */
/* The short verbs: start, state, kill, delete, pause, resume. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/pidfd.h"
#include "ocicli/launch.h"
#include "ocicli/signals.h"

static const struct opt no_options[] = { { 0 } };

enum { PATIENCE_MS = 1000, KILL_MS = 10000 };

int verb_start(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	const struct opt_usage usage = { "start",    "ID", "Starts a created container.",
					 no_options, 1,	   1 };
	cleanup_state struct state s = STATE_NONE;
	cleanup_oci_spec struct oci_spec *spec = NULL;
	enum status status;
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	r = state_open(g->root, argv[0], true, &s, err);
	if (r < 0)
		return r;
	status = state_status(&s);
	if (status != STATUS_CREATED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot start a container that is %s: it has to be created",
			       status_name(status));
	r = rt_connect_go(s.dir_fd, STATE_START_SOCKET, err);
	if (r < 0)
		return r;
	(void)unlinkat(s.dir_fd, STATE_START_SOCKET, 0);
	r = state_read_config(&s, &spec, err);
	if (r == 0 && spec->hooks[OCI_HOOK_POSTSTART].count) {
		cleanup_json json_t *state = state_json(&s, spec, STATUS_RUNNING);

		r = state ? rt_run_hooks(spec, OCI_HOOK_POSTSTART, state, err) : err_oom(err);
	}
	return r;
}

int verb_state(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	const struct opt_usage usage = { "state",    "ID", "Prints a container's state.",
					 no_options, 1,	   1 };
	cleanup_state struct state s = STATE_NONE;
	cleanup_oci_spec struct oci_spec *spec = NULL;
	cleanup_json json_t *state = NULL;
	cleanup_free char *text = NULL;
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	r = state_open(g->root, argv[0], false, &s, err);
	if (r == 0)
		r = state_read_config(&s, &spec, err);
	if (r < 0)
		return r;
	state = state_json(&s, spec, state_status(&s));
	text = state ? js_dump(state, JSON_INDENT(2)) : NULL;
	if (!text)
		return err_oom(err);
	puts(text);
	return 0;
}

/* --- kill, delete ---------------------------------------------------------------------------- */

static int signal_all(const struct state *s, int sig, struct err *err)
{
	cleanup_cgroup struct cgroup *cg = NULL;
	int r = state_cgroup(s, &cg, err);

	if (r < 0 || !cg)
		return r;
	return cgroup_signal(cg, sig, err);
}

static int signal_init(const struct state *s, int sig, struct err *err)
{
	cleanup_fd int pidfd = -1;
	int r = pidfd_of_started(s->pid, s->start_time, &pidfd, err);

	if (r == 0) {
		r = pidfd_signal(pidfd, sig);
		if (r < 0)
			return err_sys(err, r, "signal container %s", s->id);
	}
	return r;
}

int verb_kill(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	bool all = false;
	const struct opt options[] = {
		{ "all", 'a', OPT_BOOL, &all, "signal all processes of the container" },
		{ 0 },
	};
	const struct opt_usage usage = {
		"kill", "ID [SIGNAL]", "Signals a container (SIGTERM).", options, 1, 2
	};
	cleanup_state struct state s = STATE_NONE;
	int sig = SIGTERM;
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	if (argc == 2)
		r = signal_parse(argv[1], &sig, err);
	if (r == 0)
		r = state_open(g->root, argv[0], false, &s, err);
	if (r < 0)
		return r;
	if (all)
		return signal_all(&s, sig, err);
	if (state_status(&s) == STATUS_STOPPED)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return signal_init(&s, sig, err);
}

/* A process that was moved to a group that is not ours, and frozen there, does not take a SIGKILL
 * before it is thawed (v1). */
static void thaw_wherever(const struct state *s)
{
	cleanup_cgroup struct cgroup *cg = NULL;

	if (cgroup_open_pid(s->pid, &cg, NULL) == 0)
		(void)cgroup_freeze(cg, false, NULL);
}

static int end(const struct state *s, struct err *err)
{
	cleanup_fd int pidfd = -1;

	(void)signal_all(s, SIGKILL, NULL);
	if (pidfd_of_started(s->pid, s->start_time, &pidfd, NULL) < 0)
		return 0;
	(void)pidfd_signal(pidfd, SIGKILL);
	if (pidfd_exited(pidfd, PATIENCE_MS) == 1)
		return 0;
	thaw_wherever(s);
	if (pidfd_exited(pidfd, KILL_MS) != 1)
		return err_set(err, ERR_ENGINE, ETIMEDOUT, "container %s does not end", s->id);
	return 0;
}

static int delete_opened(const struct oci_global *g, struct state *s, bool force, struct err *err)
{
	cleanup_oci_spec struct oci_spec *spec = NULL;
	enum status status = state_status(s);
	int r = 0;

	/* What only waits for its start may be deleted: nothing of the user's runs yet. */
	if (status == STATUS_CREATED || (force && status != STATUS_STOPPED))
		r = end(s, err);
	else if (status != STATUS_STOPPED)
		r = err_set(err, ERR_CONFLICT, EBUSY,
			    "cannot delete container %s that is not stopped: %s", s->id,
			    status_name(status));
	/* A damaged copy of the configuration must not make it undeletable. */
	if (r == 0)
		(void)state_read_config(s, &spec, NULL);
	return r < 0 ? r : launch_remove(g, s, spec, err);
}

/* Of a create that was killed. Its groups are empty, or not its own: init ends with its starter. */
static int delete_rest(const struct oci_global *g, const char *id, struct err *err)
{
	cleanup_oci_spec struct oci_spec *spec = NULL;
	cleanup_state struct state s = STATE_NONE;
	cleanup_cgroup struct cgroup *cg = NULL;
	int r = state_open_rest(g->root, id, &s, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	(void)state_read_config(&s, &spec, NULL);
	s.cgroup_path = launch_cgroup_path(spec, s.id);
	if (!s.cgroup_path)
		return err_oom(err);
	if (cgroup_open(s.cgroup_path, &cg, NULL) == 0)
		(void)cgroup_remove(cg, NULL);
	return state_remove(&s, g->root, err);
}

int verb_delete(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	bool force = false;
	const struct opt options[] = {
		{ "force", 'f', OPT_BOOL, &force, "kill it if it runs; a missing one is success" },
		{ 0 },
	};
	const struct opt_usage usage = { "delete", "ID", "Deletes a stopped container.",
					 options,  1,	 1 };
	cleanup_state struct state s = STATE_NONE;
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	r = state_open(g->root, argv[0], true, &s, err);
	if (r == -ENOENT && force)
		return delete_rest(g, argv[0], err);
	return r < 0 ? r : delete_opened(g, &s, force, err);
}

/* --- pause, resume --------------------------------------------------------------------------- */

static int freeze(const struct oci_global *g, const char *id, bool frozen, struct err *err)
{
	enum status want = frozen ? STATUS_RUNNING : STATUS_PAUSED, status;
	cleanup_state struct state s = STATE_NONE;
	cleanup_cgroup struct cgroup *cg = NULL;
	int r = state_open(g->root, id, true, &s, err);

	if (r < 0)
		return r;
	status = state_status(&s);
	if (status != want && !(frozen && status == STATUS_CREATED))
		return err_set(err, ERR_CONFLICT, EBUSY, "container not %s", status_name(want));
	r = state_cgroup(&s, &cg, err);
	if (r < 0)
		return r;
	if (!cg)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "the container has no cgroup of its own to freeze");
	return cgroup_freeze(cg, frozen, err);
}

int verb_pause(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	const struct opt_usage usage = { "pause",    "ID", "Freezes all of its processes.",
					 no_options, 1,	   1 };
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	return freeze(g, argv[0], true, err);
}

int verb_resume(const struct oci_global *g, int argc, char **argv, struct err *err)
{
	const struct opt_usage usage = { "resume",   "ID", "Thaws a paused container.",
					 no_options, 1,	   1 };
	int r = opt_parse(&usage, &argc, argv, err);

	if (r != 0)
		return r == OPT_HELPED ? 0 : r;
	return freeze(g, argv[0], false, err);
}
