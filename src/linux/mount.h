/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount API by descriptors. A *mount fd* is an O_CLOEXEC descriptor of a mount that is attached
 * nowhere: it dies with its last descriptor unless mount_attach puts it in place, so that a failed
 * start leaves no mount behind. Nothing here takes a path that a container could have changed:
 * resolve first (linux/openat2.h), then mount by fd.
 *
 * Kernel floor: open_tree, move_mount, fsopen 5.2; mount_setattr 5.12 (without it, what needs it
 * is ERR_UNSUPPORTED).
 */
#ifndef CORACLE_LINUX_MOUNT_H
#define CORACLE_LINUX_MOUNT_H

/* glibc's <sys/mount.h> looks for "linux/mount.h" in quotes and finds this file: hand it on. */
#include_next <linux/mount.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* open_tree(2): a detached copy of the mount that `path` (relative to `dirfd`; "" for dirfd itself)
 * lies in, rooted there; with `recursive` of all that is mounted below it too. A final symbolic
 * link is not followed. Needs CAP_SYS_ADMIN. */
int mount_clone_fd(int dirfd, const char *path, bool recursive, int *ret_mnt_fd, struct err *err);

/* What mount_setattr(2) can change. */
struct mount_change {
	uint64_t set, clear;	   /* MOUNT_ATTR_* (without MOUNT_ATTR_IDMAP) */
	unsigned long propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0 */
	bool recursive;
	int userns_fd; /* idmapped through this user namespace; -1: not. Detached mounts only */
};
#define MOUNT_CHANGE_NONE ((struct mount_change){ .userns_fd = -1 })

/* Changes the mount `mnt_fd` is in (mnt_fd must be its root). An empty change does nothing. */
int mount_change_fd(int mnt_fd, const struct mount_change *change, struct err *err);

/* mount_clone_fd of `fd` and mount_change_fd: a bind mount with attributes in one call. */
int mount_bind_fd(int fd, bool recursive, const struct mount_change *change, int *ret_mnt_fd,
		  struct err *err);

/* move_mount(2) of a mount fd (or an attached mount's root) onto what `target_fd` is open on
 * (O_PATH will do): directory on directory, anything else on anything else. */
int mount_attach(int mnt_fd, int target_fd, struct err *err);
/* The same onto `path` relative to `dirfd`, whose final link is not followed; `flags` are further
 * MOVE_MOUNT_* (MOVE_MOUNT_BENEATH). For paths of our own. */
int mount_attach_at(int mnt_fd, int dirfd, const char *path, unsigned flags, struct err *err);

/*
 * A new super block as a detached mount: fsopen(2), each option by fsconfig(2), fsmount(2).
 * `source` may be NULL. `options` is NULL or NULL-terminated: "key=value" or "flag", as after
 * mount -o; a key or value of more than 255 bytes is refused by name (the kernel takes no more).
 * `sb_flags`: MS_RDONLY, MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME, MS_MANDLOCK; others are refused.
 * `attrs`: MOUNT_ATTR_* of the mount. The kernel's own explanation, where it gives one, is in the
 * error's text. An unknown file system is ERR_UNSUPPORTED (ENODEV).
 */
int mount_fs_fd(const char *type, const char *source, const char *const *options,
		unsigned long sb_flags, uint64_t attrs, int *ret_mnt_fd, struct err *err);

enum {				     /* options of an overlay (overlayfs.rst) */
       OVERLAY_VOLATILE = 1 << 0,    /* no sync, not even what a program asks for; 5.10 */
       OVERLAY_USERXATTR = 1 << 1,   /* marks in user.overlay.*: the only ones an overlay made
					within a user namespace heeds; 5.11 */
       OVERLAY_NO_REDIRECT = 1 << 2, /* redirect_dir=nofollow: renamed directories are copied, and
					a layer cannot point elsewhere */
       OVERLAY_NO_INDEX = 1 << 3,    /* index=off */
       OVERLAY_NO_METACOPY = 1 << 4, /* metacopy=off: the upper holds whole files */
       OVERLAY_INDEX = 1 << 5,	     /* index=on: hard links survive a copy up */
       OVERLAY_XINO = 1 << 6,	     /* xino=auto */
       OVERLAY_READ_ONLY = 1 << 7,   /* a read-only super block (implied without an upper) */
};

/* Which of the kernel's ways to name layers is used. */
enum overlay_backend {
	OVERLAY_BY_FD,	       /* 6.13: layers by descriptor (detached ones about 6.15) */
	OVERLAY_LOWERDIR_PLUS, /* 6.8: one string per layer */
	OVERLAY_MOUNT2,	       /* before: mount(2) in a private mount namespace */
};

/*
 * An overlay as a detached mount. `lowers` are directories (O_PATH will do; detached, idmapped
 * mount fds too), the top one first, 1 to 500; `upper` and `work` are -1 for a
 * read-only view of at least two lowers, else two siblings in one directory. All stay the caller's;
 * they may be closed once the mount exists. A detached lower serves one overlay only: before 6.15
 * it is used up by it. The host's mount table is not touched.
 * MOUNT2 needs / to be a mount point and /proc mounted.
 */
int mount_overlay_fd(const int *lowers, size_t lower_count, int upper, int work, unsigned flags,
		     int *ret_mnt_fd, struct err *err);

/* What mount_overlay_fd would choose on this kernel (a few system calls, nothing cached), and the
 * same mount by a chosen back end, for tests and `doctor`. */
enum overlay_backend mount_overlay_probe(void);
int mount_overlay_fd_by(enum overlay_backend backend, const int *lowers, size_t lower_count,
			int upper, int work, unsigned flags, int *ret_mnt_fd, struct err *err);

/* umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW); what is not mounted is an error (EINVAL). */
int mount_detach(const char *path, struct err *err);

#endif
