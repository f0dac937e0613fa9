/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/dirset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "linux/openat2.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

void dirset_close(struct dirset *set)
{
	while (set->count > 0)
		close_fd(&set->fds[--set->count]);
	free(set->fds);
	set->fds = NULL;
}

bool is_opaque(int fd)
{
	char value;

	return (fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y') ||
	       (fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1 && value == 'y');
}

static int set_add(struct dirset *set, int fd)
{
	int *grown = reallocarray(set->fds, set->count + 1, sizeof(int));

	if (!grown)
		return -ENOMEM;
	set->fds = grown;
	set->fds[set->count++] = fd;
	return 0;
}

int dirset_open(const int *layers, size_t count, struct dirset *ret, struct err *err)
{
	struct dirset set cleanup_dirset = { 0 };
	size_t i;
	int fd;

	for (i = 0; i < count; i++) {
		fd = openat(layers[i], ".", DIR_FLAGS);
		if (fd < 0)
			return err_sys(err, errno, "open a layer");
		if (set_add(&set, fd) < 0) {
			close(fd);
			return err_oom(err);
		}
		if (is_opaque(fd))
			break;
	}
	*ret = set;
	set = (struct dirset){ 0 };
	return 0;
}

/* The entry of one layer's directory. 1: counts, and lower ones are looked at too; 0: the search
 * ends here, with or without a hit; -ENOENT: this layer says nothing. */
static int find_in(int dir, const char *name, bool *found, struct dirset_hit *hit,
		   struct dirset *child)
{
	struct stat st;
	int fd, opaque;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT : -errno;
	if (is_whiteout(&st) || (*found && !S_ISDIR(st.st_mode)))
		return 0;
	if (!*found) {
		*hit = (struct dirset_hit){ .st = st, .fd = dir };
		*found = true;
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	/* what is mounted on a directory of the host's root is not part of it */
	fd = open_resolve(dir, name, DIR_FLAGS, 0,
			  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd == -EXDEV)
		return 1;
	if (fd < 0)
		return fd;
	opaque = is_opaque(fd);
	if (set_add(child, fd) < 0) {
		close(fd);
		return -ENOMEM;
	}
	return opaque ? 0 : 1;
}

int dirset_find(const struct dirset *set, const char *name, struct dirset_hit *ret_hit,
		struct dirset *ret_child, struct err *err)
{
	struct dirset child cleanup_dirset = { 0 };
	struct dirset_hit hit = { .fd = -1 };
	bool found = false;
	size_t i;
	int r;

	for (i = 0; i < set->count; i++) {
		r = find_in(set->fds[i], name, &found, &hit, &child);
		if (r == 0)
			break;
		if (r < 0 && r != -ENOENT)
			return err_sys(err, r, "look up %s in a layer", name);
	}
	if (found && ret_hit)
		*ret_hit = hit;
	if (ret_child) {
		*ret_child = child;
		child = (struct dirset){ 0 };
	}
	return found;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_one(int dirfd, struct strv *names)
{
	int fd = openat(dirfd, ".", DIR_FLAGS);
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		close_fd(&fd);
		return -errno;
	}
	while (errno = 0, (entry = readdir(dir))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (strv_add(names, entry->d_name) < 0)
			return -ENOMEM;
	}
	return -errno;
}

int dirset_list(const struct dirset *set, struct strv *names, struct err *err)
{
	struct strv all cleanup_strv = { 0 };
	size_t i;
	int r;

	for (i = 0; i < set->count; i++) {
		r = list_one(set->fds[i], &all);
		if (r < 0)
			return err_sys(err, r, "list a layer");
	}
	if (all.count > 1)
		qsort(all.items, all.count, sizeof(char *), compare_names);
	for (i = 0; i < all.count; i++) {
		if (i > 0 && str_eq(all.items[i], all.items[i - 1]))
			continue;
		r = dirset_find(set, all.items[i], NULL, NULL, err);
		if (r < 0)
			return r;
		if (r > 0 && strv_add(names, all.items[i]) < 0)
			return err_oom(err);
	}
	return 0;
}
