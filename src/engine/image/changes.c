/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both comparisons walk the changed tree by descriptors, with the set of the lower directories of
 * the same path beside it. The depth of the tree is the container's choice and bounded by the
 * descriptors we may have: a deeper one is an error, not an endless walk.
 */
#include "engine/image/changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

struct change {
	char *path;
	enum change_kind kind;
};

struct compare {
	bool whole; /* the tree is a copy: what is missing in it was deleted */
	struct change *items;
	size_t count, room;
	struct err *err;
};

/* What the walk of one directory found. */
struct below {
	bool changed; /* something was reported */
	bool hidden;  /* a mount point of ours was left out */
};

static void compare_free(struct compare *c)
{
	while (c->count > 0)
		free(c->items[--c->count].path);
	free(c->items);
}

static int report(struct compare *c, const char *path, enum change_kind kind)
{
	struct change *grown;
	char *copy;

	if (c->count == c->room) {
		grown = reallocarray(c->items, c->room ? c->room * 2 : 64, sizeof(*grown));
		if (!grown)
			return err_oom(c->err);
		c->items = grown;
		c->room = c->room ? c->room * 2 : 64;
	}
	copy = strdup(path);
	if (!copy)
		return err_oom(c->err);
	c->items[c->count++] = (struct change){ copy, kind };
	return 0;
}

/* An added directory or empty file of these names is what a mount was put on. */
static bool is_mount_point(const char *path, const struct stat *st)
{
	static const char *const points[] = { "/dev",	     "/dev/pts",      "/dev/shm",
					      "/dev/mqueue", "/dev/console",  "/proc",
					      "/sys",	     "/etc",	      "/etc/hosts",
					      "/run",	     "/etc/hostname", "/etc/resolv.conf" };
	size_t i;

	if (!S_ISDIR(st->st_mode) && (!S_ISREG(st->st_mode) || st->st_size > 0))
		return false;
	for (i = 0; i < ARRAY_SIZE(points); i++)
		if (str_eq(path, points[i]))
			return true;
	return false;
}

static int walk(struct compare *c, int dirfd, const char *path, const struct dirset *lower,
		struct below *below);

static bool differs(int dir, const char *name, const struct stat *now, const struct dirset_hit *was)
{
	char a[4096], b[4096];
	ssize_t la, lb;

	if (now->st_mode != was->st.st_mode || now->st_uid != was->st.st_uid ||
	    now->st_gid != was->st.st_gid || now->st_rdev != was->st.st_rdev)
		return true;
	if (S_ISDIR(now->st_mode))
		return false;
	if (now->st_size != was->st.st_size)
		return true;
	if (!S_ISLNK(now->st_mode))
		return now->st_mtim.tv_sec != was->st.st_mtim.tv_sec ||
		       now->st_mtim.tv_nsec != was->st.st_mtim.tv_nsec;
	la = readlinkat(dir, name, a, sizeof(a));
	lb = readlinkat(was->fd, name, b, sizeof(b));
	return la < 0 || la != lb || memcmp(a, b, la) != 0;
}

static int enter(struct compare *c, int dir, const char *name, const char *path, bool added,
		 const struct dirset *lower, struct below *below)
{
	static const struct dirset nothing;
	int fd cleanup_fd = -1;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0; /* a running container's, gone meanwhile */
	if (fd < 0)
		return err_sys(c->err, errno, "read %s", path);
	return walk(c, fd, path, added ? &nothing : lower, below);
}

/* A directory is looked into first: whether it counts as changed may depend on what is below. */
static int compare_dir(struct compare *c, int dir, const char *name, const char *path,
		       const struct stat *st, const struct dirset_hit *was,
		       const struct dirset *lower, struct below *below)
{
	bool added = !was, other_type = was && !S_ISDIR(was->st.st_mode), changed;
	struct below inner = { 0 };
	int r;

	r = enter(c, dir, name, path, added || other_type, lower, &inner);
	if (r < 0)
		return r;
	if (added) {
		changed = inner.changed || !is_mount_point(path, st);
		below->hidden |= !changed;
	} else if (c->whole || inner.hidden) {
		changed = inner.changed || differs(dir, name, st, was);
		below->hidden |= inner.hidden && !changed;
	} else {
		changed = true;
	}
	below->changed |= changed;
	return changed ? report(c, path, added ? CHANGE_ADDED : CHANGE_MODIFIED) : 0;
}

static int compare_entry(struct compare *c, int dir, const char *name, const char *path,
			 const struct dirset *lower, struct below *below)
{
	struct dirset child cleanup_dirset = { 0 };
	struct dirset_hit was = { .fd = -1 };
	struct stat st;
	int r, found;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(c->err, errno, "read %s", path);
	found = dirset_find(lower, name, &was, &child, c->err);
	if (found < 0)
		return found;
	if (!c->whole && is_whiteout(&st)) {
		below->changed |= found;
		return found ? report(c, path, CHANGE_DELETED) : 0;
	}
	if (S_ISDIR(st.st_mode))
		return compare_dir(c, dir, name, path, &st, found ? &was : NULL, &child, below);
	if (!found && is_mount_point(path, &st)) {
		below->hidden = true;
		return 0;
	}
	if (found && c->whole && !differs(dir, name, &st, &was))
		return 0;
	r = report(c, path, found ? CHANGE_MODIFIED : CHANGE_ADDED);
	below->changed = true;
	return r;
}

/* Names of the lower directory that are gone: all that an opaque directory or a copy lacks. */
static int compare_missing(struct compare *c, int dirfd, const char *path,
			   const struct dirset *lower, struct below *below)
{
	struct strv names cleanup_strv = { 0 };
	struct stat st;
	size_t i;
	int r;

	r = dirset_list(lower, &names, c->err);
	for (i = 0; r == 0 && i < names.count; i++) {
		char *full cleanup_free = NULL;

		if (fstatat(dirfd, names.items[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		full = str_printf("%s/%s", path, names.items[i]);
		r = full ? report(c, full, CHANGE_DELETED) : err_oom(c->err);
		below->changed = true;
	}
	return r;
}

static int walk(struct compare *c, int dirfd, const char *path, const struct dirset *lower,
		struct below *below)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		close_fd(&fd);
		return err_sys(c->err, errno, "read %s", *path ? path : "/");
	}
	while (errno = 0, (entry = readdir(dir))) {
		char *full cleanup_free = NULL;

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		full = str_printf("%s/%s", path, entry->d_name);
		if (!full)
			return err_oom(c->err);
		r = compare_entry(c, dirfd, entry->d_name, full, lower, below);
		if (r < 0)
			return r;
	}
	if (errno)
		return err_sys(c->err, errno, "read %s", *path ? path : "/");
	if (lower->count > 0 && (c->whole || is_opaque(dirfd)))
		r = compare_missing(c, dirfd, path, lower, below);
	return r;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

/* Names in a container need not be UTF-8, JSON text must: a byte that is not becomes U+FFFD. */
static json_t *json_path(const char *path)
{
	json_t *text = json_string(path);
	struct buf b cleanup_buf = BUF_INIT(3 * strlen(path) + 1);
	const char *p = path;

	while (!text && *p) {
		size_t length = 4;
		json_t *one = NULL;

		while (length > 0 && !(one = json_stringn(p, strnlen(p, length))))
			length--;
		json_decref(one);
		length = one ? strnlen(p, length) : 1;
		if (one ? buf_add(&b, p, length) : buf_add_str(&b, "\xef\xbf\xbd"))
			return NULL;
		p += length;
	}
	return text ? text : json_string(buf_str(&b));
}

static int to_json(struct compare *c, json_t **ret, struct err *err)
{
	json_t *list cleanup_json = json_array();
	size_t i;

	if (c->count > 1)
		qsort(c->items, c->count, sizeof(*c->items), compare_paths);
	for (i = 0; list && i < c->count; i++) {
		json_t *item = json_pack("{s:o,s:i}", "Path", json_path(c->items[i].path), "Kind",
					 (int)c->items[i].kind);

		if (json_array_append_new(list, item) < 0)
			return err_oom(err);
	}
	if (!list)
		return err_oom(err);
	*ret = take_ptr(&list);
	return 0;
}

static int compare_trees(bool whole, int tree, const int *lowers, size_t count, json_t **ret,
			 struct err *err)
{
	struct compare c cleanup_with(compare_free) = { .whole = whole, .err = err };
	struct dirset set cleanup_dirset = { 0 };
	struct below below = { 0 };
	int fd cleanup_fd = -1, r;

	r = dirset_open(lowers, count, &set, err);
	if (r < 0)
		return r;
	fd = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "read the container's layer");
	r = walk(&c, fd, "", &set, &below);
	return r < 0 ? r : to_json(&c, ret, err);
}

int changes_of_upper(int upper, const int *lowers, size_t count, json_t **ret, struct err *err)
{
	return compare_trees(false, upper, lowers, count, ret, err);
}

int changes_of_copy(int tree, const int *lowers, size_t count, json_t **ret, struct err *err)
{
	return compare_trees(true, tree, lowers, count, ret, err);
}
