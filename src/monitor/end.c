/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the process: its status, what is left in the pipes, the exit record, and what comes
 * then. The log is complete before the record appears, and the record before anybody is told.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/time.h"
#include "linux/pidfd.h"
#include "monitor/monitor.h"

/* Not our child (--adopt): its reaper is whoever it was left to. */
static int foreign_status(const struct monitor_args *args, int *ret)
{
	struct process_stat stat;
	int code;

	code = pidfd_reaped_status(args->pidfd, ret);
	if (code == 0)
		return 0;
	/* Not reaped yet, or a kernel before 6.15: the zombie has it. */
	if (process_stat(args->pid, &stat) == 0 && stat.state == 'Z') {
		*ret = stat.exit_status;
		return 0;
	}
	/* Reaped between the two. */
	return code == -EAGAIN ? pidfd_reaped_status(args->pidfd, ret) : code;
}

static void set_status(struct exit_record *record, int status)
{
	if (WIFSIGNALED(status)) {
		record->signal = WTERMSIG(status);
		record->core_dumped = WCOREDUMP(status);
		record->status = 128 + record->signal;
	} else {
		record->status = WEXITSTATUS(status);
	}
}

/* "oom_kill N" of memory.events (v2) or memory.oom_control (v1). */
static bool oom_happened(const struct monitor_args *args)
{
	char text[1024], *at;
	ssize_t n;

	if (args->oom_fd < 0)
		return false;
	n = pread(args->oom_fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return false;
	text[n] = '\0';
	at = strstr(text, "oom_kill ");
	return at && strtoull(at + strlen("oom_kill "), NULL, 10) > args->oom_base;
}

static void fill_record(struct monitor *m)
{
	const struct monitor_args *args = m->args;
	int status = 0, code;

	m->record = (struct exit_record){
		.run = args->exec_id ? 0 : args->run,
		.status = -1,
		.started_ns = args->started_ns,
		.finished_ns = time_now_ns(),
		.oom = oom_happened(args),
	};
	if (args->adopt)
		code = foreign_status(args, &status);
	else
		code = pidfd_wait(args->pidfd, false, &status, NULL);
	if (code == 0)
		set_status(&m->record, status);
}

/* The environment that an ordinary user's `coracle` finds its root by. */
static char *env_word(const char *name, const char *value)
{
	return value ? str_printf("%s=%s", name, value) : NULL;
}

static void become_cleanup(const struct monitor_args *args)
{
	char *envp[5] = { (char[]){ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
				    "/sbin:/bin" } };
	char run[24];
	const char *argv[] = {
		"coracle", "--root", args->root,    "internal", "cleanup",
		args->id,  run,	     args->exec_id, NULL,
	};
	char *words[] = {
		env_word("HOME", args->home),
		env_word("XDG_RUNTIME_DIR", args->xdg_runtime_dir),
		env_word("XDG_DATA_HOME", args->xdg_data_home),
	};
	size_t n = 1;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i])
			envp[n++] = words[i];
	snprintf(run, sizeof(run), "%llu", (unsigned long long)args->run);
	signal(SIGPIPE, SIG_DFL);
	execve(args->coracle, (char *const *)argv, envp);
	/* The program is gone: the next command finds the record and cleans up. */
	_exit(127);
}

/* Only clients are left. They are served by a child, so that neither the clean-up nor whoever
 * waits for it depends on how fast they read. */
static void linger(struct monitor *m)
{
	pid_t pid = fork();

	if (pid < 0) /* they lose what they have not read */
		return;
	if (pid > 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(m->args->hold_fd); i++)
		if (m->args->hold_fd[i] >= 0)
			close(m->args->hold_fd[i]);
	m->lingering = true;
}

_Noreturn void end_done(void)
{
	_exit(EXIT_SUCCESS);
}

static void on_finish_timeout(struct loop *loop, void *arg)
{
	struct monitor *m = arg;

	become_cleanup(m->args);
}

/* The client that finishes the run would only meet the clean-up at the container's lock. It is
 * waited for: it says that it is done, or is gone (killed, perhaps), or takes too long. */
static void hand_over(struct monitor *m)
{
	if (!clients_finisher(m))
		return;
	m->handed_over = loop_add_timer(m->loop, FINISH_WAIT_S * INT64_C(1000000000),
					on_finish_timeout, m) != NULL;
}

static void finish(struct monitor *m)
{
	for (int i = 0; i < 2; i++)
		stream_flush_carry(&m->streams[i]);
	m->record.log_lost = m->log.lost;
	record_write(m->args->run_fd, &m->record, NULL);
	logfile_close(&m->log);
	loop_remove(m->child);
	loop_remove(m->patience);
	clients_stop_listening(m);
	close(m->args->lock_fd);
	close_fd(&m->slave);
	if (clients_say_exit(m) > 0)
		linger(m);
	else
		hand_over(m);
	if (!m->lingering && !m->handed_over)
		become_cleanup(m->args);
}

/* Reads and logs everything; what clients are too slow for is kept in memory. */
static void drain(struct monitor *m)
{
	for (int i = 0; i < 2; i++) {
		while (stream_pump(&m->streams[i]))
			;
		if (!stream_finished(&m->streams[i]))
			stream_absorb(&m->streams[i]);
	}
}

void end_continue(struct monitor *m)
{
	if (!m->ended || !m->open)
		return;
	if (m->handed_over) {
		if (!clients_finisher(m))
			become_cleanup(m->args);
		return;
	}
	if (!m->lingering) {
		drain(m);
		finish(m);
		return;
	}
	for (int i = 0; i < 2; i++)
		while (stream_pump(&m->streams[i]))
			;
	/* Nothing is left to clean up, unless we are the last in the monitors' group. */
	if (clients_say_exit(m) == 0)
		become_cleanup(m->args);
}

static void on_exit_of_child(struct loop *loop, int fd, uint32_t events, void *arg)
{
	struct monitor *m = arg;

	loop_remove(m->child);
	m->child = NULL;
	fill_record(m);
	clients_catch_up(m);
	m->ended = true;
	for (int i = 0; i < 2; i++)
		stream_set_end(&m->streams[i]);
	end_continue(m);
}

int end_watch(struct monitor *m, struct err *err)
{
	m->child = loop_add_fd(m->loop, m->args->pidfd, EPOLLIN, on_exit_of_child, m);
	return m->child ? 0 : err_sys(err, errno, "watch the process");
}
