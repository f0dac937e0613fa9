/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/layer_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/layer_place.h"
#include "archive/record.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

enum { HOLE = 4096 };

#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

static void writer_free(struct layer_writer *w)
{
	layer_dirs_clear(&w->dirs);
	layer_forget_parent(w);
	close_fd(&w->root_fd);
}

static int failed(struct layer_writer *w, const char *path)
{
	return err_sys(w->err, errno, "entry \"%.200s\"", path);
}

static int chown_failed(struct layer_writer *w, const char *path, uint32_t uid, uint32_t gid)
{
	if (errno != EINVAL)
		return failed(w, path);
	return err_set(w->err, ERR_ENGINE, EINVAL,
		       "entry \"%.200s\": its owner %u:%u is none of this user's subordinate ids",
		       path, uid, gid);
}

/* --- attributes ------------------------------------------------------------------------------- */

/* What describes the file, not the machine that packed it. Marks of overlayfs would make a layer
 * point where it likes. */
static bool keeps_xattr(const char *name)
{
	return (str_starts(name, "user.") && !str_starts(name, "user.overlay.")) ||
	       str_eq(name, "security.capability") || str_eq(name, "system.posix_acl_access") ||
	       str_eq(name, "system.posix_acl_default");
}

static int set_xattrs(struct layer_writer *w, int fd, const char *path,
		      const struct entry_xattr *xattrs, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!keeps_xattr(xattrs[i].name))
			continue;
		if (fsetxattr(fd, xattrs[i].name, xattrs[i].value, xattrs[i].len, 0) == 0)
			continue;
		/* a file system without them: a capability that is lost breaks the program, notes
		 * of users do not */
		if (errno == EOPNOTSUPP && str_starts(xattrs[i].name, "user."))
			continue;
		return err_sys(w->err, errno, "entry \"%.200s\": attribute %s", path,
			       xattrs[i].name);
	}
	return 0;
}

/* Of an open file or directory. The owner first: a change of it clears set-id bits and
 * capabilities. */
static int set_attributes(struct layer_writer *w, int fd, const char *path, uint32_t mode,
			  uint32_t uid, uint32_t gid)
{
	if (!w->args->squash && fchown(fd, uid, gid) < 0)
		return chown_failed(w, path, uid, gid);
	return fchmod(fd, mode) < 0 ? failed(w, path) : 0;
}

static int set_time(struct layer_writer *w, int fd, const char *path, int64_t s, uint32_t ns)
{
	const struct timespec times[2] = { { s, ns }, { s, ns } };

	return futimens(fd, times) < 0 ? failed(w, path) : 0;
}

/* Of what cannot be opened. The last component is what was just made. */
static int set_attributes_at(struct layer_writer *w, const struct place *place,
			     const struct record *head)
{
	const struct timespec times[2] = { { head->mtime_s, head->mtime_ns },
					   { head->mtime_s, head->mtime_ns } };

	if (!w->args->squash &&
	    fchownat(place->parent_fd, place->name, head->uid, head->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return chown_failed(w, place->path, head->uid, head->gid);
	if (head->type != RECORD_SYMLINK &&
	    fchmodat(place->parent_fd, place->name, head->mode, 0) < 0)
		return failed(w, place->path);
	if (utimensat(place->parent_fd, place->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(w, place->path);
	return 0;
}

/* --- making ----------------------------------------------------------------------------------- */

/* Takes away what an earlier entry put there. */
static int clear_place(struct layer_writer *w, const struct place *place)
{
	if (unlinkat(place->parent_fd, place->name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return failed(w, place->path);
	if (fd_remove_tree_at(place->parent_fd, place->name, w->err) < 0)
		return err_wrap(w->err, "entry \"%.200s\"", place->path);
	return 0;
}

static int make_dir(struct layer_writer *w, struct place *place, struct entry *entry)
{
	struct stat st;
	bool there;
	int r;

	if (place->parent_fd >= 0) {
		there = fstatat(place->parent_fd, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (there && !S_ISDIR(st.st_mode)) {
			if (unlinkat(place->parent_fd, place->name, 0) < 0)
				return failed(w, place->path);
			there = false;
			if (layer_is_whiteout(&st)) {
				r = layer_note_add(w, LAYER_OPAQUE, place->path, 0);
				if (r < 0)
					return r;
			}
		}
		if (!there && mkdirat(place->parent_fd, place->name, 0755) < 0)
			return failed(w, place->path);
	}
	return layer_dirs_add(&w->dirs, place->path, entry, w->err);
}

/* How many bytes from `data` on are whole blocks of zeros (`zeros`), or are not. */
static size_t run_length(const char *data, size_t len, bool *zeros)
{
	static const char zero[HOLE];
	size_t at = 0;

	*zeros = len >= HOLE && memcmp(data, zero, HOLE) == 0;
	while (len - at >= HOLE && (memcmp(data + at, zero, HOLE) == 0) == *zeros)
		at += HOLE;
	return *zeros || at + HOLE <= len ? at : len;
}

/* Blocks of zeros are left out: the file is new, and they are holes then. A layer with a sparse
 * file that its packer wrote out in full costs what it should. */
static int write_data(struct layer_writer *w, struct record_reader *reader, int fd,
		      const struct place *place)
{
	const char *data;
	uint64_t offset;
	size_t len, run;
	bool zeros;
	ssize_t n;
	int r;

	while ((r = record_data(reader, &offset, (const void **)&data, &len, w->err)) > 0) {
		for (; len > 0; data += n, offset += n, len -= n) {
			run = run_length(data, len, &zeros);
			n = zeros ? (ssize_t)run : pwrite(fd, data, run, (off_t)offset);
			if (n < 0)
				return failed(w, place->path);
		}
	}
	return r;
}

static int make_file(struct layer_writer *w, struct record_reader *reader, struct place *place,
		     struct entry *entry)
{
	int fd cleanup_fd = -1, r = clear_place(w, place);

	if (r < 0)
		return r;
	fd = openat(place->parent_fd, place->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(w, place->path);
	r = write_data(w, reader, fd, place);
	if (r == 0 && ftruncate(fd, (off_t)entry->head.size) < 0)
		r = failed(w, place->path);
	if (r == 0)
		r = set_attributes(w, fd, place->path, entry->head.mode, entry->head.uid,
				   entry->head.gid);
	if (r == 0)
		r = set_xattrs(w, fd, place->path, entry->xattrs, entry->xattr_count);
	if (r == 0)
		r = set_time(w, fd, place->path, entry->head.mtime_s, entry->head.mtime_ns);
	w->size += (int64_t)entry->head.size;
	return r;
}

static int make_symlink(struct layer_writer *w, struct place *place, struct entry *entry)
{
	int r;

	if (!entry->link[0])
		return layer_refuse(w, place->path, "it links to nothing");
	r = clear_place(w, place);
	if (r < 0)
		return r;
	if (symlinkat(entry->link, place->parent_fd, place->name) < 0)
		return failed(w, place->path);
	return set_attributes_at(w, place, &entry->head);
}

/* The target must be a file of this layer, by a path without any link: a path through one could
 * name a file that the archive does not hold. */
static int make_hardlink(struct layer_writer *w, struct place *place, struct entry *entry)
{
	struct place target;
	struct stat st, old;
	int fd cleanup_fd = -1, r;

	r = layer_clean_name(w, entry->link, target.path);
	if (r < 0)
		return err_wrap(w->err, "entry \"%.200s\": hard link", place->path);
	fd = fcntl(place->parent_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return failed(w, place->path);
	r = layer_find_place(w, &target, true);
	if (r < 0)
		return err_wrap(w->err, "entry \"%.200s\": hard link", place->path);
	place->parent_fd = fd;
	if (target.parent_fd < 0 ||
	    fstatat(target.parent_fd, target.name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    S_ISDIR(st.st_mode) || layer_is_whiteout(&st))
		return layer_refuse(w, place->path,
				    "it is a hard link to what is no file of this layer");
	if (fstatat(fd, place->name, &old, AT_SYMLINK_NOFOLLOW) == 0 && old.st_ino == st.st_ino &&
	    old.st_dev == st.st_dev)
		return 0;
	r = clear_place(w, place);
	if (r < 0)
		return r;
	if (linkat(target.parent_fd, target.name, fd, place->name, 0) < 0)
		return failed(w, place->path);
	layer_forget_parent(w); /* place->parent_fd is about to be closed */
	return 0;
}

static int make_node(struct layer_writer *w, struct place *place, struct entry *entry)
{
	const struct record *head = &entry->head;
	mode_t type = head->type == RECORD_CHAR	   ? S_IFCHR
		      : head->type == RECORD_BLOCK ? S_IFBLK
						   : S_IFIFO;
	dev_t dev = type == S_IFIFO ? 0 : makedev(head->major, head->minor);
	int r;

	if (type == S_IFCHR && dev == 0)
		return layer_refuse(w, place->path,
				    "a character device 0:0 would be taken for a whiteout");
	r = clear_place(w, place);
	if (r < 0)
		return r;
	if (type != S_IFIFO && w->args->no_devices)
		return 0;
	if (mknodat(place->parent_fd, place->name, type | 0600, dev) < 0)
		return failed(w, place->path);
	return set_attributes_at(w, place, head);
}

/* --- whiteouts -------------------------------------------------------------------------------- */

/* A whiteout acts on lower layers only. What this layer itself has under the name stays: a file
 * hides what is below it anyway, a directory becomes opaque. */
static int hide(struct layer_writer *w, struct place *place)
{
	struct stat st;

	if (w->args->bottom)
		return 0;
	if (fstatat(place->parent_fd, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISDIR(st.st_mode) ? layer_note_add(w, LAYER_OPAQUE, place->path, 0) : 0;
	if (errno != ENOENT)
		return failed(w, place->path);
	if (mknodat(place->parent_fd, place->name, S_IFCHR, 0) < 0)
		return failed(w, place->path);
	return 0;
}

/* `place` is that of the mark; its path becomes that of what it marks. */
static int apply_whiteout(struct layer_writer *w, struct place *place)
{
	char *hidden = place->name + strlen(WHITEOUT);
	int r;

	if (str_eq(place->name, WHITEOUT_OPAQUE)) {
		r = layer_find_place(w, place, true);
		if (r < 0)
			return r;
		if (place->name > place->path)
			place->name[-1] = '\0';
		else
			place->path[0] = '\0';
		return w->args->bottom ? 0 : layer_note_add(w, LAYER_OPAQUE, place->path, 0);
	}
	if (!*hidden || str_eq(hidden, ".") || str_eq(hidden, ".."))
		return layer_refuse(w, place->path, "it hides no name");
	memmove(place->name, hidden, strlen(hidden) + 1);
	r = layer_find_place(w, place, true);
	return r < 0 ? r : hide(w, place);
}

/* 1: nothing of this entry is for the layer. Marks of aufs' own are left out; a reserved name in
 * front of the last one cannot be a file's. */
static int is_reserved(struct layer_writer *w, const struct place *place)
{
	const char *part = place->path, *slash;

	for (; (slash = strchr(part, '/')); part = slash + 1) {
		if (str_starts(part, WHITEOUT_META))
			return 1;
		if (str_starts(part, WHITEOUT))
			return layer_refuse(w, place->path, "a name on its path is reserved");
	}
	return str_starts(part, WHITEOUT_META) && !str_eq(part, WHITEOUT_OPAQUE);
}

/* --- all -------------------------------------------------------------------------------------- */

static int skip_data(struct layer_writer *w, struct record_reader *reader, struct entry *entry)
{
	const void *data;
	uint64_t offset;
	size_t len;
	int r = 0;

	if (entry->head.type == RECORD_FILE)
		while ((r = record_data(reader, &offset, &data, &len, w->err)) > 0)
			;
	return r;
}

static int make_entry(struct layer_writer *w, struct record_reader *reader, struct place *place,
		      struct entry *entry)
{
	int r = layer_find_place(w, place, false);

	if (r < 0)
		return r;
	if (place->parent_fd < 0 && entry->head.type != RECORD_DIR)
		return layer_refuse(w, entry->name, "the layer's root must be a directory");
	switch (entry->head.type) {
	case RECORD_DIR:
		r = make_dir(w, place, entry);
		break;
	case RECORD_FILE:
		r = make_file(w, reader, place, entry);
		break;
	case RECORD_SYMLINK:
		r = make_symlink(w, place, entry);
		break;
	case RECORD_HARDLINK:
		r = make_hardlink(w, place, entry);
		break;
	default:
		r = make_node(w, place, entry);
		break;
	}
	return r;
}

static int take_entry(struct layer_writer *w, struct record_reader *reader, struct entry *entry)
{
	struct place place;
	int r;

	r = layer_clean_name(w, entry->name, place.path);
	if (r < 0)
		return r;
	place.name = strrchr(place.path, '/');
	place.name = place.name ? place.name + 1 : place.path;
	r = is_reserved(w, &place);
	if (r < 0)
		return r;
	if (r > 0)
		return skip_data(w, reader, entry);
	if (!str_starts(place.name, WHITEOUT))
		return make_entry(w, reader, &place, entry);
	r = apply_whiteout(w, &place);
	return r < 0 ? r : skip_data(w, reader, entry);
}

/* A directory that a later entry replaced is not there any more, or no directory. */
static int finish_dir(struct layer_writer *w, const struct layer_dir *dir)
{
	int fd cleanup_fd = -1, r;

	if (dir->implied)
		return layer_note_add(w, LAYER_IMPLICIT, dir->path, 0);
	fd = openat(w->root_fd, dir->path[0] ? dir->path : ".",
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0
									     : failed(w, dir->path);
	r = set_attributes(w, fd, dir->path, dir->mode, dir->uid, dir->gid);
	if (r == 0)
		r = set_xattrs(w, fd, dir->path, dir->xattrs, dir->xattr_count);
	if (r == 0)
		r = set_time(w, fd, dir->path, dir->mtime_s, dir->mtime_ns);
	return r;
}

static int finish(struct layer_writer *w)
{
	size_t i;
	int r = 0;

	layer_forget_parent(w);
	layer_dirs_settle(&w->dirs);
	/* from the end: what is below comes behind what is above it */
	for (i = w->dirs.count; r == 0 && i > 0; i--)
		r = finish_dir(w, &w->dirs.items[i - 1]);
	return r < 0 ? r : layer_note_add(w, LAYER_SIZE, "", w->size);
}

int layer_writer_main(void *arg, struct err *err)
{
	struct layer_writer w cleanup_with(
	    writer_free) = { .args = arg, .parent_fd = -1, .err = err };
	struct record_reader reader cleanup_record_reader = { .fd = -1 };
	struct entry *entry cleanup_free = calloc(1, sizeof(*entry));
	int r;

	if (!entry)
		return err_oom(err);
	w.root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w.root_fd < 0)
		return err_sys(err, errno, "open the layer's directory");
	r = record_reader_init(&reader, 0, err);
	if (r == 0)
		r = layer_dirs_add_implied(&w.dirs, "", err); /* unless the archive has "./" */
	while (r == 0) {
		r = record_next(&reader, entry, err);
		if (r <= 0)
			break;
		r = take_entry(&w, &reader, entry);
	}
	if (r == 0)
		r = finish(&w);
	entry_clear(entry);
	return r;
}
