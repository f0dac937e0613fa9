/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/PID/mountinfo (proc(5)), for hosts whose cgroup mounts are not at the standard place. It
 * is never read on the start path of the others: its size is the number of mounts on the machine.
 */
#include "runtime/cgroup/internal.h"

#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

/* "36 35 98:0 ROOT MOUNT options optional... - TYPE SOURCE SUPER-OPTIONS" */
enum { FIELD_ROOT = 3, FIELD_MOUNT = 4, FIELDS_MIN = 9 };

int cg_mountinfo_read(const char *file, struct buf *text, struct err *err)
{
	return fd_read_file_at(AT_FDCWD, file, text->max, text, err);
}

/* Space, tab, newline and backslash stand as \040 and so on. */
static char *unescape(const char *field)
{
	char *out = strdup(field), *to = out;

	if (!out)
		return NULL;
	for (const char *from = field; *from;) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ =
			    (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return out;
}

/* The super options of a v1 mount name its controllers among others ("rw,cpu,cpuacct"). */
static bool same_hierarchy(const char *list, const char *options)
{
	cleanup_strv struct strv want = { 0 }, have = { 0 };

	if (strv_split(&want, list, ',') < 0 || strv_split(&have, options, ',') < 0)
		return false;
	for (size_t i = 0; i < want.count; i++)
		if (!strv_contains(&have, want.items[i]))
			return false;
	return true;
}

static int rank(const char *standard, const char *root, const char *mount)
{
	size_t len = strlen(standard);
	bool there =
	    strncmp(mount, standard, len) == 0 && (mount[len] == '/' || mount[len] == '\0');

	return (str_eq(root, "/") ? 2 : 0) + (there ? 1 : 0);
}

/* Whether the line is a mount of the hierarchy; fields point into `line`. */
static bool match(struct strv *fields, const char *list)
{
	size_t dash = 6;

	if (fields->count < FIELDS_MIN)
		return false;
	while (dash < fields->count && !str_eq(fields->items[dash], "-"))
		dash++;
	if (dash + 3 >= fields->count)
		return false;
	if (*list == '\0')
		return str_eq(fields->items[dash + 1], "cgroup2");
	return str_eq(fields->items[dash + 1], "cgroup") &&
	       same_hierarchy(list, fields->items[dash + 3]);
}

int cg_mountinfo_find(const char *text, const char *standard, const char *list, char **ret_mount,
		      char **ret_root)
{
	cleanup_free char *best_mount = NULL, *best_root = NULL;
	int best = -1;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		cleanup_free char *copy = strndup(line, len);
		cleanup_strv struct strv fields = { 0 };
		cleanup_free char *mount = NULL, *root = NULL;

		line += len + (line[len] == '\n');
		if (!copy || strv_split(&fields, copy, ' ') < 0)
			return -ENOMEM;
		if (!match(&fields, list))
			continue;
		mount = unescape(fields.items[FIELD_MOUNT]);
		root = unescape(fields.items[FIELD_ROOT]);
		if (!mount || !root)
			return -ENOMEM;
		if (rank(standard, root, mount) <= best)
			continue;
		best = rank(standard, root, mount);
		free(best_mount);
		free(best_root);
		best_mount = take_ptr(&mount);
		best_root = take_ptr(&root);
	}
	if (best < 0)
		return -ENOENT;
	*ret_mount = take_ptr(&best_mount);
	*ret_root = take_ptr(&best_root);
	return 0;
}
