/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/load/finish.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/record.h"
#include "archive/unpack.h"
#include "base/cleanup.h"
#include "engine/image/dirset.h"
#include "linux/openat2.h"

static int open_dir(const struct finish_args *args, const char *path)
{
	return open_beneath(args->dir_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0);
}

static int make_opaque(const struct finish_args *args, const char *path, struct err *err)
{
	const char *name = args->userxattr ? "user.overlay.opaque" : "trusted.overlay.opaque";
	int fd cleanup_fd = open_dir(args, path);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0; /* a later entry replaced it */
	if (fd < 0)
		return err_sys(err, fd, "mark \"%.200s\" opaque", path);
	if (fsetxattr(fd, name, "y", 1, 0) < 0)
		return err_sys(err, errno, "mark \"%.200s\" opaque", path);
	return 0;
}

/* 1 with the attributes of the merged directory below. */
static int find_below(const struct finish_args *args, const char *path, struct stat *st,
		      struct err *err)
{
	struct dirset set cleanup_dirset = { 0 };
	struct dirset_hit hit;
	char part[NAME_MAX + 1];
	size_t len;
	int r;

	r = dirset_open(args->lowers, args->lower_count, &set, err);
	if (r < 0)
		return r;
	if (fstat(set.fds[0], st) < 0)
		return err_sys(err, errno, "look at a layer");
	for (; *path; path += len + (path[len] == '/')) {
		struct dirset child = { 0 };

		len = strcspn(path, "/");
		if (len >= sizeof(part))
			return 0;
		memcpy(part, path, len);
		part[len] = '\0';
		r = dirset_find(&set, part, &hit, &child, err);
		dirset_close(&set);
		set = child;
		if (r <= 0 || !S_ISDIR(hit.st.st_mode))
			return r < 0 ? r : 0;
		*st = hit.st;
	}
	return 1;
}

static int take_attributes(const struct finish_args *args, const char *path, struct err *err)
{
	int fd cleanup_fd = -1, r;
	struct timespec times[2];
	struct stat st;

	if (args->lower_count == 0)
		return 0;
	fd = open_dir(args, path);
	if (fd < 0)
		return 0; /* replaced, or reached through a link of the layer itself */
	r = find_below(args, path, &st, err);
	if (r <= 0)
		return r;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0 ||
	    futimens(fd, times) < 0)
		return err_sys(err, errno, "give \"%.200s\" its attributes", path);
	return 0;
}

int finish_layer(const struct finish_args *args, struct err *err)
{
	char path[RECORD_NAME_MAX + 1];
	struct layer_note_head head;
	int r;

	if (lseek(args->report_fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "read the layer's report");
	while ((r = layer_report_next(args->report_fd, &head, path, err)) > 0) {
		if (head.note == LAYER_OPAQUE)
			r = make_opaque(args, path, err);
		else if (head.note == LAYER_IMPLICIT)
			r = take_attributes(args, path, err);
		if (r < 0)
			return r;
	}
	return r;
}

int finish_size(int report_fd, int64_t *ret, struct err *err)
{
	char path[RECORD_NAME_MAX + 1];
	struct layer_note_head head;
	int r;

	if (lseek(report_fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "read the layer's report");
	while ((r = layer_report_next(report_fd, &head, path, err)) > 0)
		if (head.note == LAYER_SIZE && head.size >= 0)
			*ret = head.size;
	return r;
}
