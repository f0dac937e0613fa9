/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/layer_place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "linux/openat2.h"

enum { REPORT_FD = 1 };

int layer_refuse(struct layer_writer *w, const char *name, const char *why)
{
	return err_set(w->err, ERR_INVALID, EBADMSG, "entry \"%.200s\": %s", name, why);
}

int layer_note_add(struct layer_writer *w, enum layer_note note, const char *path, int64_t size)
{
	struct layer_note_head head = { note, (uint32_t)strlen(path), size };
	int r = fd_write_all(REPORT_FD, &head, sizeof(head));

	if (r == 0)
		r = fd_write_all(REPORT_FD, path, head.path_len);
	return r < 0 ? err_sys(w->err, r, "write the layer's report") : 0;
}

void layer_forget_parent(struct layer_writer *w)
{
	close_fd(&w->parent_fd);
}

int layer_clean_name(struct layer_writer *w, const char *name, char out[RECORD_NAME_MAX + 1])
{
	const char *part = name;
	size_t len, used = 0;

	if (name[0] == '/' && name[strspn(name, "/")])
		return layer_refuse(w, name, "its path is absolute");
	for (; *part; part += len) {
		part += strspn(part, "/");
		len = strcspn(part, "/");
		if (len == 0 || (len == 1 && part[0] == '.'))
			continue;
		if (len == 2 && part[0] == '.' && part[1] == '.')
			return layer_refuse(w, name, "its path leads upwards (\"..\")");
		if (len > NAME_MAX)
			return layer_refuse(w, name, "a part of its path is longer than 255 bytes");
		if (used > 0)
			out[used++] = '/';
		memcpy(out + used, part, len);
		used += len;
	}
	out[used] = '\0';
	return 0;
}

static int open_dir(struct layer_writer *w, const char *path, bool strict)
{
	uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

	return open_resolve(w->root_fd, *path ? path : ".", O_PATH | O_DIRECTORY, 0,
			    strict ? resolve | RESOLVE_NO_SYMLINKS : resolve);
}

static int explain(struct layer_writer *w, const char *path, int code, bool strict)
{
	switch (-code) {
	case EXDEV:
		return layer_refuse(w, path, "a symbolic link on its path leads out of the layer");
	case ELOOP:
		return layer_refuse(w, path,
				    strict ? "its path goes through a symbolic link"
					   : "too many symbolic links on its path");
	case ENOTDIR:
		return layer_refuse(w, path, "a file is on its path");
	default:
		return err_sys(w->err, code, "entry \"%.200s\"", path);
	}
}

/* What is in the way of a directory and is none: a whiteout gives way, what was below it in lower
 * layers stays hidden. */
static int replace_whiteout(struct layer_writer *w, int parent, const char *path, const char *name)
{
	struct stat st;
	int r;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(w->err, errno, "entry \"%.200s\"", path);
	if (!layer_is_whiteout(&st))
		return layer_refuse(w, path, "a file is on its path");
	if (unlinkat(parent, name, 0) < 0 || mkdirat(parent, name, 0755) < 0)
		return err_sys(w->err, errno, "entry \"%.200s\"", path);
	r = layer_note_add(w, LAYER_OPAQUE, path, 0);
	return r < 0 ? r : layer_dirs_add_implied(&w->dirs, path, w->err);
}

static int make_dir(struct layer_writer *w, int parent, const char *path, const char *name)
{
	if (mkdirat(parent, name, 0755) == 0)
		return layer_dirs_add_implied(&w->dirs, path, w->err);
	if (errno == EEXIST)
		return layer_refuse(w, path, "a symbolic link to nothing is on its path");
	return err_sys(w->err, errno, "entry \"%.200s\"", path);
}

/* A child of `current` that is a plain directory is opened from there; through a link the whole
 * prefix is, from the root: it may point to a sibling of what was already walked. */
static int open_next(struct layer_writer *w, int current, const char *prefix, const char *name,
		     bool strict)
{
	int fd = open_beneath(current, name, O_PATH | O_DIRECTORY, 0);

	return fd == -ELOOP || fd == -ENOTDIR ? open_dir(w, prefix, strict) : fd;
}

static int make_parents(struct layer_writer *w, const char *path, bool strict, int *ret_fd)
{
	char prefix[RECORD_NAME_MAX + 1];
	int current cleanup_fd = open_dir(w, "", strict), next, r;
	char *slash = prefix, *name = prefix;
	bool last = false;

	if (current < 0)
		return explain(w, path, current, strict);
	strcpy(prefix, path);
	while (!last) {
		slash = strchr(name, '/');
		last = !slash;
		if (slash)
			*slash = '\0';
		next = open_next(w, current, prefix, name, strict);
		if (next == -ENOENT || next == -ENOTDIR) {
			r = next == -ENOENT ? make_dir(w, current, prefix, name)
					    : replace_whiteout(w, current, prefix, name);
			if (r < 0)
				return r;
			next = open_next(w, current, prefix, name, strict);
		}
		if (next < 0)
			return explain(w, prefix, next, strict);
		close_fd(&current);
		current = next;
		if (slash) {
			*slash = '/';
			name = slash + 1;
		}
	}
	*ret_fd = take_fd(&current);
	return 0;
}

int layer_find_place(struct layer_writer *w, struct place *place, bool strict)
{
	char parent[RECORD_NAME_MAX + 1];
	char *slash = strrchr(place->path, '/');
	int fd, r;

	place->parent_fd = -1;
	place->name = slash ? slash + 1 : place->path;
	if (!place->path[0])
		return 0;
	snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - place->path) : 0,
		 place->path);
	if (w->parent_fd < 0 || w->parent_strict != strict || strcmp(parent, w->parent_path) != 0) {
		fd = open_dir(w, parent, strict);
		if (fd == -ENOENT || fd == -ENOTDIR) {
			r = make_parents(w, parent, strict, &fd);
			if (r < 0)
				return r;
		}
		if (fd < 0)
			return explain(w, place->path, fd, strict);
		layer_forget_parent(w);
		w->parent_fd = fd;
		w->parent_strict = strict;
		strcpy(w->parent_path, parent);
	}
	place->parent_fd = w->parent_fd;
	return 0;
}
