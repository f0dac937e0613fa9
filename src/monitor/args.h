/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of coracle-monitor, built by the starter that becomes it (execve, same pid) and
 * by whoever replaces a lost one (--adopt). Descriptors are passed by number; every other one is
 * closed by the monitor as its first act. The environment is empty, the working directory "/",
 * 0-2 are /dev/null.
 */
#ifndef CORACLE_MONITOR_ARGS_H
#define CORACLE_MONITOR_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum monitor_log { MONITOR_LOG_NONE, MONITOR_LOG_K8S_FILE, MONITOR_LOG_JSON_FILE };

struct monitor_args {
	const char *coracle; /* program for the clean-up: execve(coracle, "coracle", "--root", root,
				"internal", "cleanup", id, run [, exec_id]) with an empty
				environment but PATH, HOME and XDG_RUNTIME_DIR where given below */
	const char *root, *id; /* absolute root directory; 64 hex digits */
	const char *exec_id;   /* NULL: the container itself */
	const char *home, *xdg_runtime_dir, *xdg_data_home; /* for an ordinary user; may be NULL */
	uint64_t run;
	pid_t pid;
	int64_t started_ns;
	bool adopt;	  /* the process is not our child */
	bool stdin_once;  /* input ends with the first client that had asked for it */
	bool wait_client; /* pump nothing until one client said hello: it misses no byte */
	enum monitor_log log;
	uint64_t log_max_size; /* bytes; 0: unlimited */
	unsigned log_max_file; /* at least 1 */
	int run_fd;	       /* the run directory: exit record, progress */
	int log_fd;  /* directory of the log file ("log", "log.1", …); -1 without a log */
	int lock_fd; /* monitor.lock, held */
	int pidfd;
	int listen_fd; /* attach.sock, bound and listening (SEQPACKET); -1: none */
	int stdin_fd, stdout_fd, stderr_fd; /* FIFOs' monitor ends; -1: none (stdin O_WRONLY) */
	int tty_fd;			    /* the terminal's master instead; -1: none */
	int oom_fd;	   /* see cgroup_oom_count_fd(): pread at the end tells kills; -1: none */
	uint64_t oom_base; /* the count when the run began */
	int hold_fd[4]; /* mount and network namespace, cgroup, and the lock on the engine's root:
			   kept until the exit is reported */
};

#define MONITOR_ARGS_INIT                                                                     \
	{                                                                                     \
		.run_fd = -1, .log_fd = -1, .lock_fd = -1, .pidfd = -1, .listen_fd = -1,      \
		.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .tty_fd = -1, .oom_fd = -1, \
		.hold_fd = { -1, -1, -1, -1 },                                                \
	}

/* Appends the words of the command line, argv[0] "coracle-monitor" included. */
int monitor_args_format(const struct monitor_args *args, struct strv *argv, struct err *err);
/* The strings of *ret point into argv. */
int monitor_args_parse(int argc, char **argv, struct monitor_args *ret, struct err *err);

#endif
