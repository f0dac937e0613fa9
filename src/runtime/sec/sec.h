/* SPDX-License-Identifier: Apache-2.0 */
/* What a process may do: seccomp filters, the default profile, and whom a user string means. */
#ifndef CORACLE_RUNTIME_SEC_SEC_H
#define CORACLE_RUNTIME_SEC_SEC_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "oci/runtime_spec.h"

/* Compiles linux.seccomp to a filter for this machine and the architectures it names (libseccomp).
 * Unknown system call names are skipped (a profile serves many kernels); unknown actions, operators
 * and flags are errors. The result is cached by content below `cache_dirfd` (-1: no cache; files
 * 0600, replaced atomically, believed only with the right owner, size and digest). */
struct sec_filter {
	struct sock_filter *code; /* owned */
	unsigned short length;	  /* instructions; 0: no filter */
	unsigned flags;		  /* SECCOMP_FILTER_FLAG_* to load it with */
	bool notify;		  /* has an SCMP_ACT_NOTIFY rule: its listener must be sent away */
};
int sec_filter_compile(const struct oci_seccomp *seccomp, int cache_dirfd, struct sec_filter *ret,
		       struct err *err);
void sec_filter_clear(struct sec_filter *filter);

/* Our own default profile as a linux.seccomp object (new reference). Depends on the capabilities
 * (bit n: capability n) that the container will have and on the machine's architecture: 64- and
 * 32-bit calls are both covered. */
int sec_default_profile(uint64_t caps, json_t **ret, struct err *err);

/* A profile file in Docker's format (archMap, includes and excludes by caps, arches, minKernel) or
 * plain linux.seccomp; resolved for `caps`. New reference. */
int sec_profile_from_json(const json_t *profile, uint64_t caps, json_t **ret, struct err *err);

/* Whom "user[:group]" means by the container's own /etc/passwd and /etc/group (read beneath
 * `root_fd` with RESOLVE_IN_ROOT; regular files only, sizes, lines and counts bounded).
 * All digits is always a number (0..4294967294), never a name that looks like one; overflow is
 * ERR_INVALID, and so is an unknown name ("unable to find user NAME: no matching entries in passwd
 * file"). `groups` are --group-add's names or numbers. Without a group: the user's primary group
 * (0 when the uid has no entry) and the supplementary groups that list the user's name; with one,
 * that group alone. The primary group is always the first of `groups` as well. An empty user is uid
 * 0. Reads files by /proc/self/fd: for a process whose /proc is the host's. */
struct sec_user {
	uint32_t uid, gid;
	uint32_t *groups; /* supplementary; owned */
	size_t group_count;
	char *home; /* "/" when unknown; owned */
};
int sec_user_resolve(int root_fd, const char *user, const struct strv *groups, struct sec_user *ret,
		     struct err *err);
/* What of it is wrong whatever the container's files say: a number that is no id. */
int sec_user_check(const char *user, struct err *err);
void sec_user_clear(struct sec_user *user);

#endif
