/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces by descriptor, and user namespaces with their id maps (namespaces(7),
 * user_namespaces(7)). */
#ifndef CORACLE_LINUX_NS_H
#define CORACLE_LINUX_NS_H

#include <stdbool.h>
#include <stdint.h>
#include <sched.h>
#include <sys/types.h>

#include "base/err.h"
#include "linux/syscalls.h"

struct ns_type {
	const char *name; /* in /proc/PID/ns */
	int flag;	  /* CLONE_NEW* */
};
enum { NS_TYPES = 8 };
/* In the order of their names. */
extern const struct ns_type ns_types[NS_TYPES];
/* The name of one CLONE_NEW* flag; "?" for what is none. */
const char *ns_name(int flag);

/* /proc/PID/ns/NAME; pid 0 is the caller. ESRCH and ENOENT mean what they say: ERR_NOT_FOUND. */
int ns_open(pid_t pid, int flag, int *ret_fd, struct err *err);

/* A namespace by path (a bind-mounted or /proc one). What is no namespace, or not of the kind
 * `flag`, is ERR_INVALID. */
int ns_open_path(const char *path, int flag, int *ret_fd, struct err *err);

/* setns(2) with one namespace; `flag` must be its kind. */
int ns_enter(int fd, int flag, struct err *err);
/* setns(2) with the namespaces `flags` of a process, at once (5.8). */
int ns_enter_process(int pidfd, int flags, struct err *err);

/* Device and inode name a namespace (of any descriptor of it): 0 or -errno. */
struct ns_id {
	uint64_t dev, ino;
};
int ns_id(int fd, struct ns_id *ret);
int ns_id_of(pid_t pid, int flag, struct ns_id *ret);
static inline bool ns_id_equal(struct ns_id a, struct ns_id b)
{
	return a.dev == b.dev && a.ino == b.ino;
}

/* The user namespace that owns the namespace `fd` (ioctl_ns(2)). -EPERM where it is out of our
 * scope. */
int ns_owner(int fd, int *ret_userns_fd);

/* --- user namespaces --------------------------------------------------------------------------
 */

struct id_map {
	uint32_t inside, outside, count;
};
enum { ID_MAP_MAX = 340 }; /* lines the kernel takes */

struct userns_maps {
	const struct id_map *uids, *gids;
	size_t uid_count, gid_count;
};

/* True when each id maps to itself: a user namespace with it sees files as the host does. */
bool id_map_is_identity(const struct id_map *maps, size_t count);
/* The id outside for an id inside (-1: not mapped). */
int64_t id_map_outside(const struct id_map *maps, size_t count, uint32_t inside);

/*
 * Writes the maps of the user namespace that `pid` (a child of the caller or a process it may
 * ptrace, stopped until this returns) made. Three ways, the first that is allowed:
 *  - directly, with CAP_SETUID and CAP_SETGID over the parent namespace;
 *  - the caller's own single id (one line each, count 1, outside = effective id): directly, with
 *    setgroups denied;
 *  - by newuidmap(1) and newgidmap(1), which check /etc/subuid and /etc/subgid. Absent: ERR_DENIED
 *    says so.
 */
int userns_write_maps(pid_t pid, const struct userns_maps *maps, struct err *err);

/* A user namespace with these maps and no process in it, as a descriptor: for idmapped mounts and
 * for joining. Forks a helper for the time of the call. */
int userns_create(const struct userns_maps *maps, int *ret_fd, struct err *err);

/* A user's subordinate ids: the ranges of `file` ("/etc/subuid") for `name` or the decimal `uid`
 * (subuid(5)). Returns how many of the `max` were filled (0: none), or -errno. */
struct id_range {
	uint32_t first, count;
};
int subid_ranges(const char *file, const char *name, uid_t uid, struct id_range *ret, size_t max,
		 struct err *err);

#endif
