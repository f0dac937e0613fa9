/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories are filled first and get their times and modes afterwards. Hard links are found by
 * device and inode of the source, kept only for files with more than one link; the second name is
 * linked to the first by its descriptor, never by a path.
 */
#include "engine/image/tree_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

struct link_seen {
	dev_t dev;
	ino_t ino;
	char *path;
};

struct copy {
	int root; /* of the copy */
	dev_t skip_dev;
	ino_t skip_ino;
	struct link_seen *links;
	size_t link_count, link_room;
	struct err *err;
};

static void copy_free(struct copy *c)
{
	while (c->link_count > 0)
		free(c->links[--c->link_count].path);
	free(c->links);
}

static int copy_hole_aware(int in, int out, off_t size)
{
	off_t data, hole, at = 0;

	while (at < size) {
		data = lseek(in, at, SEEK_DATA);
		if (data < 0)
			return errno == ENXIO ? 0 : -errno;
		hole = lseek(in, data, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		for (at = data; at < hole;) {
			off_t from = at, to = at;
			ssize_t n = copy_file_range(in, &from, out, &to, hole - at, 0);

			if (n < 0)
				return -errno;
			if (n == 0)
				return 0;
			at += n;
		}
	}
	return 0;
}

static int copy_by_hand(int in, int out)
{
	char block[65536];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(in, block, sizeof(block), at), done = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		while (done < n) {
			ssize_t w = pwrite(out, block + done, n - done, at + done);

			if (w < 0 && errno != EINTR)
				return -errno;
			done += w > 0 ? w : 0;
		}
		at += n;
	}
}

static int copy_data(int in, int out, off_t size)
{
	int r;

	if (ioctl(out, FICLONE, in) == 0)
		return 0;
	r = copy_hole_aware(in, out, size);
	if (r == -EXDEV || r == -EINVAL || r == -ENOSYS || r == -EOPNOTSUPP)
		r = copy_by_hand(in, out);
	if (r == 0 && ftruncate(out, size) < 0)
		r = -errno;
	return r;
}

/* Names of the source's attributes are the image's; what an overlay would take for its own marks
 * stays behind. */
static bool keeps_attribute(const char *name)
{
	return !str_starts(name, "trusted.overlay.") && !str_starts(name, "user.overlay.");
}

static int copy_attributes(const char *from, const char *to)
{
	char *names cleanup_free = NULL, *value cleanup_free = NULL, *name;
	ssize_t len = llistxattr(from, NULL, 0), n;

	if (len <= 0)
		return len < 0 && errno != EOPNOTSUPP ? -errno : 0;
	names = malloc(len);
	value = malloc(XATTR_SIZE_MAX);
	if (!names || !value)
		return -ENOMEM;
	len = llistxattr(from, names, len);
	if (len < 0)
		return -errno;
	for (name = names; name < names + len; name += strlen(name) + 1) {
		if (!keeps_attribute(name))
			continue;
		n = lgetxattr(from, name, value, XATTR_SIZE_MAX);
		if (n < 0)
			continue;
		/* security labels belong to the file system the copy is on */
		if (lsetxattr(to, name, value, n, 0) < 0 && errno != EOPNOTSUPP && errno != EPERM)
			return -errno;
	}
	return 0;
}

/* Attributes by the descriptors of the two directories: a last component is never followed. Owner
 * before mode and capabilities, which a change of owner clears. */
static int copy_meta(int from_dir, const char *from, int to_dir, const char *to,
		     const struct stat *st)
{
	char a[NAME_MAX + 64], b[NAME_MAX + 64];
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if (fchownat(to_dir, to, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir, to, st->st_mode & 07777, 0) < 0)
		return -errno;
	snprintf(a, sizeof(a), "/proc/self/fd/%d/%s", from_dir, from);
	snprintf(b, sizeof(b), "/proc/self/fd/%d/%s", to_dir, to);
	r = copy_attributes(a, b);
	if (r < 0)
		return r;
	return utimensat(to_dir, to, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *st)
{
	int in cleanup_fd = -1, out cleanup_fd = -1;

	in = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (in < 0)
		return -errno;
	out = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	return copy_data(in, out, st->st_size);
}

static int copy_symlink(int from_dir, int to_dir, const char *name)
{
	char target[4097];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target));

	if (n < 0 || n == sizeof(target))
		return n < 0 ? -errno : -ENAMETOOLONG;
	target[n] = '\0';
	return symlinkat(target, to_dir, name) < 0 ? -errno : 0;
}

/* 1: made as a link to the earlier name. 0: this is the first, or the only one. */
static int link_to_seen(struct copy *c, const struct stat *st, int to_dir, const char *name,
			const char *path)
{
	struct link_seen *seen;
	size_t i;

	if (st->st_nlink < 2)
		return 0;
	for (i = 0; i < c->link_count; i++) {
		seen = &c->links[i];
		if (seen->dev == st->st_dev && seen->ino == st->st_ino)
			return linkat(c->root, seen->path, to_dir, name, 0) < 0 ? -errno : 1;
	}
	if (c->link_count == c->link_room) {
		seen = reallocarray(c->links, c->link_room ? c->link_room * 2 : 64, sizeof(*seen));
		if (!seen)
			return -ENOMEM;
		c->links = seen;
		c->link_room = c->link_room ? c->link_room * 2 : 64;
	}
	seen = &c->links[c->link_count];
	*seen = (struct link_seen){ .dev = st->st_dev, .ino = st->st_ino, .path = strdup(path) };
	if (!seen->path)
		return -ENOMEM;
	c->link_count++;
	return 0;
}

static int copy_other(struct copy *c, const struct dirset_hit *hit, int to_dir, const char *name,
		      const char *path)
{
	const struct stat *st = &hit->st;
	int r;

	if (S_ISSOCK(st->st_mode))
		return 0; /* means nothing without the process that listens */
	r = link_to_seen(c, st, to_dir, name, path);
	if (r != 0)
		return r < 0 ? r : 0;
	if (S_ISREG(st->st_mode))
		r = copy_file(hit->fd, to_dir, name, st);
	else if (S_ISLNK(st->st_mode))
		r = copy_symlink(hit->fd, to_dir, name);
	else
		r = mknodat(to_dir, name, st->st_mode & (S_IFMT | 0600), st->st_rdev) < 0 ? -errno
											  : 0;
	return r < 0 ? r : copy_meta(hit->fd, name, to_dir, name, st);
}

static int copy_dir(struct copy *c, const struct dirset *source, int target, const char *path);

static int copy_entry(struct copy *c, const struct dirset *source, int target, const char *name,
		      const char *path)
{
	struct dirset child cleanup_dirset = { 0 };
	struct dirset_hit hit = { .fd = -1 };
	int fd cleanup_fd = -1, r;

	r = dirset_find(source, name, &hit, &child, c->err);
	if (r <= 0)
		return r;
	if (!S_ISDIR(hit.st.st_mode)) {
		r = copy_other(c, &hit, target, name, path);
		return r < 0 ? err_sys(c->err, r, "copy /%s", path) : 0;
	}
	if (mkdirat(target, name, 0700) < 0)
		return err_sys(c->err, errno, "copy /%s", path);
	fd = openat(target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(c->err, errno, "copy /%s", path);
	if (hit.st.st_dev != c->skip_dev || hit.st.st_ino != c->skip_ino)
		r = copy_dir(c, &child, fd, path);
	if (r < 0)
		return r;
	r = copy_meta(hit.fd, name, target, name, &hit.st);
	return r < 0 ? err_sys(c->err, r, "copy /%s", path) : 0;
}

static int copy_dir(struct copy *c, const struct dirset *source, int target, const char *path)
{
	struct strv names cleanup_strv = { 0 };
	size_t i;
	int r;

	r = dirset_list(source, &names, c->err);
	for (i = 0; r == 0 && i < names.count; i++) {
		char *full cleanup_free =
		    str_printf("%s%s%s", path, *path ? "/" : "", names.items[i]);

		r = full ? copy_entry(c, source, target, names.items[i], full) : err_oom(c->err);
	}
	return r;
}

int tree_copy(const struct dirset *source, int target, int skip_fd, struct err *err)
{
	struct copy c cleanup_with(copy_free) = { .root = target, .err = err };
	struct stat st;
	int r;

	if (fstat(skip_fd, &st) < 0)
		return err_sys(err, errno, "copy the image");
	c.skip_dev = st.st_dev;
	c.skip_ino = st.st_ino;
	r = copy_dir(&c, source, target, "");
	if (r < 0)
		return r;
	if (fstat(source->fds[0], &st) < 0)
		return err_sys(err, errno, "copy the root directory");
	r = copy_meta(source->fds[0], ".", target, ".", &st);
	return r < 0 ? err_sys(err, r, "copy the root directory") : 0;
}
