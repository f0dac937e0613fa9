/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the life cycle share: start.c, starter.c, exec.c, stop.c, cleanup.c, adopt.c.
 *
 *     run directory: lock          who changes the container holds it
 *                    monitor.lock  held by the living monitor (taken after `lock`, never before)
 *                    state.json    the run's number, pid and start time
 *                    exit          the exit record, by the monitor
 *                    stdin stdout stderr attach.sock progress     the monitor's
 *                    restart       a FIFO that is being read while the policy's delay passes
 *                    exec/<eid>/   the same for a session
 */
#ifndef CORACLE_ENGINE_CONTAINER_LIFE_H
#define CORACLE_ENGINE_CONTAINER_LIFE_H

#include "engine/container/container.h"
#include "monitor/args.h"
#include "oci/runtime_spec.h"
#include "runtime/runtime.h"

#define LOCK_FILE "lock"
#define MONITOR_LOCK "monitor.lock"
#define STATE_FILE "state.json"
#define LAST_FILE "last.json" /* in the lib tree: how the last run ended, for after a reboot */
#define EXEC_DIR "exec"

enum {
	STATUS_UNKNOWN = 255,  /* the exit status when nobody could see it */
	STOP_DEFAULT_S = 10,   /* Docker's */
	KILL_WAIT_MS = 30000,  /* after SIGKILL: longer is the kernel's trouble (D state) */
	POLICY_FIRST_MS = 100, /* back-off of restarts */
	POLICY_MAX_MS = 60000,
	POLICY_RESET_S = 10, /* a run that lasted this long begins it anew */
};

/* --- configuration, as stored ----------------------------------------------------------------- */

const json_t *config_of(const struct container *c);
const json_t *host_config_of(const struct container *c);
bool config_bool(const json_t *object, const char *key);
/* "" where absent. */
const char *config_str(const json_t *object, const char *key);
int64_t config_int(const json_t *object, const char *key, int64_t otherwise);

/* --- pipes.c ---------------------------------------------------------------------------------- */

struct pipes {
	int child[3];	/* the process's 0, 1, 2 */
	int monitor[3]; /* -1 where there is none */
	int listen_fd;
};
#define PIPES_NONE ((struct pipes){ { -1, -1, -1 }, { -1, -1, -1 }, -1 })
void pipes_close(struct pipes *p);
#define cleanup_pipes cleanup_with(pipes_close)

/* FIFOs in `dir_fd`, those of an earlier run removed. Without `with_stdin` the process reads
 * /dev/null; with `terminal` there are none at all, only the socket. */
int pipes_make(int dir_fd, bool with_stdin, bool terminal, struct pipes *ret, struct err *err);
/* Gives them to the process's user, by its id on the host. */
int pipes_give(const struct pipes *p, uid_t uid, struct err *err);
/* A new monitor's ends of the FIFOs of a process that runs; a stdin cannot be had again. */
int pipes_reopen(int dir_fd, struct pipes *ret, struct err *err);
void pipes_remove(int dir_fd);

/* attach.sock of a directory, bound or connected by /proc/self/fd: a full path may be longer than
 * sun_path. */
int attach_listen(int dir_fd, int *ret_fd, struct err *err);
int attach_connect(int dir_fd, int *ret_fd, struct err *err);

/* --- starter.c: becoming a monitor ------------------------------------------------------------ */

/* Runs `fn(arg)` in a child in the monitors' group, in a session of its own, without the caller's
 * stdio and signal state. `sock` is its end of the handshake; the child's first byte has been read
 * when this returns. Never returns in the child. */
typedef int (*monitors_fn)(void *arg, int sock);

/*
 * MEMORY_BORROWED: the child works on the caller's memory while the caller sleeps, until it
 * executes a program or ends. That is four milliseconds less than a copy and the page faults in it,
 * for who would wait for the child anyway. What the child writes the caller finds; descriptors are
 * the child's own, so it must not mark one closed in a structure that the caller goes on with.
 * MEMORY_COPIED is fork(2); needed by who enters namespaces (time, user), which the kernel refuses
 * to a process whose memory is shared.
 */
enum monitors_memory { MEMORY_COPIED, MEMORY_BORROWED };
int monitors_spawn(struct engine *engine, enum monitors_memory memory, monitors_fn fn, void *arg,
		   pid_t *ret_pid, int *ret_sock, struct err *err);

/* The name (comm) of a process of that group while it waits to restart a container. */
#define WAITER_NAME "coracle-waits"

/* "coracle/monitors"; malloc'ed. */
char *monitors_path(const struct engine *engine);
/* Removes it where nobody is in it. */
void monitors_release(struct engine *engine);

/* The directory of compiled seccomp filters, "cache" in the lib tree: owned by the caller; -1 where
 * it cannot be had, and then each start compiles its own. */
int filter_cache(const struct engine *engine);
/* The same for a process that may be in it itself. */
void monitors_group_leave(struct engine *engine);
/* And for one in no hurry (netd): a clean-up that saw us in our last moments leaves the group to
 * us, and is in it itself until it ends; that is waited for. */
void monitors_group_leave_last(struct engine *engine);

/* What a starter answers: 0 and the pid, or its error. */
int starter_report(int sock, pid_t pid, const struct err *failed);
int starter_receive(int sock, pid_t *ret_pid, struct err *err);

/* Fills the members that are the same for every monitor. The strings belong to `engine`, `c` and
 * the environment. */
void monitor_args_common(struct engine *engine, const struct container *c,
			 struct monitor_args *args);
void monitor_args_log(const struct container *c, struct monitor_args *args);
/* execve of coracle-monitor; returns only on failure. */
int monitor_become(const char *program, const struct monitor_args *args, struct err *err);

/* "oom_kill N" of the group; *ret_fd -1 where there is no such file. */
int oom_open(struct cgroup *cg, int *ret_fd, uint64_t *ret_count, struct err *err);

/* --- state.c ---------------------------------------------------------------------------------- */

int container_write_last(struct container *c, struct err *err);
void container_unlock(struct container *c);
/* Whether a monitor is there. */
bool monitor_is_alive(int dir_fd);

/* --- stop.c ----------------------------------------------------------------------------------- */

/* container_stop() that leaves a temporary container where it is, and does not touch `wanted`. */
int container_halt(struct engine *engine, struct container *c, int timeout_s, const char *signal,
		   struct err *err);
void container_set_wanted(struct engine *engine, struct container *c, bool wanted);

/* --- cleanup.c -------------------------------------------------------------------------------- */

/* The lock is held, the process is gone, and so is its monitor: finishes the run. What its policy
 * says is in c->state afterwards. 1: a temporary container, removed (unless `keep`). */
int container_finish(struct engine *engine, struct container *c, bool keep, struct err *err);

/* Kills what is left in the container's group and removes it; a missing one is success. */
int container_kill_group(struct engine *engine, const struct container *c, struct err *err);

/* The same for a container that is about to be forgotten: without `force` a group that somebody is
 * in is ERR_CONFLICT. */
int container_release_group(struct engine *engine, const struct container *c, bool force,
			    struct err *err);

/* --- restart.c: the policy -------------------------------------------------------------------- */

/* Under the lock, for a run that just ended: the delay before the next one, or -1. */
int64_t policy_delay_ns(const struct container *c, const struct exit_record *record);
/* A pending restart is no longer wanted: wakes who waits for it. */
void policy_cancel(struct container *c);
/* Whether somebody waits for the moment of the pending restart. */
bool policy_is_watched(const struct container *c);
/* Waits until nobody waits for a restart any more: it has come, or was cancelled. */
int policy_await(const struct container *c, struct err *err);
/* Waits (without the lock) and starts the container, unless it was told otherwise meanwhile. */
int policy_wait(struct engine *engine, struct container *c, struct err *err);
/* Starts a process that does policy_wait(). */
int policy_spawn(struct engine *engine, const struct container *c, struct err *err);

#endif
