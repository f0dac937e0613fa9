/* SPDX-License-Identifier: Apache-2.0 */
#include "ocicli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/time.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"

enum { EMPTY_MS = 2000 };

void launch_clear(struct launch *l)
{
	rt_created_clear(&l->created);
	oci_spec_free(l->spec);
	state_clear(&l->state);
	*l = LAUNCH_NONE;
}

/* --- the bundle ------------------------------------------------------------------------------ */

static int read_config(const char *bundle, const char *name, struct buf *text,
		       struct oci_spec **ret, struct err *err)
{
	cleanup_fd int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_json json_t *config = NULL;
	int r;

	if (dir < 0)
		return err_sys(err, errno, "bundle %s", bundle);
	r = fd_read_file_at(dir, name, OCI_CONFIG_MAX, text, err);
	if (r == 0)
		r = js_parse(text->data, text->len, name, &config, err);
	return r < 0 ? r : oci_spec_parse(config, ret, err);
}

char *launch_cgroup_path(const struct oci_spec *spec, const char *id)
{
	const char *path = spec ? spec->linux.cgroups_path : NULL;

	if (!path || !*path)
		return str_printf("coracle/%s", id);
	return strdup(path + strspn(path, "/"));
}

static int describe(struct launch *l, const char *bundle, struct err *err)
{
	struct state *s = &l->state;
	const char *root = l->spec->root_path ? l->spec->root_path : "";
	char now[TIME_TEXT_MAX];

	s->bundle = strdup(bundle);
	s->rootfs = *root == '/' ? strdup(root) : path_join(bundle, root);
	s->created = strdup(time_format(time_now_ns(), now));
	s->cgroup_path = launch_cgroup_path(l->spec, s->id);
	s->owner = getuid();
	if (!s->bundle || !s->rootfs || !s->created || !s->cgroup_path)
		return err_oom(err);
	return sysinfo_boot_id(s->boot_id, err);
}

/* --- the runtime library --------------------------------------------------------------------- */

static int create(struct launch *l, struct err *err)
{
	cleanup_free char *socket_path = path_join(l->state.dir_path, STATE_START_SOCKET);
	cleanup_fd int console = -1;
	struct rt_create_args args = {
		.id = l->state.id,
		.spec = l->spec,
		.bundle = l->state.bundle,
		.stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.console_sock = -1,
		.keep_master = l->spec->process.terminal && !l->console_socket,
		.cgroup_path = l->state.cgroup_path,
		.no_new_keyring = l->no_new_keyring,
		.rootless = l->g->rootless,
		.seccomp_cache_fd = -1,
		.start_sock = socket_path,
	};
	int r = 0;

	if (!socket_path)
		return err_oom(err);
	if (l->console_socket)
		r = console_socket_connect(l->console_socket, &console, err);
	args.console_sock = console;
	if (r == 0)
		r = preserved_fds(l->preserve_fds, &l->spec->process.env, &args.preserve_fds, err);
	if (r == 0)
		r = rt_create(&args, &l->created, err);
	return r;
}

static int record(struct launch *l, struct err *err)
{
	int r;

	l->state.pid = l->created.pid;
	l->state.start_time = l->created.start_time;
	r = state_write(&l->state, err);
	if (r == 0 && l->pid_file)
		r = pid_file_write(l->pid_file, l->created.pid, err);
	return r;
}

void launch_undo(struct launch *l)
{
	int status;

	if (l->created.pidfd >= 0) {
		(void)pidfd_signal(l->created.pidfd, SIGKILL);
		(void)spawn_wait(l->created.pid, &status, NULL);
		(void)launch_remove(l->g, &l->state, NULL, NULL);
	} else {
		(void)state_remove(&l->state, l->g->root, NULL);
	}
}

int launch_create(struct launch *l, const char *id, struct err *err)
{
	cleanup_free char *bundle = realpath(l->bundle, NULL);
	cleanup_buf struct buf text = BUF_INIT(OCI_CONFIG_MAX);
	int r;

	if (!bundle)
		return err_sys(err, errno, "bundle %s", l->bundle);
	r = state_check_id(id, err);
	if (r == 0)
		r = read_config(bundle, l->config, &text, &l->spec, err);
	if (r == 0)
		r = console_check(l->spec->process.terminal, l->detach, l->console_socket, err);
	if (r == 0)
		r = state_make(l->g->root, id, &l->state, err);
	if (r < 0)
		return r;
	r = describe(l, bundle, err);
	if (r == 0)
		r = state_write_config(&l->state, &text, err);
	if (r == 0)
		r = create(l, err);
	if (r == 0)
		r = record(l, err);
	if (r < 0)
		launch_undo(l);
	return r;
}

static int remove_groups(const struct state *s, struct err *err)
{
	cleanup_cgroup struct cgroup *cg = NULL;
	bool populated = false;
	int r = state_cgroup(s, &cg, err);

	if (r < 0 || !cg)
		return r;
	/* Without a PID namespace of its own the rest outlives the first process. */
	r = cgroup_is_populated(cg, &populated, err);
	if (r == 0 && populated) {
		r = cgroup_signal(cg, SIGKILL, err);
		if (r == 0)
			r = cgroup_wait_empty(cg, EMPTY_MS, err);
	}
	return r < 0 ? r : cgroup_remove(cg, err);
}

int launch_remove(const struct oci_global *g, struct state *s, const struct oci_spec *spec,
		  struct err *err)
{
	int r = remove_groups(s, err);

	if (r < 0)
		return r;
	if (spec && spec->hooks[OCI_HOOK_POSTSTOP].count) {
		cleanup_json json_t *state = state_json(s, spec, STATUS_STOPPED);

		if (!state)
			return err_oom(err);
		(void)rt_run_hooks(spec, OCI_HOOK_POSTSTOP, state, err);
	}
	return state_remove(s, g->root, err);
}
