/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last stretch, the same for init and for the process of an exec: from a process with all
 * rights inside the finished container to the command with exactly the rights it shall have. For
 * the child's side only.
 */
#ifndef CORACLE_RUNTIME_PROC_BECOME_H
#define CORACLE_RUNTIME_PROC_BECOME_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "oci/runtime_spec.h"
#include "runtime/sec/sec.h"

struct become {
	const struct oci_process *process;
	const struct sec_filter *filter; /* length 0: none */
	bool new_keyring;
	bool make_cwd;	  /* init's; an exec finds its working directory or fails */
	bool set_rlimits; /* else the starter does, from outside */
	int preserve_fds;
	/* Filled on the way. */
	char *home; /* "HOME=…", or NULL: it is in the environment */
	struct strv env;
	char *path; /* of the command, found */
};
void become_clear(struct become *b);
#define cleanup_become __attribute__((cleanup(become_clear)))

/* Looks HOME up in the container's passwd where the environment lacks it. `root_fd` is the
 * container's root; /proc should still be the host's, for the reading of a file by its descriptor.
 */
int become_find_home(struct become *b, int root_fd, struct err *err);

/* The same when the container's root is already "/". */
int become_find_home_here(struct become *b, struct err *err);

/* umask, personality, priorities, scheduler, LSM profile, keyring. With all rights. */
int become_set_attributes(const struct become *b, struct err *err);

/* Environment, working directory, user and capabilities, and the command found with the rights of
 * that user. CAP_SYS_ADMIN is kept in effect where the filter needs it. */
int become_user(struct become *b, struct err *err);

/* Loads the filter. *ret_listener is the descriptor of a filter that notifies, else -1. */
int become_filtered(const struct become *b, int *ret_listener, struct err *err);

/* Signals reset, descriptors closed but 0, 1, 2, the preserved ones and `keep` (close-on-exec),
 * the filter loaded unless `filtered`; then execve. Returns only with an error, which is of class
 * ERR_CMD_*. */
int become_execute(const struct become *b, bool filtered, int keep, struct err *err);

/* --- between the files of this folder -------------------------------------------------------- */

int identity_set(const struct oci_process *process, bool keep_admin, struct err *err);
/* In the container, its working directory entered, with `make` made if missing (else that is
 * ERR_CMD_NOT_FOUND): 1 when the user may have to try (EACCES). */
int cwd_enter(const char *cwd, bool make, struct err *err);
/* Looks up process.args[0] along PATH of `env` with the caller's rights. Malloc'ed. */
int command_find(const struct oci_process *process, const struct strv *env, char **ret,
		 struct err *err);

#endif
