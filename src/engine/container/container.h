/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers: what the CLI and the API do with them.
 *
 * A container's configuration is kept as one JSON document in the shape of the Docker Engine API,
 * so that inspect, the API and `run` share it:
 *
 *     { "Config": {…ContainerConfig: Hostname, User, Env, Cmd, Entrypoint, Tty, OpenStdin, …},
 *       "HostConfig": {…Memory, NanoCpus, Binds, Mounts, Tmpfs, CapAdd, RestartPolicy, LogConfig,
 * …}, "Snapshot": {…snapshot_create()}, "NetworkMode": "none", "Driver": …, "MountPoints": [...] }
 *
 * Who is right: the database about what was asked for, /run about what was started, the kernel
 * about what is.
 */
#ifndef CORACLE_ENGINE_CONTAINER_CONTAINER_H
#define CORACLE_ENGINE_CONTAINER_CONTAINER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "engine/engine.h"
#include "monitor/record.h"

enum container_status {
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING, /* the policy waits for its back-off */
	CONTAINER_EXITED,
	CONTAINER_DEAD, /* being removed, or half-removed */
};
const char *container_status_name(enum container_status status); /* "running" */

/* /run/…/containers/<id>/state.json: what was started. */
struct run_state {
	uint64_t run;	     /* 0: never started on this boot */
	pid_t pid;	     /* 0: none */
	uint64_t start_time; /* field 22 of /proc/PID/stat: always beside the pid */
	int64_t started_ns;
	uint64_t oom_base;   /* the group's count of OOM kills when the run began */
	int64_t finished_ns; /* of the last run that ended; 0 */
	unsigned restart_count;
	int64_t restart_at_ns; /* CLOCK_REALTIME of a pending restart; 0: none */
	int64_t backoff_ns;    /* the policy's last delay: doubled for the next */
	bool manual_stop;      /* stop or kill asked for: the policy does not restart */
	char *error;	       /* why the last start failed; "" */
	int exit_status;       /* of the last run that ended, as the exit record had it */
	bool oom;
};
void run_state_clear(struct run_state *state);

enum { CONTAINER_JOIN_MAX = 8 };

struct container {
	char id[65];
	char *name, *image, *image_id;
	json_t *config;
	int64_t created_ns;
	bool wanted;
	int dir_fd;    /* containers/<id> in the lib tree */
	int run_fd;    /* in the run tree; -1 when it was never started since the boot */
	int lock_fd;   /* held exclusively; -1: not */
	pid_t monitor; /* of the run that this process has started, its child; 0 */
	int join_fds[CONTAINER_JOIN_MAX]; /* what the last container_make_spec() named as
					     /proc/self/fd/N; the starter inherits them */
	size_t join_count;
	struct net_attachment
	    *net; /* of the start that this process makes; owned; see net/attach.h */
	struct run_state state;
	enum container_status status; /* by the kernel's word, when loaded */
};
void container_free(struct container *c);
static inline void container_free_ptr(struct container **c)
{
	container_free(*c);
}
#define cleanup_container __attribute__((cleanup(container_free_ptr)))

/* Whether it has a process, frozen or not. */
static inline bool container_is_up(const struct container *c)
{
	return c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED;
}

/* --- load.c: finding ------------------------------------------------------------------------- */

/* By name, id or prefix. With `lock` the container's lock is taken first and everything is read
 * under it. Without, what is read may be a moment old. A lost monitor is replaced on the way. */
int container_load(struct engine *engine, const char *what, bool lock, struct container **ret,
		   struct err *err);
int container_list(struct engine *engine, struct container ***ret, size_t *count, struct err *err);
void container_list_free(struct container **list, size_t count);

/* --- state.c, adopt.c: what was started, and whether it still is ------------------------------ */

/* state.json of c->run_fd (-1, or no such file: all zero, never started on this boot). */
int container_read_state(struct container *c, struct err *err);
/* Under the lock, with a run directory. */
int container_write_state(struct container *c, struct err *err);

/* Reads state.json and the exit record and asks the kernel: fills c->state and c->status (not
 * CONTAINER_DEAD, which is the store's business). Changes nothing, takes no lock. load.c calls it
 * for every container it returns. */
int container_refresh(struct engine *engine, struct container *c, struct err *err);

/* Puts right what a killed process left: replaces a lost monitor, finishes a run whose clean-up
 * never came, starts a lost back-off timer again. Takes the lock for the time of the call where
 * c->lock_fd is -1; when another command holds it, that one is at work and nothing is done. Calls
 * container_refresh() where something was changed. Cheap (no process, no lock) where nothing is
 * wrong. Removes a temporary (--rm) container whose run is over: then returns 1 and *c is only good
 * for container_free(). */
int container_repair(struct engine *engine, struct container *c, struct err *err);

/* Waits for the container's lock (c->lock_fd), with c->run_fd made where missing; and without
 * waiting: 1 when another holds it. */
int container_lock(struct engine *engine, struct container *c, struct err *err);
int container_try_lock(struct engine *engine, struct container *c, struct err *err);

/* The container's group below every hierarchy's root ("coracle/<id>"); malloc'ed. */
int container_cgroup_path(const struct engine *engine, const struct container *c, char **ret,
			  struct err *err);

/* --- create.c -------------------------------------------------------------------------------- */

/* `request` is Docker's ContainerCreate body ({"Image":…, "Cmd":…, "HostConfig":{…}, …}), merged
 * here with the image's configuration, checked in full, and stored; `name` NULL: a generated one.
 * Unknown and unsupported members with a non-default value are refused by name. On failure nothing
 * is left. *ret_warnings (may be NULL) gets an array of texts. The container's lock is held. */
int container_create(struct engine *engine, const char *name, const json_t *request,
		     json_t **ret_warnings, struct container **ret, struct err *err);

/* spec.c: the OCI config.json of one start. Its user is 0:0 without further groups: names need the
 * container's own files, so the starter resolves Config.User and HostConfig.GroupAdd by
 * sec_user_resolve() once the root is mounted, and gives the pipes to that user. */
int container_make_spec(struct engine *engine, struct container *c, json_t **ret, struct err *err);

/* --- start.c, exec.c, stop.c, cleanup.c ------------------------------------------------------ */

struct start_opts {
	bool wait_client;    /* the monitor pumps nothing before an attach client said hello */
	bool policy_restart; /* by the restart policy: the count goes on */
};
/* The caller holds the lock. Starting a running container is 1 (nothing done). */
int container_start(struct engine *engine, struct container *c, const struct start_opts *opts,
		    struct err *err);

/* Sends the stop signal, waits `timeout_s` (-1: the container's own, 10), then SIGKILL; finishes
 * the clean-up itself. 1: was not running. */
int container_stop(struct engine *engine, struct container *c, int timeout_s, const char *signal,
		   struct err *err);
/* Stop and start under one lock; a container that was not running is started. */
int container_restart(struct engine *engine, struct container *c, int timeout_s, const char *signal,
		      struct err *err);
int container_kill(struct engine *engine, struct container *c, const char *signal, struct err *err);
int container_pause(struct engine *engine, struct container *c, bool pause, struct err *err);
int container_rename(struct engine *engine, struct container *c, const char *name, struct err *err);
/* ERR_CONFLICT for a running one without `force`. */
int container_remove(struct engine *engine, struct container *c, bool force, struct err *err);

/* Waits for the end of the current run (the next one's, while a restart is pending or with
 * WAIT_NEXT_EXIT), or for the container's removal; *ret is the exit status. Holds no lock. */
enum wait_condition { WAIT_NOT_RUNNING, WAIT_NEXT_EXIT, WAIT_REMOVED };
int container_wait(struct engine *engine, const char *id, enum wait_condition condition, int *ret,
		   struct err *err);
/* The exit status of a container that may be gone by now, from the events since then; -ENOENT. */
int container_exit_told(struct engine *engine, const char *id, int64_t since_ns, int *ret,
			struct err *err);

/* What the monitor execs at its end: finishes run `run` (does nothing when it has moved on),
 * removes the groups, applies the restart policy (or --rm). For exec sessions `exec_id`. */
int container_cleanup(struct engine *engine, const char *id, uint64_t run, const char *exec_id,
		      struct err *err);

/* `config` is Docker's ExecConfig (Cmd, Env, User, WorkingDir, Tty, AttachStdin, Privileged, …).
 * *ret_exec_id: 64 hex digits; the session's run directory holds attach.sock and the exit record.
 */
int container_exec(struct engine *engine, struct container *c, const json_t *config,
		   bool wait_client, char ret_exec_id[65], struct err *err);

/* Connects to the attach socket of a container, or of an exec session; *ret_fd is a SEQPACKET
 * socket that speaks monitor/protocol.h and has said hello with `flags`. */
int container_attach(struct container *c, const char *exec_id, unsigned char flags, int *ret_fd,
		     struct err *err);

/* Tells the monitor (a child of this process) over the attach socket `sock` of a run that has ended
 * and was finished that it need not clean up, and takes its group away after it. */
void monitor_dismiss(struct engine *engine, int sock, pid_t monitor);

/* --- inspect.c, logs.c, top.c, events.c ------------------------------------------------------ */

int container_inspect(struct engine *engine, struct container *c, bool size, json_t **ret,
		      struct err *err);
/* Docker's ContainerSummary. */
int container_summary(struct engine *engine, struct container *c, bool size, json_t **ret,
		      struct err *err);

struct logs_opts {
	bool out, err, follow, timestamps;
	int64_t tail;		    /* -1: all */
	int64_t since_ns, until_ns; /* 0: unbounded */
};
/* Calls back with each record in order: stream 1 or 2, its time, its bytes (newline included where
 * it was complete). A callback that returns non-zero ends it. */
typedef int (*logs_fn)(void *arg, int stream, int64_t time_ns, const char *data, size_t len);
int container_logs(struct engine *engine, struct container *c, const struct logs_opts *opts,
		   logs_fn fn, void *arg, struct err *err);

/* {"Titles":[…],"Processes":[[…]]}: read from the host's /proc for the group's processes; nothing
 * of the container is run. `ps_args` as Docker's ("-ef" default, "aux", "-o pid,comm,…"). */
int container_top(struct engine *engine, struct container *c, const char *ps_args, json_t **ret,
		  struct err *err);

/* Emits {"Type":"container","Action":…,"Actor":{"ID":…,"Attributes":{…}},"time":…,"timeNano":…}. */
void container_event(struct engine *engine, const struct container *c, const char *action,
		     json_t *more_attributes);
typedef int (*event_fn)(void *arg, const json_t *event);
/* Past events from `since_ns`, then follows until `until_ns` (0: for ever; a past one: only what is
 * recorded). */
int engine_events(struct engine *engine, int64_t since_ns, int64_t until_ns, event_fn fn, void *arg,
		  struct err *err);

#endif
