/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/record.h"
#include "archive/unpack.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "engine/image/layout.h"
#include "engine/image/layout_lock.h"
#include "engine/image/load/finish.h"
#include "engine/image/load/loader.h"
#include "engine/image/rootless.h"
#include "engine/root/root.h"
#include "oci/digest.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

void pending_image_clear(struct pending_image *image)
{
	image_row_clear(&image->row);
	image_layers_clear(&image->layers);
	strv_free(&image->fresh);
}

/* image-spec config.md, Layer ChainID: of the first layer its diff id, of any other the digest of
 * "CHAIN DIFF". Without "sha256:". */
static int chain_of(const struct image_layers *below, const char *diff_id, char out[65],
		    struct err *err)
{
	char *text cleanup_free = NULL, digest[SHA256_TEXT];
	int r;

	if (below->count == 0) {
		memcpy(out, oci_digest_hex(diff_id), 65);
		return 0;
	}
	text = str_printf("sha256:%s %s", below->items[below->count - 1].chain, diff_id);
	if (!text)
		return err_oom(err);
	r = sha256_of(text, strlen(text), digest, err);
	if (r == 0)
		memcpy(out, oci_digest_hex(digest), 65);
	return r;
}

/* Where a layer is: in the store or, unpacked just now, below tmp/. */
static int open_layer(const struct loader *l, const struct pending_image *image, size_t position,
		      struct err *err)
{
	const char *chain = image->layers.items[position].chain;
	size_t i;
	int fd = -1;

	for (i = 0; fd < 0 && i < image->fresh.count; i++) {
		const char *fresh = image->fresh.items[i], *space = strchr(fresh, ' ');
		char file[32];

		snprintf(file, sizeof(file), "%.*s", (int)(space - fresh), fresh);
		if (str_eq(space + 1, chain))
			fd = openat(l->tmp_fd, file, DIR_FLAGS);
	}
	if (fd < 0)
		fd = openat(l->layers_fd, chain, DIR_FLAGS);
	return fd < 0 ? err_sys(err, errno, "open layer %s", chain) : fd;
}

static int call_finish(void *arg, struct err *err)
{
	return finish_layer(arg, err);
}

static int finish(struct loader *l, struct pending_image *image, int dir_fd, int report_fd,
		  struct err *err)
{
	struct finish_args args = { .dir_fd = dir_fd,
				    .report_fd = report_fd,
				    .userxattr = !l->engine->root->system };
	int *lowers cleanup_free = calloc(image->layers.count + 1, sizeof(int)), fd, r = 0;
	size_t i, count = 0;

	if (!lowers)
		return err_oom(err);
	for (i = image->layers.count; r == 0 && i > 0; i--) {
		fd = open_layer(l, image, i - 1, err);
		if (fd < 0)
			r = fd;
		else
			lowers[count++] = fd;
	}
	args.lowers = lowers;
	args.lower_count = count;
	if (r == 0)
		r = rootless_call(l->engine->root, call_finish, &args, err);
	while (count > 0)
		close(lowers[--count]);
	return r;
}

static int unpack(struct loader *l, struct pending_image *image, struct image_layer_row *row,
		  const char *file, struct err *err)
{
	struct unpack_args args = { .diff_id = row->diff,
				    .limits = l->limits,
				    .need_end = l->need_end,
				    .copy_fd = -1,
				    .maps = loader_maps(l),
				    .writer.bottom = image->layers.count == 0 };
	struct unpack_result result = { .report_fd = -1 };
	int dir cleanup_fd = -1, blob cleanup_fd = -1, report cleanup_fd = -1, r;
	int64_t size;

	args.writer.squash = args.maps && l->ids.single;
	args.writer.no_devices = args.maps != NULL;
	r = stage_open(l, row->blob, &blob, &size, err);
	if (r == 0)
		r = loader_tmp(l, err);
	if (r < 0)
		return r;
	if (mkdirat(l->tmp_fd, file, 0755) < 0)
		return err_sys(err, errno, "make a layer's directory");
	dir = openat(l->tmp_fd, file, DIR_FLAGS);
	if (dir < 0)
		return err_sys(err, errno, "make a layer's directory");
	fchmod(dir, 0755); /* whatever the umask */
	args.blob_fd = blob;
	args.dir_fd = dir;
	r = unpack_layer(&args, &result, err);
	report = result.report_fd;
	if (r == 0)
		r = finish(l, image, dir, report, err);
	return r < 0 ? r : finish_size(report, &row->size, err);
}

/* 1: unpacked before, and its row says how large it is. */
static int is_there(struct loader *l, struct image_layer_row *row, struct err *err)
{
	struct stat st;
	int known = store_layer_size(l->store, row->chain, &row->size, err);

	if (known < 0)
		return known;
	if (fstatat(l->layers_fd, row->chain, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (known)
		return 1;
	/* a crash between name and row: complete, but nobody knows its size */
	if (loader_tmp(l, err) < 0)
		return -EIO;
	if (renameat(l->layers_fd, row->chain, l->tmp_fd, row->chain) < 0)
		return err_sys(err, errno, "take away layer %s", row->chain);
	return 0;
}

static int make(struct loader *l, struct pending_image *image, struct image_layer_row *row,
		struct err *err)
{
	char file[32];
	int r;

	if (!strv_contains(&l->locked, row->chain)) {
		r = layout_lock_layer(l->lock_fd, row->chain, err);
		if (r == 0 && strv_add(&l->locked, row->chain) < 0)
			r = err_oom(err);
		if (r < 0)
			return r;
	}
	r = is_there(l, row, err);
	if (r != 0)
		return r < 0 ? r : 0;
	snprintf(file, sizeof(file), "layer-%zu", l->files++);
	r = unpack(l, image, row, file, err);
	if (r < 0)
		return err_wrap(err, "layer %s", row->blob);
	return strv_add_owned(&image->fresh, str_printf("%s %s", file, row->chain)) < 0
		   ? err_oom(err)
		   : 0;
}

int layers_add(struct loader *l, struct pending_image *image, const char *blob, const char *diff_id,
	       struct err *err)
{
	struct image_layers *layers = &image->layers;
	struct image_layer_row row = { .diff = strdup(diff_id), .blob = strdup(blob) }, *grown;
	int r;

	r = row.diff && row.blob ? 0 : err_oom(err);
	if (r == 0 && !str_starts(diff_id, "sha256:"))
		r = err_set(err, ERR_UNSUPPORTED, ENOTSUP, "layer %s: only sha256 is supported",
			    diff_id);
	if (r == 0)
		r = chain_of(layers, diff_id, row.chain, err);
	if (r == 0)
		r = make(l, image, &row, err);
	if (r == 0) {
		grown = reallocarray(layers->items, layers->count + 1, sizeof(*grown));
		r = grown ? 0 : err_oom(err);
	}
	if (r < 0) {
		free(row.diff);
		free(row.blob);
		return r;
	}
	layers->items = grown;
	layers->items[layers->count++] = row;
	image->row.size += row.size;
	return 0;
}
