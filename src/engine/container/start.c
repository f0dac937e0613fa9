/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a container. The command, under the container's lock:
 *     finishes the last run, if nobody has → the OCI spec, FIFOs, socket → forks the starter
 * The starter (see starter.c for what it is by then):
 *     rt_create → monitor.lock → state.json → rt_go → "started" → execve coracle-monitor
 * Both hold `lock`, the starter until its execve, so that a killed command leaves no gap.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/time.h"
#include "engine/ahead.h"
#include "engine/container/life.h"
#include "engine/image/snapshot.h"
#include "engine/net/attach.h"
#include "engine/root/root.h"
#include "linux/flock.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/sec/sec.h"

struct start {
	struct engine *engine;
	struct container *c;
	const struct start_opts *opts;
	struct oci_spec *spec;
	struct pipes pipes;
	char *cgroup_path, *bundle, *monitor;
};

static void start_clear(struct start *s)
{
	oci_spec_free(s->spec);
	pipes_close(&s->pipes);
	free(s->cgroup_path);
	free(s->bundle);
	free(s->monitor);
}

/* --- the starter ------------------------------------------------------------------------------ */

/* An ordinary user's pipes are given away inside the user namespace, by the id there; else the
 * caller stands outside and needs the id that it is mapped to. */
static int64_t owner_of_pipes(const struct start *s, uint32_t uid)
{
	const struct oci_id_maps *maps = &s->spec->linux.uid_maps;

	if (!s->engine->root->system || maps->count == 0)
		return uid;
	for (size_t i = 0; i < maps->count; i++)
		if (uid - maps->items[i].container < maps->items[i].size &&
		    uid >= maps->items[i].container)
			return maps->items[i].host + (uid - maps->items[i].container);
	return -1;
}

static int resolve_user(struct start *s, int root_fd, struct err *err)
{
	struct sec_user user cleanup_with(sec_user_clear) = { 0 };
	struct strv groups cleanup_strv = { 0 };
	struct oci_process *process = &s->spec->process;
	int64_t owner;
	int r;

	r = js_get_strv(host_config_of(s->c), "HostConfig", "GroupAdd", &groups, err);
	if (r == 0)
		r = sec_user_resolve(root_fd, config_str(config_of(s->c), "User"), &groups, &user,
				     err);
	if (r < 0)
		return r;
	process->uid = user.uid;
	process->gid = user.gid;
	free(process->additional_gids);
	process->additional_gids = take_ptr(&user.groups);
	process->additional_gid_count = user.group_count;
	owner = owner_of_pipes(s, user.uid);
	if (owner < 0)
		return err_invalid(err, "user %u is not mapped in the container's user namespace",
				   user.uid);
	return pipes_give(&s->pipes, (uid_t)owner, err);
}

/* The runtime calls this before it clones init, in the starter or in a helper that keeps only the
 * runtime's own descriptors and the pipes: so directories are opened by path here. */
static int make_root(void *arg, int userns_fd, int *ret_fd, struct err *err)
{
	struct start *s = arg;
	struct root *root = s->engine->root;
	int lib cleanup_fd = open(root->lib, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int dir cleanup_fd = open(s->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int mount_fd cleanup_fd = -1;
	struct snapshot_mount_args args = {
		.container_fd = dir,
		.lib_fd = lib,
		.userns_fd = userns_fd,
		.temporary = config_bool(host_config_of(s->c), "AutoRemove"),
		.readonly = false, /* the spec's root.readonly comes when all is mounted */
	};
	int r;

	if (lib < 0 || dir < 0)
		return err_sys(err, errno, "open %s", lib < 0 ? root->lib : s->bundle);
	r = snapshot_mount(json_object_get(s->c->config, "Snapshot"), &args, &mount_fd, err);
	if (r == 0)
		r = resolve_user(s, mount_fd, err);
	if (r == 0)
		*ret_fd = take_fd(&mount_fd);
	return r;
}

static int create(struct start *s, struct rt_created *ret, struct err *err)
{
	cleanup_fd int cache = filter_cache(s->engine);
	struct rt_create_args args = {
		.id = s->c->id,
		.spec = s->spec,
		.bundle = s->bundle,
		.make_root = make_root,
		.make_root_arg = s,
		.stdio = { s->pipes.child[0], s->pipes.child[1], s->pipes.child[2] },
		.console_sock = -1,
		.keep_master = s->spec->process.terminal,
		.cgroup_path = s->cgroup_path,
		.rootless = !s->engine->root->system,
		.seccomp_cache_fd = cache,
	};

	return rt_create(&args, ret, err);
}

/* Before "go": from its first instruction on, the next command can find the process. */
static int record_start(struct start *s, const struct rt_created *created, struct err *err)
{
	struct run_state *state = &s->c->state;

	state->pid = created->pid;
	state->start_time = created->start_time;
	state->started_ns = time_now_ns();
	return container_write_state(s->c, err);
}

static int fill_args(struct start *s, struct rt_created *created, struct monitor_args *args,
		     struct err *err)
{
	struct run_state *state = &s->c->state;
	int v2 = created->cgroup ? cgroup_v2_dir(created->cgroup) : -1;
	int r = oom_open(created->cgroup, &args->oom_fd, &state->oom_base, err);

	if (r < 0)
		return r;
	monitor_args_common(s->engine, s->c, args);
	monitor_args_log(s->c, args);
	args->pid = created->pid;
	args->oom_base = state->oom_base;
	args->stdin_once = config_bool(config_of(s->c), "StdinOnce");
	args->wait_client = s->opts->wait_client;
	args->run_fd = s->c->run_fd;
	args->pidfd = created->pidfd;
	args->listen_fd = s->pipes.listen_fd;
	args->stdin_fd = s->pipes.monitor[0];
	args->stdout_fd = s->pipes.monitor[1];
	args->stderr_fd = s->pipes.monitor[2];
	args->tty_fd = created->master_fd;
	args->hold_fd[0] = created->mntns_fd;
	args->hold_fd[1] = created->netns_fd;
	if (created->netns_fd < 0 && s->c->net)
		args->hold_fd[1] = s->c->net->netns_fd;
	args->hold_fd[2] = v2;
	/* Only now: init, already cloned, never had this descriptor, so the lock is the monitor's
	 * alone. */
	return flock_open(s->c->run_fd, MONITOR_LOCK, FLOCK_EXCLUSIVE, &args->lock_fd, err);
}

/* Leaves no process and no group. */
static void undo_create(struct rt_created *created)
{
	pidfd_signal(created->pidfd, SIGKILL);
	pidfd_wait(created->pidfd, false, &(int){ 0 }, NULL);
	if (created->cgroup) {
		cgroup_wait_empty(created->cgroup, KILL_WAIT_MS, NULL);
		cgroup_remove(created->cgroup, NULL);
	}
}

static int start_and_report(struct start *s, int sock, struct monitor_args *args, struct err *err)
{
	struct rt_created created cleanup_with(rt_created_clear) = { 0 };
	int r;

	r = create(s, &created, err);
	if (r < 0)
		return r;
	/* with a user namespace of its own it has brought its network namespace */
	if (s->c->net && s->c->net->netns_fd < 0)
		r = net_fill(s->c, s->c->net, created.netns_fd, err);
	if (r == 0)
		r = fill_args(s, &created, args, err);
	if (r == 0)
		r = record_start(s, &created, err);
	args->started_ns = s->c->state.started_ns;
	if (r == 0)
		r = rt_go(&created, err);
	if (r < 0) {
		undo_create(&created);
		return r;
	}
	starter_report(sock, created.pid, NULL); /* a killed command is not told */
	r = monitor_become(s->monitor, args, err);
	_exit(r < 0);
}

static int starter_main(void *arg, int sock)
{
	struct monitor_args args = MONITOR_ARGS_INIT;
	struct err err = { 0 };

	start_and_report(arg, sock, &args, &err);
	starter_report(sock, 0, &err);
	return 1;
}

/* --- the command ------------------------------------------------------------------------------ */

static int check_status(struct container *c, struct err *err)
{
	switch (c->status) {
	case CONTAINER_RUNNING:
		return 1;
	case CONTAINER_PAUSED:
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot start a paused container, try unpause instead");
	case CONTAINER_DEAD:
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "container is marked for removal and cannot be started");
	default:
		return 0;
	}
}

/* Two overlays on one upper are accepted by the kernel, and destroy it. The run that state.json
 * knows was finished; this looks at what nobody wrote down. */
static int check_upper_is_free(struct start *s, struct err *err)
{
	struct cgroup *cg cleanup_cgroup = NULL;
	bool populated = false;
	int r;

	if (cgroup_open(s->cgroup_path, &cg, NULL) < 0)
		return 0;
	r = cgroup_is_populated(cg, &populated, err);
	if (r == 0 && populated)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "processes of an earlier run are still in the group %s",
			       s->cgroup_path);
	return r;
}

static int prepare(struct start *s, struct err *err)
{
	struct container *c = s->c;
	json_t *spec cleanup_json = NULL;
	bool terminal = config_bool(config_of(c), "Tty");
	int r;

	s->bundle = str_printf("%s/containers/%s", s->engine->root->lib, c->id);
	if (!s->bundle)
		return err_oom(err);
	r = container_cgroup_path(s->engine, c, &s->cgroup_path, err);
	if (r == 0)
		r = check_upper_is_free(s, err);
	if (r == 0)
		r = engine_helper_path(s->engine, "coracle-monitor", &s->monitor, err);
	net_attachment_free(take_ptr(&c->net)); /* of the start before, by restart */
	if (r == 0)
		r = net_attach(s->engine, c, &c->net, err);
	if (r == 0)
		r = container_make_spec(s->engine, c, &spec, err);
	if (r == 0)
		r = js_replace_file_at(c->dir_fd, "config.json", spec, 0600, err);
	if (r == 0)
		r = oci_spec_parse(spec, &s->spec, err);
	if (r == 0)
		r = pipes_make(c->run_fd, config_bool(config_of(c), "OpenStdin"), terminal,
			       &s->pipes, err);
	return r;
}

static void new_run(struct container *c, const struct start_opts *opts)
{
	struct run_state *state = &c->state;

	if (state->restart_at_ns)
		policy_cancel(c);
	state->run++;
	state->restart_at_ns = 0;
	state->manual_stop = false;
	state->oom = false;
	if (opts->policy_restart) {
		state->restart_count++;
	} else {
		state->restart_count = 0;
		state->backoff_ns = 0;
	}
	free(state->error);
	state->error = strdup("");
}

static int exit_status_of(const struct err *err)
{
	switch (err->class) {
	case ERR_CMD_NOT_FOUND:
		return 127;
	case ERR_CMD_NOT_INVOKED:
		return 126;
	default:
		return 128;
	}
}

/* The run did not come to be; its number is used up, the time of the last one stays. */
static void record_failure(struct engine *engine, struct container *c, const struct err *why,
			   uint64_t run, int64_t started_ns)
{
	struct run_state *state = &c->state;
	int pidfd cleanup_fd = -1;

	/* A starter that was killed itself has undone nothing. */
	container_read_state(c, NULL);
	if (state->run == run && state->pid &&
	    pidfd_of_started(state->pid, state->start_time, &pidfd, NULL) == 0) {
		pidfd_signal(pidfd, SIGKILL);
		pidfd_exited(pidfd, KILL_WAIT_MS);
	}
	container_kill_group(engine, c, NULL);
	net_detach(engine, c, NULL);
	state->run = run;
	state->pid = 0;
	state->start_time = 0;
	state->started_ns = started_ns;
	state->exit_status = exit_status_of(why);
	free(state->error);
	state->error = strdup(why->text);
	container_write_state(c, NULL);
	container_write_last(c, NULL);
	pipes_remove(c->run_fd);
	c->status = started_ns ? CONTAINER_EXITED : CONTAINER_CREATED;
}

static int run_starter(struct start *s, struct err *err)
{
	int sock cleanup_fd = -1, status, r;
	pid_t pid, init = 0;

	groups_ahead_await(s->engine); /* one thread, when the memory is lent */
	r = monitors_spawn(s->engine, MEMORY_BORROWED, starter_main, s, &pid, &sock, err);
	if (r < 0)
		return r;
	r = starter_receive(sock, &init, err);
	if (r < 0) {
		spawn_wait(pid, &status, NULL);
		monitors_release(s->engine);
		return r;
	}
	s->c->monitor = pid;
	return container_read_state(s->c, err);
}

int container_start(struct engine *engine, struct container *c, const struct start_opts *opts,
		    struct err *err)
{
	struct start s cleanup_with(
	    start_clear) = { .engine = engine, .c = c, .opts = opts, .pipes = PIPES_NONE };
	int64_t started_ns = c->state.started_ns;
	bool was_wanted = c->wanted;
	struct err why;
	int r = check_status(c, err);

	if (r != 0)
		return r;
	new_run(c, opts);
	r = prepare(&s, &why);
	if (r == 0) {
		/* Only now: the socket that prepare() made tells a start that was killed from here
		 * on from a run of before a restart of the machine. */
		container_set_wanted(engine, c, true);
		r = run_starter(&s, &why);
	}
	if (r < 0) {
		record_failure(engine, c, &why, c->state.run, started_ns);
		container_set_wanted(engine, c, was_wanted && opts->policy_restart);
		if (err)
			*err = why;
		return r;
	}
	groups_ahead_used(engine);
	c->status = CONTAINER_RUNNING;
	container_event(engine, c, "start", NULL);
	return 0;
}
