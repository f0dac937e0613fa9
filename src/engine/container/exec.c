/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A further process in a running container: the same flow as a start, with rt_exec instead of
 * rt_create, and a monitor of its own, so that it outlives its command, can be attached to, and has
 * an exit record.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/time.h"
#include "engine/container/exec_process.h"
#include "engine/container/life.h"
#include "engine/container/session.h"
#include "engine/root/root.h"
#include "linux/flock.h"
#include "linux/pidfd.h"
#include "linux/spawn.h"

struct exec {
	struct engine *engine;
	struct container *c;
	bool wait_client;
	struct session session; /* dir_fd is owned here */
	struct exec_process process;
	struct pipes pipes;
	bool with_stdin;
	char *cgroup_path, *monitor;
};

static void exec_clear(struct exec *x)
{
	close_fd(&x->session.dir_fd);
	exec_process_clear(&x->process);
	pipes_close(&x->pipes);
	free(x->cgroup_path);
	free(x->monitor);
}

/* --- the starter (starter.c says what it is) -------------------------------------------------- */

static int create(struct exec *x, struct rt_created *ret, struct err *err)
{
	cleanup_fd int cache = filter_cache(x->engine);
	struct rt_exec_args args = {
		.pid = x->c->state.pid,
		.start_time = x->c->state.start_time,
		.process = &x->process.process,
		.seccomp = x->process.seccomp,
		.cgroup_path = x->engine->root->system ? x->cgroup_path : NULL,
		.stdio = { x->pipes.child[0], x->pipes.child[1], x->pipes.child[2] },
		.console_sock = -1,
		.keep_master = x->process.process.terminal,
		.seccomp_cache_fd = cache,
	};

	return rt_exec(&args, ret, err);
}

static int start_and_report(struct exec *x, int sock, struct err *err)
{
	struct rt_created created cleanup_with(rt_created_clear) = { 0 };
	struct monitor_args args = MONITOR_ARGS_INIT;
	int r = create(x, &created, err);

	if (r < 0)
		return r;
	x->session.pid = created.pid;
	x->session.start_time = created.start_time;
	x->session.started_ns = time_now_ns();
	monitor_args_common(x->engine, x->c, &args);
	args.exec_id = x->session.id;
	args.pid = created.pid;
	args.started_ns = x->session.started_ns;
	args.stdin_once = true;
	args.wait_client = x->wait_client;
	args.run_fd = x->session.dir_fd;
	args.pidfd = created.pidfd;
	args.listen_fd = x->pipes.listen_fd;
	args.stdin_fd = x->pipes.monitor[0];
	args.stdout_fd = x->pipes.monitor[1];
	args.stderr_fd = x->pipes.monitor[2];
	args.tty_fd = created.master_fd;
	r = flock_open(x->session.dir_fd, MONITOR_LOCK, FLOCK_EXCLUSIVE, &args.lock_fd, err);
	if (r == 0)
		r = session_write(&x->session, err);
	if (r == 0)
		r = rt_go(&created, err);
	if (r < 0) {
		pidfd_signal(created.pidfd, SIGKILL);
		pidfd_wait(created.pidfd, false, &(int){ 0 }, NULL);
		return r;
	}
	starter_report(sock, created.pid, NULL);
	r = monitor_become(x->monitor, &args, err);
	_exit(r < 0);
}

static int starter_main(void *arg, int sock)
{
	struct err err = { 0 };

	start_and_report(arg, sock, &err);
	starter_report(sock, 0, &err);
	return 1;
}

/* --- the command ------------------------------------------------------------------------------ */

static int check_status(const struct container *c, struct err *err)
{
	if (c->status == CONTAINER_PAUSED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "Container %s is paused, unpause the container before exec",
			       c->name);
	/* Running for everybody else until its monitor has told the end. */
	if (c->status != CONTAINER_RUNNING ||
	    process_life(c->state.pid, c->state.start_time) != PROCESS_ALIVE)
		return err_set(err, ERR_CONFLICT, ESRCH, "container %s is not running", c->id);
	return 0;
}

static int make_session(struct exec *x, const json_t *config, struct err *err)
{
	struct container *c = x->c;
	int exec_dir cleanup_fd = -1, r;

	r = str_random_hex(x->session.id, 32);
	if (r < 0)
		return err_sys(err, r, "random id");
	sessions_sweep(c);
	r = fd_mkdir_at(c->run_fd, EXEC_DIR, 0700, err);
	if (r < 0)
		return r;
	exec_dir = openat(c->run_fd, EXEC_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (exec_dir < 0)
		return err_sys(err, errno, "open " EXEC_DIR);
	r = fd_mkdir_at(exec_dir, x->session.id, 0700, err);
	if (r < 0)
		return r;
	x->session.dir_fd =
	    openat(exec_dir, x->session.id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (x->session.dir_fd < 0)
		return err_sys(err, errno, "open " EXEC_DIR "/%s", x->session.id);
	r = js_replace_file_at(x->session.dir_fd, "config.json", config, 0600, err);
	if (r == 0)
		r = pipes_make(x->session.dir_fd, x->with_stdin, x->process.process.terminal,
			       &x->pipes, err);
	/* An ordinary user cannot give anything to his subordinate ids. */
	if (r == 0 && x->engine->root->system)
		r = pipes_give(&x->pipes, x->process.host_uid, err);
	return r;
}

static void remove_session(struct exec *x)
{
	int exec_dir cleanup_fd = -1;

	if (x->session.dir_fd < 0)
		return;
	exec_dir = openat(x->c->run_fd, EXEC_DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	fd_remove_tree_at(exec_dir, x->session.id, NULL);
}

static void emit(struct exec *x, const char *what)
{
	char *action cleanup_free = str_printf("%s: ", what);
	const struct strv *args = &x->process.process.args;

	for (size_t i = 0; action && i < args->count; i++) {
		char *longer = str_printf("%s%s%s", action, i ? " " : "", args->items[i]);

		free(action);
		action = longer;
	}
	if (action)
		container_event(x->engine, x->c, action,
				json_pack("{ss}", "execID", x->session.id));
}

static int run_starter(struct exec *x, struct err *err)
{
	int sock cleanup_fd = -1, status, r;
	pid_t pid, child;

	r = monitors_spawn(x->engine, MEMORY_COPIED, starter_main, x, &pid, &sock, err);
	if (r < 0)
		return r;
	r = starter_receive(sock, &child, err);
	if (r < 0) {
		spawn_wait(pid, &status, NULL);
		monitors_release(x->engine);
	}
	return r;
}

int container_exec(struct engine *engine, struct container *c, const json_t *config,
		   bool wait_client, char ret_exec_id[65], struct err *err)
{
	struct exec x cleanup_with(exec_clear) = {
		.engine = engine,
		.c = c,
		.wait_client = wait_client,
		.session = { .dir_fd = -1 },
		.with_stdin = config_bool(config, "AttachStdin"),
		.pipes = PIPES_NONE,
	};
	int r = check_status(c, err);

	if (r == 0)
		r = exec_process_make(c, config, &x.process, err);
	if (r == 0)
		r = container_cgroup_path(engine, c, &x.cgroup_path, err);
	if (r == 0)
		r = engine_helper_path(engine, "coracle-monitor", &x.monitor, err);
	if (r == 0)
		r = make_session(&x, config, err);
	if (r == 0) {
		emit(&x, "exec_create");
		r = run_starter(&x, err);
	}
	if (r < 0) {
		remove_session(&x);
		return r;
	}
	emit(&x, "exec_start");
	memcpy(ret_exec_id, x.session.id, sizeof(x.session.id));
	return 0;
}
