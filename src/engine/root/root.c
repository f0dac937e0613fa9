/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/root/internal.h"
#include "engine/root/stamp.h"

enum { EVENTS_MAX = 1 << 20 };

static void root_close_ptr(struct root **root)
{
	root_close(*root);
}

int root_open(const char *dir, struct root **ret, struct err *err)
{
	struct root *root cleanup_with(root_close_ptr) = calloc(1, sizeof(*root));
	struct stamp now;
	struct err scratch;
	int r;

	if (!err)
		err = &scratch;
	if (!root)
		return err_oom(err);
	root->lib_fd = root->run_fd = root->containers_fd = -1;
	root->run_containers_fd = root->live_fd = root->shared_lock_fd = -1;
	r = root_choose_paths(root, dir, err);
	if (r == 0)
		r = root_own_top(root->lib, &root->lib_fd, err);
	if (r == 0)
		r = root_own_dir(root->lib_fd, "containers", &root->containers_fd, err);
	if (r == 0)
		r = stamp_now(&now, err);
	if (r == 0)
		r = root_hold_lib(root, &now, err);
	if (r == 0)
		r = root_hold_run(root, &now, err);
	if (r == 0)
		r = root_own_dir(root->run_fd, "containers", &root->run_containers_fd, err);
	if (r < 0)
		return r;
	*ret = take_ptr(&root);
	return 0;
}

void root_close(struct root *root)
{
	if (!root)
		return;
	close_fd(&root->lib_fd);
	close_fd(&root->run_fd);
	close_fd(&root->containers_fd);
	close_fd(&root->run_containers_fd);
	close_fd(&root->live_fd);
	close_fd(&root->shared_lock_fd);
	free(root->lib);
	free(root->run);
	free(root->cgroup_parent);
	free(root);
}

bool root_is_there(const char *dir)
{
	char *containers cleanup_free = path_join(dir, "containers");

	return containers && faccessat(AT_FDCWD, containers, F_OK, 0) == 0;
}

/* The file that has the name, locked: whoever rotates does it under this lock, so a descriptor that
 * waited for it may be the old file's. */
static int open_events(const struct root *root, int *ret_fd, struct err *err)
{
	struct stat ours, named;

	for (;;) {
		int fd cleanup_fd =
		    openat(root->run_fd, ROOT_EVENTS,
			   O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &ours) < 0)
			return err_sys(err, errno, "open %s/" ROOT_EVENTS, root->run);
		if (fstatat(root->run_fd, ROOT_EVENTS, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    named.st_ino == ours.st_ino && named.st_dev == ours.st_dev) {
			if (ours.st_size < EVENTS_MAX) {
				*ret_fd = take_fd(&fd);
				return 0;
			}
			if (renameat(root->run_fd, ROOT_EVENTS, root->run_fd, ROOT_EVENTS_OLD) < 0)
				return err_sys(err, errno, "rotate %s/" ROOT_EVENTS, root->run);
		}
	}
}

/* A full disk or a killed writer may have left half a line: it must not take the next one along. */
static bool ends_in_a_line(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last;

	return size <= 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

int root_append_event(const struct root *root, const char *line, struct err *err)
{
	struct buf text cleanup_buf = BUF_INIT(strlen(line) + 3);
	int fd cleanup_fd = -1;
	int r = open_events(root, &fd, err);

	if (r < 0)
		return r;
	if (!ends_in_a_line(fd))
		buf_add_char(&text, '\n');
	buf_add_str(&text, line);
	buf_add_char(&text, '\n');
	if (text.failed)
		return err_oom(err);
	r = fd_write_all(fd, text.data, text.len);
	return r < 0 ? err_sys(err, r, "write %s/" ROOT_EVENTS, root->run) : 0;
}
