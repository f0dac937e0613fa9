/* SPDX-License-Identifier: Apache-2.0 */
/* What create and run have in common: from a bundle to a container that waits. */
#ifndef CORACLE_OCICLI_LAUNCH_H
#define CORACLE_OCICLI_LAUNCH_H

#include "ocicli/ocicli.h"
#include "ocicli/opt.h"
#include "ocicli/state.h"
#include "runtime/runtime.h"

struct launch {
	const struct oci_global *g;
	const char *bundle, *config, *console_socket, *pid_file;
	bool no_pivot, no_new_keyring, detach, keep;
	int preserve_fds;
	/* Filled by launch_create. */
	struct state state; /* locked */
	struct oci_spec *spec;
	struct rt_created created;
};
#define LAUNCH_NONE                  \
	((struct launch){            \
	    .bundle = ".",           \
	    .config = "config.json", \
	    .state = STATE_NONE,     \
	    .created = {             \
		.pidfd = -1, .master_fd = -1, .go_fd = -1, .mntns_fd = -1, .netns_fd = -1 } })
void launch_clear(struct launch *l);
#define cleanup_launch __attribute__((cleanup(launch_clear)))

/* On failure nothing is left. `detach`: nobody will relay a terminal. */
int launch_create(struct launch *l, const char *id, struct err *err);
/* Kills it and removes all that launch_create made. */
void launch_undo(struct launch *l);

/* Where its groups are: what the configuration says, or "coracle/ID" (`spec` NULL too). malloc'ed.
 */
char *launch_cgroup_path(const struct oci_spec *spec, const char *id);

/* Everything of a container but its process: groups, hooks poststop, state directory. The
 * container is stopped and the lock held. */
int launch_remove(const struct oci_global *g, struct state *s, const struct oci_spec *spec,
		  struct err *err);

/* --- small things, also for exec -------------------------------------------------------------- */

/* Connects to the console socket; with a full path of any length. */
int console_socket_connect(const char *path, int *ret_fd, struct err *err);
/* Checks that terminal, console socket and detaching fit together, as runc does. */
int console_check(bool terminal, bool detach, const char *console_socket, struct err *err);
/* The pid without a newline, in place of an old file at once. */
int pid_file_write(const char *path, pid_t pid, struct err *err);
/* --preserve-fds, and what systemd's socket activation passes (LISTEN_FDS, sd_listen_fds(3)): the
 * descriptors and, appended to `env`, the variables. */
int preserved_fds(int wanted, struct strv *env, int *ret, struct err *err);

#endif
