/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OCI runtime library: from a config.json and a root file system to a process that waits for
 * "go", and from there to a running container. It keeps no state of its own and knows neither
 * images nor names: the engine and coracle-oci both sit on top.
 *
 *     rt_create   in the *starter* (the engine's fork; coracle-oci's own process): makes and limits
 *                 the cgroups, makes every mount as a detached mount fd, clones init, and returns
 *                 when init has built its world, found its command, and waits.
 *     rt_go       tells init to execve and returns when it has, or with the reason it has not.
 *     rt_exec     the same for a further process in a running container.
 *
 * The starter never changes its own namespaces. As an ordinary user the library puts a helper in
 * between that owns the new user namespace; init is the starter's child all the same
 * (CLONE_PARENT).
 */
#ifndef CORACLE_RUNTIME_RUNTIME_H
#define CORACLE_RUNTIME_RUNTIME_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "oci/runtime_spec.h"

struct cgroup;

/* Makes the container's root as a detached mount (a mount fd, O_CLOEXEC). `userns_fd` is the
 * container's user namespace whose map the layers must be seen through (idmapped), or -1 for none.
 * Runs in the starter, or, as an ordinary user, in the helper inside the new user namespace. */
typedef int (*rt_root_fn)(void *arg, int userns_fd, int *ret_mount_fd, struct err *err);

struct rt_create_args {
	const char *id;
	const struct oci_spec *spec;
	const char *bundle;   /* absolute; a relative root.path starts here */
	rt_root_fn make_root; /* NULL: root.path is cloned (open_tree) */
	void *make_root_arg;
	/* Given to the process as 0, 1, 2; -1: /dev/null; ignored with a terminal. Borrowed. */
	int stdio[3];
	/* Unix socket that is sent the terminal's master (runc's protocol), or -1. Borrowed. */
	int console_sock;
	bool keep_master; /* return the terminal's master in rt_created.master_fd instead */
	/* Below the cgroup root ("coracle/<id>"); NULL: spec's cgroups_path, else "coracle/<id>".
	 */
	const char *cgroup_path;
	bool no_new_keyring;  /* keep the caller's session keyring */
	bool rootless;	      /* no groups are made where they may not be written, no limits */
	int preserve_fds;     /* fds 3 .. 3+n-1 are passed on */
	int seccomp_cache_fd; /* directory of compiled filters; -1 or 0: none. Borrowed */
	/* Path of a unix socket on which init waits for a later rt_connect_go(), bound in a
	 * directory that only the caller may enter; NULL: only rt_go() by this process will come.
	 */
	const char *start_sock;
};

struct rt_created {
	pid_t pid;	     /* of init, in the caller's PID namespace */
	int pidfd;	     /* owned */
	uint64_t start_time; /* field 22 of /proc/PID/stat, to tell a reused pid */
	int master_fd;	     /* owned; -1 without a terminal */
	int go_fd;	     /* owned; the socket for rt_go() */
	int mntns_fd,
	    netns_fd; /* owned, may be -1: who holds them moves the teardown off init's exit */
	struct cgroup *cgroup; /* owned: cgroup_free() */
};
void rt_created_clear(struct rt_created *c);

/* On failure nothing is left: no process, no cgroup, no mount. Errors of the command itself carry
 * ERR_CMD_NOT_FOUND or ERR_CMD_NOT_INVOKED. */
int rt_create(const struct rt_create_args *args, struct rt_created *ret, struct err *err);

/* Lets init execve. A command that cannot be executed is ERR_CMD_NOT_INVOKED; init has exited
 * then (and must be reaped by its parent). */
int rt_go(struct rt_created *created, struct err *err);

/* For who created with args.start_sock and has recorded the container: init will wait on after this
 * process has ended. Without this call init ends with its starter. Closes created->go_fd. */
int rt_keep(struct rt_created *created, struct err *err);

/* rt_go by another process, through args.start_sock (`dirfd` is its directory, `name` the
 * socket's name in it). */
int rt_connect_go(int dirfd, const char *name, struct err *err);

/* Whether somebody waits at the start socket. */
bool rt_is_waiting(int dirfd, const char *name);

struct rt_exec_args {
	pid_t pid;	     /* of the container's init */
	uint64_t start_time; /* must match, or the pid is somebody else's */
	const struct oci_process *process;
	const struct oci_seccomp *seccomp; /* the container's, or NULL */
	const char *cgroup_path;	   /* NULL: the groups that init is in */
	int stdio[3];
	int console_sock;
	bool keep_master;
	int preserve_fds;
	int seccomp_cache_fd; /* as in rt_create_args */
};

/* Joins all namespaces and groups of `pid` and leaves a child of the caller waiting for rt_go(),
 * as rt_create does. A frozen container is refused (ERR_CONFLICT). ret->cgroup is NULL. */
int rt_exec(const struct rt_exec_args *args, struct rt_created *ret, struct err *err);

/* To be called first thing in main(), before anything is opened, by a program that will call
 * rt_create or rt_exec: returns when the program's own file cannot be written through
 * /proc/PID/exe; executes the program once more (with `argv` and the environment) to get there.
 * See proc/seal.c. */
int rt_seal_self(char *const *argv, struct err *err);
/* Absolute path of the running program, sealed or not; malloc'ed. */
int rt_own_path(char **ret, struct err *err);

/* Runs the hooks of one kind with `state` (an OCI state document) on their standard input. */
int rt_run_hooks(const struct oci_spec *spec, enum oci_hook_kind kind, const json_t *state,
		 struct err *err);

#endif
