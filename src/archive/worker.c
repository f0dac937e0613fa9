/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/sandbox.h"
#include "base/cleanup.h"
#include "linux/fds.h"
#include "linux/spawn.h"

struct birth {
	const struct worker_args *args;
	struct err *report;
	int go_read, go_write; /* -1: not waited for */
};

int worker_pipe_open(struct worker_pipe *p, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe");
	*p = (struct worker_pipe){ ends[0], ends[1] };
	return 0;
}

void worker_pipe_close(struct worker_pipe *p)
{
	close_fd(&p->read_fd);
	close_fd(&p->write_fd);
}

/* --- in the child ----------------------------------------------------------------------------- */

/* The descriptors become 0, 1, …, behind them the directory of a writer. */
static int arrange_fds(const struct worker_args *args, int *ret_dir, struct err *err)
{
	int high[WORKER_FDS + 1], count = 0, i;

	for (; count < WORKER_FDS && args->fds[count] >= 0; count++) {
		high[count] = fcntl(args->fds[count], F_DUPFD, 32);
		if (high[count] < 0)
			return err_sys(err, errno, "arrange descriptors");
	}
	if (args->cage == WORKER_WRITER) {
		high[count] = fcntl(args->dir_fd, F_DUPFD, 32);
		if (high[count] < 0)
			return err_sys(err, errno, "arrange descriptors");
		*ret_dir = count++;
	}
	for (i = 0; i < count; i++)
		if (dup2(high[i], i) < 0)
			return err_sys(err, errno, "arrange descriptors");
	i = fds_close_from(count);
	return i < 0 ? err_sys(err, i, "close descriptors") : 0;
}

static int wait_for_maps(const struct birth *birth, struct err *err)
{
	char byte;

	if (birth->go_read < 0)
		return 0;
	close(birth->go_write);
	if (read(birth->go_read, &byte, 1) != 1)
		return err_set(err, ERR_ENGINE, EPIPE, "the user namespace got no ids");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, errno, "become root of the user namespace");
	return 0;
}

/* A fork with all that the caller had: memory, descriptors, and until the cage is entered its
 * rights; as an ordinary user in a new user namespace. */
static int child_main(void *arg)
{
	const struct birth *birth = arg;
	const struct worker_args *args = birth->args;
	struct err *err = birth->report;
	int r, dir = -1;

	signal(SIGPIPE, SIG_IGN);
	r = wait_for_maps(birth, err);
	if (r == 0)
		r = arrange_fds(args, &dir, err);
	if (r == 0)
		r = args->cage == WORKER_WRITER ? sandbox_enter_writer(dir, err)
						: sandbox_enter_decoder(args->rootless, err);
	if (r == 0)
		r = args->fn(args->arg, err);
	return r < 0;
}

/* --- in the parent ---------------------------------------------------------------------------- */

static void release(struct worker *w)
{
	if (w->report)
		munmap(w->report, sizeof(*w->report));
	*w = (struct worker){ 0 };
}

static int start(struct worker *w, const struct worker_args *args, struct err *err)
{
	struct worker_pipe go cleanup_worker_pipe = WORKER_PIPE_NONE;
	struct spawn_args how = SPAWN_ARGS(SPAWN_CLONE);
	struct birth birth = { args, w->report, -1, -1 };
	struct spawned child cleanup_spawned = SPAWNED_NONE;
	int r;

	if (args->rootless)
		how.flags |= CLONE_NEWUSER;
	if (args->maps) {
		r = worker_pipe_open(&go, err);
		if (r < 0)
			return r;
		birth.go_read = go.read_fd;
		birth.go_write = go.write_fd;
	}
	r = spawn(&how, child_main, &birth, &child, err);
	if (r < 0)
		return r;
	w->pid = child.pid;
	if (!args->maps)
		return 0;
	r = userns_write_maps(child.pid, args->maps, err);
	if (r == 0 && write(go.write_fd, "g", 1) != 1)
		r = err_sys(err, errno, "start the %s", args->name);
	return r;
}

int worker_start(struct worker *w, const struct worker_args *args, struct err *err)
{
	int r;

	w->name = args->name;
	w->report = mmap(NULL, sizeof(*w->report), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w->report == MAP_FAILED) {
		w->report = NULL;
		return err_oom(err);
	}
	r = start(w, args, err);
	if (r < 0)
		worker_kill(w);
	return r;
}

static int killed(const char *name, int status, struct err *err)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (number == SIGSYS)
		return err_set(err, ERR_ENGINE, EPERM,
			       "the %s made a system call that it is not allowed", name);
	if (number)
		return err_set(err, ERR_ENGINE, EIO, "the %s was ended by signal %d", name, number);
	return err_set(err, ERR_ENGINE, EIO, "the %s failed", name);
}

int worker_finish(struct worker *w, struct err *err)
{
	struct err report;
	const char *name = w->name;
	int status, r;

	if (w->pid <= 0)
		return 0;
	r = spawn_wait(w->pid, &status, err);
	w->pid = 0;
	/* once: the other side could change it while it is looked at */
	memcpy(&report, w->report, sizeof(report));
	report.text[sizeof(report.text) - 1] = '\0';
	release(w);
	if (r < 0)
		return r;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (!WIFEXITED(status) || !report.text[0])
		return killed(name, status, err);
	return err_set(err, (unsigned)report.class <= ERR_CMD_NOT_FOUND ? report.class : ERR_ENGINE,
		       report.code > 0 && report.code < 4096 ? report.code : EIO, "%s",
		       report.text);
}

void worker_kill(struct worker *w)
{
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		spawn_wait(w->pid, &(int){ 0 }, NULL);
		w->pid = 0;
	}
	release(w);
}
