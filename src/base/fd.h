/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: whole reads and writes, small files relative to a directory, passing over sockets.
 */
#ifndef CORACLE_BASE_FD_H
#define CORACLE_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Writes all of it, restarting on EINTR; 0 or -errno. */
int fd_write_all(int fd, const void *data, size_t len);

/* Reads until end of file into `b` (appended; bounded by b->max: -E2BIG past it); 0 or -errno. */
int fd_read_all(int fd, struct buf *b);

/* The file's contents, at most `max` bytes; `name` relative to `dirfd` (AT_FDCWD: the working
 * directory). A last component that is a symbolic link is refused (O_NOFOLLOW), and so is what is
 * not a regular file unless it lives on a kernel file system (proc, sysfs, cgroup report regular).
 * Appends to *b. Errors name the file. */
int fd_read_file_at(int dirfd, const char *name, size_t max, struct buf *b, struct err *err);

/* Writes a kernel file (cgroup, proc) with one write(2), O_WRONLY without O_CREAT. The error's text
 * is "write VALUE to NAME: reason". */
int fd_write_file_at(int dirfd, const char *name, const char *value, struct err *err);

/* Replaces a file of our own: written under a temporary name in the same directory (O_EXCL), then
 * renamed over `name`. Readers see the old or the new contents, never a mix. Not synced. */
int fd_replace_file_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		       struct err *err);

/* mkdirat that accepts an existing directory (not a link to one). */
int fd_mkdir_at(int dirfd, const char *name, mode_t mode, struct err *err);

/* mkdir -p for our own absolute or relative paths. */
int fd_mkdir_all(const char *path, mode_t mode, struct err *err);

/* Removes a tree below `dirfd` by descriptors, without following links and without leaving the
 * file system's mount it began on. A missing name is success. */
int fd_remove_tree_at(int dirfd, const char *name, struct err *err);

/* Sends / receives one message of `len` bytes with up to 16 descriptors over a unix socket.
 * fd_send_fds: 0 or -errno. fd_recv_fds: bytes received (0: the peer closed) or -errno; *count is
 * in: room in `fds`, out: received. Received descriptors are close-on-exec; too many are closed and
 * give -EMFILE. */
enum { FD_PASS_MAX = 16 };
int fd_send_fds(int sock, const void *data, size_t len, const int *fds, size_t count);
ssize_t fd_recv_fds(int sock, void *data, size_t len, int *fds, size_t *count);

/* Opens /dev/null for those of 0, 1 and 2 that are closed: a program that was started without them
 * would take a file of its own for standard error. To be called before anything is opened. */
void fd_fill_standard(void);

/* Sets or clears close-on-exec / O_NONBLOCK; 0 or -errno. */
int fd_set_cloexec(int fd, int on);
int fd_set_nonblock(int fd, int on);

#endif
