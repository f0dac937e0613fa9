/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/proc/hooks.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"
#include "runtime/runtime.h"

enum { MS_PER_SECOND = 1000 };

static const char *const kind_names[OCI_HOOK_KINDS] = {
	[OCI_HOOK_PRESTART] = "prestart",
	[OCI_HOOK_CREATE_RUNTIME] = "createRuntime",
	[OCI_HOOK_CREATE_CONTAINER] = "createContainer",
	[OCI_HOOK_START_CONTAINER] = "startContainer",
	[OCI_HOOK_POSTSTART] = "poststart",
	[OCI_HOOK_POSTSTOP] = "poststop",
};

json_t *hooks_state(const struct oci_spec *spec, const char *id, const char *bundle,
		    const char *status, pid_t pid)
{
	cleanup_json json_t *state =
	    json_pack("{s:s, s:s, s:s, s:i, s:s}", "ociVersion",
		      spec->oci_version ? spec->oci_version : "1.2.0", "id", id, "status", status,
		      "pid", (int)pid, "bundle", bundle);
	cleanup_json json_t *annotations = json_object();

	if (!state || !annotations)
		return NULL;
	for (size_t i = 0; i < spec->annotation_count; i++)
		if (json_object_set_new(annotations, spec->annotations[i].key,
					json_string(spec->annotations[i].value)) < 0)
			return NULL;
	if (spec->annotation_count && json_object_set(state, "annotations", annotations) < 0)
		return NULL;
	return take_ptr(&state);
}

/* A hook need not read its input: a file never blocks and never raises SIGPIPE. */
static int state_file(const json_t *state, int *ret_fd, struct err *err)
{
	cleanup_free char *text = js_dump(state, JSON_COMPACT);
	cleanup_fd int fd = memfd_create("oci-state", MFD_CLOEXEC);
	int r;

	if (!text)
		return err_oom(err);
	if (fd < 0)
		return err_sys(err, errno, "memfd_create");
	r = fd_write_all(fd, text, strlen(text));
	if (r < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, r < 0 ? r : errno, "write the state for a hook");
	*ret_fd = take_fd(&fd);
	return 0;
}

static int wait_for(const struct oci_hook *hook, struct spawned *child, int *ret_status,
		    struct err *err)
{
	int timeout = hook->timeout > 0 ? hook->timeout * MS_PER_SECOND : -1;

	if (pidfd_exited(child->pidfd, timeout) == 0) {
		(void)pidfd_signal(child->pidfd, SIGKILL);
		(void)pidfd_wait(child->pidfd, false, ret_status, NULL);
		return err_set(err, ERR_ENGINE, ETIMEDOUT, "it took longer than its %d s",
			       hook->timeout);
	}
	return pidfd_wait(child->pidfd, false, ret_status, err);
}

static int run_one(const struct oci_hook *hook, const json_t *state, struct err *err)
{
	const char *const bare[] = { hook->path, NULL };
	cleanup_spawned struct spawned child = SPAWNED_NONE;
	cleanup_fd int input = -1;
	struct spawn_fd map = { .to = STDIN_FILENO };
	struct spawn_program program = {
		.path = hook->path,
		.argv = hook->args.count ? (const char *const *)hook->args.items : bare,
		/* Without one of its own: the runtime's, as other runtimes have it. */
		.envp = (const char *const *)(hook->env.items ? hook->env.items : environ),
		.fds = &map,
		.fd_count = 1,
		.pidfd = true,
	};
	int status = 0;
	int r = state_file(state, &input, err);

	if (r < 0)
		return r;
	map.from = input;
	r = spawn_program(&program, &child, err);
	if (r == 0)
		r = wait_for(hook, &child, &status, err);
	if (r < 0)
		return r;
	if (WIFSIGNALED(status))
		return err_set(err, ERR_ENGINE, EIO, "it was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(err, ERR_ENGINE, EIO, "it exited with %d", WEXITSTATUS(status));
	return 0;
}

/* After the start nothing can be taken back: those hooks only warn (runtime.md, Lifecycle). */
static bool only_warns(enum oci_hook_kind kind)
{
	return kind == OCI_HOOK_POSTSTART || kind == OCI_HOOK_POSTSTOP;
}

int rt_run_hooks(const struct oci_spec *spec, enum oci_hook_kind kind, const json_t *state,
		 struct err *err)
{
	const struct oci_hooks *hooks = &spec->hooks[kind];

	for (size_t i = 0; i < hooks->count; i++) {
		struct err why = { 0 };
		int r = run_one(&hooks->items[i], state, &why);

		if (r == 0)
			continue;
		if (only_warns(kind))
			log_warn("%s hook %s: %s", kind_names[kind], hooks->items[i].path,
				 why.text);
		else
			return err_set(err, ERR_ENGINE, why.code, "%s hook %s: %s",
				       kind_names[kind], hooks->items[i].path, why.text);
	}
	return 0;
}
