/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/layer_dirs.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void dir_clear(struct layer_dir *dir)
{
	size_t i;

	for (i = 0; i < dir->xattr_count; i++) {
		free(dir->xattrs[i].name);
		free(dir->xattrs[i].value);
	}
	free(dir->xattrs);
	free(dir->path);
}

void layer_dirs_clear(struct layer_dirs *dirs)
{
	while (dirs->count > 0)
		dir_clear(&dirs->items[--dirs->count]);
	free(dirs->items);
	*dirs = (struct layer_dirs){ 0 };
}

static struct layer_dir *append(struct layer_dirs *dirs, const char *path)
{
	struct layer_dir *dir;

	if (dirs->count == dirs->room) {
		size_t room = dirs->room ? dirs->room * 2 : 256;

		dir = reallocarray(dirs->items, room, sizeof(*dir));
		if (!dir)
			return NULL;
		dirs->items = dir;
		dirs->room = room;
	}
	dir = &dirs->items[dirs->count];
	*dir = (struct layer_dir){ .path = strdup(path), .order = dirs->count };
	if (!dir->path)
		return NULL;
	dirs->count++;
	return dir;
}

int layer_dirs_add(struct layer_dirs *dirs, const char *path, struct entry *entry, struct err *err)
{
	struct layer_dir *dir = append(dirs, path);

	if (!dir)
		return err_oom(err);
	dir->mode = entry->head.mode;
	dir->uid = entry->head.uid;
	dir->gid = entry->head.gid;
	dir->mtime_s = entry->head.mtime_s;
	dir->mtime_ns = entry->head.mtime_ns;
	if (entry->xattr_count == 0)
		return 0;
	dir->xattrs = malloc(entry->xattr_count * sizeof(*dir->xattrs));
	if (!dir->xattrs)
		return err_oom(err);
	memcpy(dir->xattrs, entry->xattrs, entry->xattr_count * sizeof(*dir->xattrs));
	dir->xattr_count = entry->xattr_count;
	entry->xattr_count = 0;
	return 0;
}

int layer_dirs_add_implied(struct layer_dirs *dirs, const char *path, struct err *err)
{
	struct layer_dir *dir;

	if (++dirs->implied > LAYER_IMPLIED_MAX)
		return err_invalid(err, "more than %d directories have no entry of their own",
				   LAYER_IMPLIED_MAX);
	dir = append(dirs, path);
	if (!dir)
		return err_oom(err);
	dir->implied = true;
	return 0;
}

/* By path; of one path the entries of the archive come behind the implied ones, the last one last.
 */
static int compare(const void *a, const void *b)
{
	const struct layer_dir *x = a, *y = b;
	int by_path = strcmp(x->path, y->path);

	if (by_path)
		return by_path;
	if (x->implied != y->implied)
		return x->implied ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void layer_dirs_settle(struct layer_dirs *dirs)
{
	size_t i, kept = 0;

	if (dirs->count > 1)
		qsort(dirs->items, dirs->count, sizeof(*dirs->items), compare);
	for (i = 0; i < dirs->count; i++) {
		if (i + 1 < dirs->count &&
		    strcmp(dirs->items[i].path, dirs->items[i + 1].path) == 0)
			dir_clear(&dirs->items[i]);
		else
			dirs->items[kept++] = dirs->items[i];
	}
	dirs->count = kept;
}
